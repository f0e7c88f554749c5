"""Sizes and times to keep to, and the words that identify nobody."""

from __future__ import annotations

import re
from functools import cache

from tiktok_destination.catalog.reading import read


@cache
def limit(name: str) -> int:
    """One row of the limits, by name; the unit is in the row."""
    return int(next(row["value"] for row in read("limits")["limits"] if row["name"] == name))


@cache
def non_identifiers() -> frozenset[str]:
    """Words (lower case) that stand where an identifier should, and identify nobody."""
    return frozenset(read("limits")["non_identifiers"])


@cache
def platform_of(word: str) -> str | None:
    """`apple` or `android`, for what SDKs call a device's system or type; None for any other word."""
    known = read("limits")["platforms"].items()
    return next((platform for platform, words in known if word.strip().casefold() in words), None)


@cache
def mileage_units() -> frozenset[str]:
    """Units of a vehicle's mileage."""
    return frozenset(read("limits")["mileage_units"])


@cache
def unreplaced_macro() -> re.Pattern[str]:
    """What an ad-URL macro looks like that TikTok did not fill in, such as `__CLICKID__`."""
    return re.compile(read("limits")["unreplaced_macro"])


@cache
def test_event_code() -> re.Pattern[str]:
    """What a test event code looks like: TEST and digits as a rule; any word is taken."""
    return re.compile(read("limits")["test_event_code"])
