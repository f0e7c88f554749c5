"""Apple's App Tracking Transparency: the status that an app event carries, from what a device says of itself.

Source: EP, `user.att_status` (2026-08): NOT_APPLICABLE is for iOS before 14 and for Android. What the device leaves open
stays open: a flag that is missing is no answer, and neither is a version that cannot be read.
"""

from __future__ import annotations

import re

from tiktok_destination.catalog.limits import limit

_APPLE = frozenset({"ios", "ipados", "iphone os", "apple", "iphone", "ipad"})
_OTHERS = frozenset({"android", "google"})
_MAJOR = re.compile(r"\d{1,3}")

DENIED = frozenset({"DENIED", "RESTRICTED"})
"""Statuses under which no advertising id may be used."""


def is_apple(os: str) -> bool:
    """Whether a system's or device type's name is one of Apple's mobile ones."""
    return os.strip().casefold() in _APPLE


def tracking_status(os: str | None, version: str | None, allowed: bool | None) -> str | None:
    """The status, or None where the device does not say enough."""
    if os is None:
        return None
    if not is_apple(os):
        return "NOT_APPLICABLE" if os.strip().casefold() in _OTHERS else None
    major = _MAJOR.match((version or "").strip())
    if major is None:
        return None
    if int(major.group()) < limit("att_since_ios"):
        return "NOT_APPLICABLE"
    return None if allowed is None else "AUTHORIZED" if allowed else "DENIED"
