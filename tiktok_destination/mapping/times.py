"""Reading the moment of an event: ISO 8601, or Unix seconds, milliseconds or microseconds told apart by their size.

Never "now", never a guess: what cannot be read is None. TikTok wants whole seconds, UTC (tiktok-api A.4).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"[+-]?\d{1,17}(\.\d{1,9})?")
_BASIC_DATE = re.compile(r"(19|20)\d{6}")
"""20260131 is a day in ISO 8601's basic form; as seconds it would be a day of 1970."""
_UTC_WORDS = ("UTC", "GMT")
_SECONDS_BELOW = 10**11
"""The year 5138 in seconds; 1973 in milliseconds. Numbers from here on are milliseconds."""
_MILLISECONDS_BELOW = 10**14
_MICROSECONDS_BELOW = 10**17


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as TikTok takes it, and whether a time zone had to be supplied."""

    seconds: int
    without_offset: bool = False


def read_moment(value: Any, zone: tzinfo) -> Moment | None:
    """The moment that `value` names, or None. `zone` is for times that carry no offset."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return _from_number(value)
    if isinstance(value, datetime):
        return _from_datetime(value, zone)
    if isinstance(value, date):
        return _from_datetime(datetime.combine(value, time()), zone)
    if not isinstance(value, str):
        return None
    text = value.strip()
    if _NUMBER.fullmatch(text) and not _BASIC_DATE.fullmatch(text):
        return _from_number(Decimal(text))
    upper = text.upper()  # RFC 3339 allows a small t and z
    in_utc = upper.endswith(_UTC_WORDS)
    try:
        parsed = datetime.fromisoformat(upper[:-3].rstrip() if in_utc else upper)
    except ValueError:
        return None
    if in_utc and parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return _from_datetime(parsed, zone)


def _from_number(value: float | Decimal) -> Moment | None:
    if isinstance(value, Decimal) and not value.is_finite():
        return None
    if not 1 <= value < _MICROSECONDS_BELOW:  # false for NaN too
        return None
    if value < _SECONDS_BELOW:
        return Moment(int(value))
    return Moment(int(value // 1000) if value < _MILLISECONDS_BELOW else int(value // 1_000_000))


def _from_datetime(value: datetime, zone: tzinfo) -> Moment | None:
    without_offset = value.tzinfo is None
    try:
        moment = value.replace(tzinfo=zone) if without_offset else value
        seconds = math.floor(moment.timestamp())
    except (OverflowError, ValueError, OSError):
        return None
    return Moment(seconds, without_offset) if seconds > 0 else None
