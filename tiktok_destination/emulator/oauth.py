"""OAuth: an app takes its token for the code of a grant, and gives it back (tiktok-api.md E.3 to E.5).

A token of this API runs out by no timer and is never refreshed. The app authenticates itself in the body, so these
requests count for the app's quota although they carry no token.
"""

from __future__ import annotations

from typing import Any

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.calls import Incoming
from tiktok_destination.emulator.gateway import over_quota
from tiktok_destination.emulator.parameters import read
from tiktok_destination.emulator.seed import DeveloperApp, Token
from tiktok_destination.emulator.world import World


def exchange(world: World, incoming: Incoming) -> Envelope:
    """`/oauth2/access_token/`."""
    values = read(incoming.endpoint, incoming.payload)
    if isinstance(values, Envelope):
        return values
    app = _authenticated(world, incoming, values["app_id"], values["secret"])
    if isinstance(app, Envelope):
        return app
    return _token(world, incoming, app, values["auth_code"], list_accounts=values["return_advertiser_ids"])


def exchange_as_libraries_do(world: World, incoming: Incoming) -> Envelope:
    """`/oauth/token/`: the same with the names of the OAuth standard."""
    values = read(incoming.endpoint, incoming.payload)
    if isinstance(values, Envelope):
        return values
    if values["grant_type"] != "authorization_code":
        return envelope_of(40108, grant_type=values["grant_type"])
    app = _authenticated(world, incoming, values["client_id"], values["client_secret"])
    if isinstance(app, Envelope):
        return app
    return _token(world, incoming, app, values["code"], list_accounts=True)


def revoke(world: World, incoming: Incoming) -> Envelope:
    """`/oauth2/revoke_token/`."""
    values = read(incoming.endpoint, incoming.payload)
    if isinstance(values, Envelope):
        return values
    app = _authenticated(world, incoming, values["app_id"], values["secret"])
    if isinstance(app, Envelope):
        return app
    token = world.tokens.admitted(values["access_token"])
    if isinstance(token, Envelope):
        return token
    if token.app_id != app.app_id:
        return envelope_of(40113)
    world.tokens.change(token, "revoked")
    return Envelope(0, "OK", {"app_id": app.app_id, "advertiser_ids": list(token.advertiser_ids)})


def refresh(_world: World, _incoming: Incoming) -> Envelope:
    """`/tt_user/oauth2/refresh_token/`: for tokens of TikTok accounts, of which the emulator has none."""
    return envelope_of(40107)


def _authenticated(world: World, incoming: Incoming, app_id: str, secret: str) -> DeveloperApp | Envelope:
    known = app_id if app_id in world.access.apps else None
    return over_quota(world, incoming, known) or world.access.app_with_secret(app_id, secret)


def _token(
    world: World, incoming: Incoming, app: DeveloperApp, code: str, *, list_accounts: bool
) -> Envelope:
    grant = world.grants.redeem(code, app.app_id, incoming.now)
    if isinstance(grant, Envelope):
        return grant
    token = Token(
        token=world.new_token(),
        kind="app",
        user_id=grant.user_id,
        advertiser_ids=grant.advertiser_ids,
        app_id=app.app_id,
        scopes=grant.scopes,
    )
    world.tokens.add(token)
    data: dict[str, Any] = {"access_token": token.token}
    if list_accounts:
        data["advertiser_ids"] = list(token.advertiser_ids)
    return Envelope(0, "OK", data | {"scope": [int(scope) for scope in token.scopes]})
