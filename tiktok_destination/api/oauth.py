"""Authorisation by TikTok's portal: where to lead the account's owner, what the code is worth, and its end.

TikTok's long-term tokens have no refresh (code 40107 if tried): to renew one is to authorise again. There is no PKCE and
no `scope` parameter, so the host's one-time `state` is what guards the way back (tiktok-api E.2 to E.5, 2026-08).
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from plugin_spec import Choice, Credential, Denied, DeveloperApp, Grant
from tiktok_destination.api.asking import BAD_ANSWER, Asker, data_of, list_of, rows_of, text_of
from tiktok_destination.api.client import Client
from tiktok_destination.catalog.scopes import may_report_events, scope_names

PORTAL_PATH: Final = "/portal/auth"
EXCHANGE_PATH: Final = "/open_api/v1.3/oauth2/access_token/"
REVOKE_PATH: Final = "/open_api/v1.3/oauth2/revoke_token/"
ACCOUNTS_PATH: Final = "/open_api/v1.3/oauth2/advertiser/get/"

SCOPE_MISSING: Final = "scope_missing"
"""The owner, or the developer app, did not grant the sending of events."""


def authorise_url(base_url: str, app: DeveloperApp, state: str, redirect_uri: str) -> str:
    """The portal's address for this app."""
    query = urlencode({"app_id": app.client_id, "state": state, "redirect_uri": redirect_uri})
    return f"{base_url}{PORTAL_PATH}?{query}"


def exchange(client: Client, app: DeveloperApp, code: str) -> tuple[str, dict[str, Any]] | Denied:
    """Token and data for an authorisation code. `client` carries no token."""
    body = {"app_id": app.client_id, "secret": app.client_secret, "auth_code": code}
    data = data_of(client.post(EXCHANGE_PATH, msgspec.json.encode(body)))
    if isinstance(data, Denied):
        return data
    token = text_of(data, "access_token")
    if not token or any(not "!" <= character <= "~" for character in token):
        return Denied(BAD_ANSWER)
    return token, data


def grant(
    app: DeveloperApp, name: str, token: str, data: dict[str, Any], accounts: tuple[Choice, ...]
) -> Grant:
    """What was granted: accounts by name where TikTok names them, permissions by theirs."""
    granted = [str(scope) for scope in list_of(data, "scope") if isinstance(scope, int | str)]
    names = scope_names()
    known = {account.value: account for account in accounts}
    ids = [one for one in list_of(data, "advertiser_ids") if isinstance(one, str)]
    return Grant(
        credential=Credential(name, token, app),
        accounts=tuple(known.get(one, Choice(one, one)) for one in dict.fromkeys([*ids, *known])),
        scopes=tuple(names.get(scope, f"permission {scope}") for scope in granted),
        missing=() if may_report_events(granted) else (SCOPE_MISSING,),
    )


def accounts_of(ask: Asker, app: DeveloperApp) -> tuple[Choice, ...] | Denied:
    """The ad accounts that a token reaches, by id and name. `ask` carries that token."""
    data = ask.get(ACCOUNTS_PATH, {"app_id": app.client_id, "secret": app.client_secret})
    if isinstance(data, Denied):
        return data
    return tuple(
        Choice(account, text_of(row, "advertiser_name") or account)
        for row in rows_of(data, "list")
        if (account := text_of(row, "advertiser_id"))
    )


def revoke(client: Client, app: DeveloperApp, token: str) -> Denied | None:
    """End a token at TikTok."""
    body = {"app_id": app.client_id, "secret": app.client_secret, "access_token": token}
    data = data_of(client.post(REVOKE_PATH, msgspec.json.encode(body)))
    return data if isinstance(data, Denied) else None
