"""The permissions that a developer app may be granted: names for people, and which of them lets events be sent."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from tiktok_destination.catalog.reading import read


@cache
def scope_names() -> dict[str, str]:
    """Permission id (digits) → its name."""
    return {row["id"]: row["name"] for row in read("scopes")["scopes"]}


def may_report_events(granted: Iterable[str]) -> bool:
    """Whether these permission ids include, by themselves or by what they stand above, the sending of events."""
    above = {row["id"]: row.get("within") for row in read("scopes")["scopes"]}
    held = set(granted)
    needed: str | None = read("scopes")["report_events"]
    while needed is not None:
        if needed in held:
            return True
        needed = above.get(needed)
    return False
