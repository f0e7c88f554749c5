"""Grants: what a person allowed an app on the consent page, until the app takes its token for it (tiktok-api.md E.2).

The code of a grant is good once and for one hour. A code that is unknown, or another app's, is a wrong value (40101); one
that is used or too old is a cancelled one (40110).
"""

from __future__ import annotations

import random

import msgspec

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.tables import LIMITS

# TikTok's own text, as far as it is known (tiktok-api.md C.5).
_UNKNOWN_CODE = Envelope(
    40101, "Invalid auth_code. Not able to get long-term access_token with an old auth_code."
)


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    app_id: str
    user_id: str
    advertiser_ids: tuple[str, ...]
    scopes: tuple[str, ...]
    granted_at: float
    """Unix seconds on the emulator's clock."""


class Grants:
    """The codes that were given out. Its owner's lock guards it."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._grants: dict[str, Grant] = {}
        self._used: set[str] = set()

    def give(self, grant: Grant) -> str:
        """A new code for `grant`."""
        code = f"{self._dice.getrandbits(160):040x}"
        self._grants[code] = grant
        return code

    def redeem(self, code: str, app_id: str, now: float) -> Grant | Envelope:
        """The grant behind `code`, which is used up by this; or the refusal, which leaves it as it is."""
        grant = self._grants.get(code)
        if grant is None or grant.app_id != app_id:
            return _UNKNOWN_CODE
        if code in self._used or now - grant.granted_at > LIMITS.auth_code_life_s:
            return envelope_of(40110)
        self._used.add(code)
        return grant
