"""Who may do what: the roles behind a token, its permissions, and what it reaches (tiktok-api.md A.10, E.1, E.7, E.8)."""

from __future__ import annotations

from collections.abc import Hashable

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.seed import DeveloperApp, Role, Seed, Token, User
from tiktok_destination.emulator.tables import (
    ENDPOINTS,
    EVENT_SOURCES,
    LIMITS,
    REPORT_EVENTS,
    EventSource,
    Quota,
    sufficient,
)

_MAY_SEND = ("ADMIN", "OPERATOR")


class Access:
    """The seed, arranged for look-ups."""

    def __init__(self, seed: Seed) -> None:
        self.users = {user.user_id: user for user in seed.users}
        self.apps = {app.app_id: app for app in seed.developer_apps}
        self.advertisers = {one.advertiser_id: one for one in seed.advertisers}
        self._owners = {source: seed.owners(source) for source in EVENT_SOURCES}
        self._allowlisted = frozenset(app.tiktok_app_id for app in seed.apps if app.allowlisted)

    def user(self, token: Token) -> User:
        return self.users[token.user_id]

    def quotas(self, path: str, app_id: str | None, token: str = "") -> list[tuple[Hashable, Quota]]:
        """The scopes that a request counts for. A token from Events Manager has no app (C.6)."""
        scopes: list[tuple[Hashable, Quota]] = []
        if path in LIMITS.endpoint_quotas:
            scopes.append(((path, app_id or token), LIMITS.endpoint_quotas[path]))
        if app_id is not None:
            scopes.append((app_id, LIMITS.app_quotas[self.apps[app_id].rate_limit_level]))
        return scopes

    def advertiser_of(self, event_source_id: str) -> str | None:
        """The owner of an event source of any kind."""
        return next(
            (owners[event_source_id] for owners in self._owners.values() if event_source_id in owners), None
        )

    def role(self, token: Token, advertiser_id: str) -> Role | None:
        """The role that a token carries on an ad account; None where it does not reach."""
        if advertiser_id not in token.advertiser_ids:
            return None
        return self.user(token).roles.get(advertiser_id)

    def refusal(
        self, token: Token, source: EventSource, event_source_id: str, *, deny_apps: bool
    ) -> Envelope | None:
        """Why this token may not send to this event source, or None. An unknown id looks like one out of reach."""
        advertiser_id = self._owners[source].get(event_source_id)
        permitted = (
            advertiser_id is not None
            and self.role(token, advertiser_id) in _MAY_SEND
            and (token.kind == "events_manager" or has_scope(token, ENDPOINTS[REPORT_EVENTS].scope))
        )
        if not permitted:
            return envelope_of(40001, event_source_id=event_source_id)
        if source == "app" and (deny_apps or event_source_id not in self._allowlisted):
            return envelope_of(40118)
        return None

    def app_with_secret(self, app_id: str, secret: str) -> DeveloperApp | Envelope:
        """The developer app that authenticates itself, or its refusal (C.4: 40113, 40101)."""
        app = self.apps.get(app_id)
        if app is None:
            return Envelope(40113, "The app does not exist.")
        return app if app.secret == secret else envelope_of(40101)


def has_scope(token: Token, scope: str | None) -> bool:
    """Whether the token of an app was granted a permission, or one that implies it. None: no permission is needed."""
    return scope is None or not sufficient(scope).isdisjoint(token.scopes)
