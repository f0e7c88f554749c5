"""What an ad account has: pixels and event sets, page by page (tiktok-api F.2 to F.6, 2026-08). Ids are texts throughout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from plugin_spec import Denied
from tiktok_destination.api.asking import Asker, rows_of, text_of

_PIXELS: Final = "/open_api/v1.3/pixel/list/"
_OFFLINE_SETS: Final = "/open_api/v1.3/offline/get/"
_CRM_SETS: Final = "/open_api/v1.3/crm/list/"
_USER: Final = "/open_api/v1.3/user/info/"
_ADVERTISERS: Final = "/open_api/v1.3/advertiser/info/"
_PIXELS_A_PAGE: Final = 20
_MOST_PAGES: Final = 50
"""A thousand pixels; an answer that promises more is not followed for ever."""


class Asset(NamedTuple):
    """A pixel or an event set."""

    event_source_id: str
    name: str
    auto_tracking: bool | None = None


def pixels(ask: Asker, advertiser_id: str) -> tuple[Asset, ...] | Denied:
    """The pixels of an ad account, by pixel code."""
    found: list[Asset] = []
    for page in range(1, _MOST_PAGES + 1):
        query = {"advertiser_id": advertiser_id, "page": str(page), "page_size": str(_PIXELS_A_PAGE)}
        data = ask.get(_PIXELS, query)
        if isinstance(data, Denied):
            return data
        found += _assets(data, "pixels", "pixel_code", "pixel_name")
        info = data.get("page_info")
        pages = info.get("total_page") if isinstance(info, Mapping) else None
        if not isinstance(pages, int) or page >= pages:
            break
    return tuple(found)


def offline_sets(ask: Asker, advertiser_id: str) -> tuple[Asset, ...] | Denied:
    """The offline event sets of an ad account."""
    data = ask.get(_OFFLINE_SETS, {"advertiser_id": advertiser_id})
    return data if isinstance(data, Denied) else _assets(data, "event_set_list", "event_set_id", "name")


def crm_sets(ask: Asker, advertiser_id: str) -> tuple[Asset, ...] | Denied:
    """The CRM event sets of an ad account."""
    data = ask.get(_CRM_SETS, {"advertiser_id": advertiser_id})
    return data if isinstance(data, Denied) else _assets(data, "crm_event_sets", "event_set_id", "name")


def user_name(ask: Asker) -> str | Denied:
    """The name of the TikTok user behind a token."""
    data = ask.get(_USER, {})
    return data if isinstance(data, Denied) else text_of(data, "display_name")


def advertiser_status(ask: Asker, advertiser_id: str) -> str | Denied:
    """An ad account's status word, such as `STATUS_ENABLE`; empty where TikTok does not list the account."""
    query = {
        "advertiser_ids": msgspec.json.encode([advertiser_id]).decode(),
        "fields": msgspec.json.encode(["advertiser_id", "status"]).decode(),
    }
    data = ask.get(_ADVERTISERS, query)
    if isinstance(data, Denied):
        return data
    rows = (row for row in rows_of(data, "list") if text_of(row, "advertiser_id") == advertiser_id)
    return next((text_of(row, "status") for row in rows), "")


ASSETS: Final[Mapping[str, Callable[[Asker, str], tuple[Asset, ...] | Denied]]] = {
    "pixel_code": pixels,
    "event_set_id": offline_sets,
    "crm_event_set_id": crm_sets,
}
"""Setting → who lists its values. TikTok has no list of apps by TikTok App ID."""


def _assets(data: dict[str, Any], member: str, id_member: str, name_member: str) -> tuple[Asset, ...]:
    return tuple(
        Asset(
            one,
            text_of(row, name_member) or one,
            row["auto_tracking"] if isinstance(row.get("auto_tracking"), bool) else None,
        )
        for row in rows_of(data, member)
        if (one := text_of(row, id_member))
    )
