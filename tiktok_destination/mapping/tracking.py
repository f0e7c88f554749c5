"""Apple's App Tracking Transparency: the status that an app event carries, from what a device says of itself.

Source: EP, `user.att_status` (2026-08): NOT_APPLICABLE is for iOS before 14 and for Android. What the device leaves open
stays open: a flag that is missing is no answer, and neither is a version that cannot be read.
"""

from __future__ import annotations

import re

from tiktok_destination.catalog.limits import limit

_MAJOR = re.compile(r"\d{1,3}")

DENIED = frozenset({"DENIED", "RESTRICTED"})
"""Statuses under which no advertising id may be used."""


def tracking_status(platform: str | None, version: str | None, allowed: bool | None) -> str | None:
    """The status on a platform (`apple`, `android`), or None where the device does not say enough."""
    if platform != "apple":
        return None if platform is None else "NOT_APPLICABLE"
    major = _MAJOR.match((version or "").strip())
    if major is None:
        return None
    if int(major.group()) < limit("att_since_ios"):
        return "NOT_APPLICABLE"
    return None if allowed is None else "AUTHORIZED" if allowed else "DENIED"
