"""Who may send what: tokens, the roles behind them, and the event sources they reach (tiktok-api.md A.10, E.1, E.7)."""

from __future__ import annotations

from collections.abc import Hashable

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.seed import Seed, Token
from tiktok_destination.emulator.tables import EVENT_SOURCES, LIMITS, EventSource, Quota

_MAY_SEND = ("ADMIN", "OPERATOR")


class Access:
    """The seed, arranged for look-ups."""

    def __init__(self, seed: Seed) -> None:
        self._tokens = {token.token: token for token in seed.tokens}
        self._roles = {user.user_id: user.roles for user in seed.users}
        self._levels = {app.app_id: app.rate_limit_level for app in seed.developer_apps}
        self._owners = {source: seed.owners(source) for source in EVENT_SOURCES}
        self._allowlisted = frozenset(app.tiktok_app_id for app in seed.apps if app.allowlisted)

    def token(self, text: str) -> Token | Envelope:
        """The token of a request's header, or its refusal."""
        if not text:
            return envelope_of(40104)
        token = self._tokens.get(text)
        if token is None or token.status == "revoked":
            return envelope_of(40105)
        if token.status == "expired":
            return envelope_of(40102)
        return token

    def quotas(self, path: str, token: Token) -> list[tuple[Hashable, Quota]]:
        """The scopes that a request counts for. A token from Events Manager has no app (C.6)."""
        owner = token.app_id if token.app_id is not None else token.token
        scopes: list[tuple[Hashable, Quota]] = [((path, owner), LIMITS.endpoint_quotas[path])]
        if token.app_id is not None:
            scopes.append((token.app_id, LIMITS.app_quotas[self._levels[token.app_id]]))
        return scopes

    def advertiser_of(self, event_source_id: str) -> str | None:
        """The owner of an event source of any kind."""
        return next(
            (owners[event_source_id] for owners in self._owners.values() if event_source_id in owners), None
        )

    def refusal(
        self, token: Token, source: EventSource, event_source_id: str, *, deny_apps: bool
    ) -> Envelope | None:
        """Why this token may not send to this event source, or None. An unknown id looks like one out of reach."""
        advertiser_id = self._owners[source].get(event_source_id)
        permitted = (
            advertiser_id is not None
            and advertiser_id in token.advertiser_ids
            and self._roles[token.user_id].get(advertiser_id) in _MAY_SEND
            and (token.kind == "events_manager" or not LIMITS.report_event_scopes.isdisjoint(token.scopes))
        )
        if not permitted:
            return envelope_of(40001, event_source_id=event_source_id)
        if source == "app" and (deny_apps or event_source_id not in self._allowlisted):
            return envelope_of(40118)
        return None
