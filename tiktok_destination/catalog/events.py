"""TikTok's event names: which are standard for an event source, how each was called before, what a custom name may be.

A name has one canonical spelling, the present one (`Purchase`); older (`CompletePayment`) and reserved (`StartCheckout`)
spellings denote the same event, because TikTok converts them. Deduplication is by canonical name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tiktok_destination.catalog.reading import read


@dataclass(frozen=True)
class StandardEvent:
    """One standard event of one event source."""

    name: str
    older_name: str | None = None
    deprecated_until: str | None = None


@dataclass(frozen=True)
class EventNames:
    """The names of one event source."""

    standard: Mapping[str, StandardEvent]
    """Canonical name → event."""
    canonical: Mapping[str, str]
    """Every spelling TikTok takes for a standard event (present, older, reserved) → canonical name."""
    by_fold: Mapping[str, str]
    """Lower-case spelling → the spelling as TikTok writes it."""
    reserved: frozenset[str]
    """Spellings that TikTok converts but nobody should send."""


@cache
def event_names(event_source: str) -> EventNames:
    """The names of `web`, `app`, `offline` or `crm`."""
    facts = read("events")
    if event_source == "app":
        standard = {row["name"]: StandardEvent(row["name"]) for row in facts["app"]}
        canonical = {name: name for name in standard}
        reserved: dict[str, str] = {}
    else:
        rows = [row for row in facts["standard"] if event_source in row["event_sources"]]
        standard = {
            row["name"]: StandardEvent(row["name"], row.get("older_name"), row.get("deprecated_until"))
            for row in rows
        }
        canonical = {name: name for name in standard}
        for row in rows:
            for spelling in (row.get("older_name"), row.get("other_spelling")):
                if spelling:
                    canonical[spelling] = row["name"]
        reserved = {
            row["name"]: row["converted_to"] for row in facts["reserved"] if row["converted_to"] in standard
        }
        canonical |= reserved
    by_fold = {spelling.casefold(): spelling for spelling in reversed(canonical)}
    return EventNames(standard, canonical, by_fold, frozenset(reserved))


@cache
def custom_name_rule() -> tuple[re.Pattern[str], frozenset[str], str]:
    """Pattern of a custom event name, the event sources that take custom events, and the rule in words."""
    rule = read("events")["custom_name"]
    return re.compile(rule["pattern"]), frozenset(rule["event_sources"]), rule["says"]
