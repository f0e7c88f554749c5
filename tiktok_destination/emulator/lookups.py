"""What an app may read: the accounts and the person behind its token, and the event sources of an account.

Each look-up passes the same gate: token, quota, parameters, kind of token, permission, account. An analyst may read
(tiktok-api.md E.7). A token from Events Manager reports events and reads nothing: that it gets 40001 here is our reading
of E.1 and E.6. Lists are in TikTok's shapes; what the seed does not know of an account is null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tiktok_destination.emulator.access import has_scope
from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.calls import Incoming
from tiktok_destination.emulator.gateway import Judge, bearer
from tiktok_destination.emulator.parameters import read
from tiktok_destination.emulator.seed import EventSet, Pixel, Token
from tiktok_destination.emulator.tables import ENDPOINTS, SCOPES
from tiktok_destination.emulator.world import World

_WRONG_KIND = Envelope(40001, "No permission: this access token was generated in Events Manager.")
_NO_ACCOUNT = Envelope(40001, "No permission to read this advertiser account.")
_ACCOUNT_FIELDS = next(
    row.choices for row in ENDPOINTS["/open_api/v1.3/advertiser/info/"].parameters if row.name == "fields"
)
_ON_ITS_OWN = "company_name_editable"
"""Asked for among others, it comes alone with the id, and it does not come unasked (F.6)."""

Find = Callable[[World, Token, dict[str, Any]], Envelope]


def looking(find: Find) -> Judge:
    """The judge of a look-up that `find` answers."""

    def judge(world: World, incoming: Incoming) -> Envelope:
        token = bearer(world, incoming)
        if isinstance(token, Envelope):
            return token
        values = read(incoming.endpoint, incoming.payload)
        if isinstance(values, Envelope):
            return values
        if token.kind != "app":
            return _WRONG_KIND
        scope = incoming.endpoint.scope
        if scope is not None and not has_scope(token, scope):
            return Envelope(40001, f"No permission: this access token lacks {scope} ({SCOPES[scope].name}).")
        if "advertiser_id" in values and world.access.role(token, values["advertiser_id"]) is None:
            return _NO_ACCOUNT
        return find(world, token, values)

    return judge


def accounts_of_token(world: World, token: Token, values: dict[str, Any]) -> Envelope:
    """`/oauth2/advertiser/get/`."""
    app = world.access.app_with_secret(values["app_id"], values["secret"])
    if isinstance(app, Envelope):
        return app
    if app.app_id != token.app_id:
        return envelope_of(40113)
    accounts = [
        {"advertiser_id": one, "advertiser_name": world.access.advertisers[one].name}
        for one in token.advertiser_ids
        if world.access.role(token, one) is not None
    ]
    return Envelope(0, "OK", {"list": accounts})


def person(world: World, token: Token, _values: dict[str, Any]) -> Envelope:
    """`/user/info/`."""
    user = world.access.user(token)
    shown = {
        "display_name": user.name,
        "email": _masked(user.email),
        "core_user_id": user.user_id,
        "create_time": None,
        "avatar_url": "",
    }
    return Envelope(0, "OK", shown)


def account_details(world: World, token: Token, values: dict[str, Any]) -> Envelope:
    """`/advertiser/info/`."""
    wanted = list(dict.fromkeys(values["advertiser_ids"]))
    if any(world.access.role(token, one) is None for one in wanted):
        return _NO_ACCOUNT
    fields = values["fields"] or [one for one in _ACCOUNT_FIELDS if one != _ON_ITS_OWN]
    if _ON_ITS_OWN in fields:
        fields = ["advertiser_id", _ON_ITS_OWN]
    found = []
    for one in wanted:
        account = world.access.advertisers[one]
        known = {
            "advertiser_id": account.advertiser_id,
            "name": account.name,
            "currency": account.currency,
            "timezone": account.timezone,
            "display_timezone": account.timezone,
            "status": "STATUS_ENABLE",
            "role": "ROLE_ADVERTISER",
            _ON_ITS_OWN: False,
        }
        found.append({name: known.get(name) for name in fields})
    return Envelope(0, "OK", {"list": found})


def pixels(world: World, _token: Token, values: dict[str, Any]) -> Envelope:
    """`/pixel/list/`. Every pixel here is available for a catalog, so that `filtering` leaves all of them."""
    found = [
        one
        for one in world.seed.pixels
        if one.advertiser_id == values["advertiser_id"]
        and values["code"] in (None, one.pixel_code)
        and values["pixel_id"] in (None, one.pixel_id)
        and (values["name"] or "").casefold() in one.name.casefold()
    ]
    found.sort(key=lambda one: one.create_time)
    if values["order_by"] == "LATEST_CREATE":
        found.reverse()
    page, page_size = values["page"], values["page_size"]
    shown = found[(page - 1) * page_size : page * page_size]
    page_info = {
        "page": page,
        "page_size": page_size,
        "total_number": len(found),
        "total_page": -(-len(found) // page_size),
    }
    return Envelope(0, "OK", {"pixels": [_pixel(one) for one in shown], "page_info": page_info})


def offline_event_sets(world: World, _token: Token, values: dict[str, Any]) -> Envelope:
    """`/offline/get/`. That `name` is exact, as for CRM event sets, is our reading."""
    found = [
        {
            "advertiser_id": one.advertiser_id,
            "event_set_id": one.event_set_id,
            "name": one.name,
            "description": "",
            "auto_tracking": one.auto_tracking,
            "create_time": one.create_time,
            "update_time": one.create_time,
        }
        for one in _event_sets(world.seed.offline_event_sets, values)
    ]
    return Envelope(0, "OK", {"event_set_list": found})


def crm_event_sets(world: World, _token: Token, values: dict[str, Any]) -> Envelope:
    """`/crm/list/`. Ids and name together narrow; nothing found is an empty list (F.5)."""
    found = [
        {
            "event_set_id": one.event_set_id,
            "name": one.name,
            "create_time": one.create_time.replace(" ", "T") + "Z",
        }
        for one in _event_sets(world.seed.crm_event_sets, values)
    ]
    return Envelope(0, "OK", {"crm_event_sets": found})


def _event_sets(sets: tuple[EventSet, ...], values: dict[str, Any]) -> Iterator[EventSet]:
    ids, name = values["event_set_ids"], values["name"]
    for one in sets:
        if (
            one.advertiser_id == values["advertiser_id"]
            and (ids is None or one.event_set_id in ids)
            and name in (None, one.name)
        ):
            yield one


def _pixel(one: Pixel) -> dict[str, Any]:
    return {
        "pixel_id": one.pixel_id,
        "pixel_code": one.pixel_code,
        "pixel_name": one.name,
        "pixel_category": "ONLINE_STORE",
        "pixel_setup_mode": "DEVELOPER",
        "partner_name": "",
        "create_time": one.create_time,
        "pixel_script": "",
        "advanced_matching_fields": {"email": True, "phone_number": True},
        "automatic_advanced_matching_fields": {
            "email": True,
            "phone_number": True,
            "name": False,
            "address": False,
            "external_id": False,
        },
        "enable_first_party_cookies": True,
        "enable_expanded_data_sharing": False,
        "asset_ownership": {
            "ownership_status": True,
            "asset_relation_status": None,
            "owner_bc_id": None,
        },
        "events": [],
    }


def _masked(email: str) -> str:
    """The form of TikTok's mask is not documented; this one keeps the first letter and the host."""
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}" if email else ""
