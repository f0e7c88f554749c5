"""Which judge answers which path."""

from __future__ import annotations

from collections.abc import Mapping

from tiktok_destination.emulator import lookups, oauth, track
from tiktok_destination.emulator.gateway import Judge
from tiktok_destination.emulator.lookups import looking
from tiktok_destination.emulator.tables import REPORT_EVENTS

_V = "/open_api/v1.3"

JUDGES: Mapping[str, Judge] = {
    REPORT_EVENTS: track.judge,
    f"{_V}/oauth2/access_token/": oauth.exchange,
    f"{_V}/oauth/token/": oauth.exchange_as_libraries_do,
    f"{_V}/oauth2/revoke_token/": oauth.revoke,
    f"{_V}/tt_user/oauth2/refresh_token/": oauth.refresh,
    f"{_V}/oauth2/advertiser/get/": looking(lookups.accounts_of_token),
    f"{_V}/user/info/": looking(lookups.person),
    f"{_V}/advertiser/info/": looking(lookups.account_details),
    f"{_V}/pixel/list/": looking(lookups.pixels),
    f"{_V}/offline/get/": looking(lookups.offline_event_sets),
    f"{_V}/crm/list/": looking(lookups.crm_event_sets),
}
