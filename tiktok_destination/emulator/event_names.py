"""What an event's name is recorded as, and whether it may be used with an event source.

TikTok converts old and reserved names in its backend and reports the new one (tiktok-api.md B.2, B.5); for offline
only standard names are allowed, of which the two renamed ones are accepted in the old spelling as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from tiktok_destination.emulator.switches import Switches
from tiktok_destination.emulator.tables import (
    CUSTOM_NAMES,
    EVENT_SOURCES,
    OTHER_SPELLINGS,
    RENAMED,
    RESERVED_NAMES,
    STANDARD_NAMES,
    EventSource,
)

_CUSTOM_NAME = re.compile(CUSTOM_NAMES.pattern)


def _recorded_names(source: EventSource) -> dict[str, str]:
    recorded = {name: name for name in STANDARD_NAMES[source]}
    if (
        source != "app"
    ):  # the renaming of May 2025 and the reserved names are described for the others (B.2, B.5)
        converted = (
            {**RENAMED, **OTHER_SPELLINGS}
            if source == "offline"
            else {**RESERVED_NAMES, **RENAMED, **OTHER_SPELLINGS}
        )
        recorded = converted | recorded
    return recorded


_RECORDED: Mapping[EventSource, Mapping[str, str]] = {
    source: _recorded_names(source) for source in EVENT_SOURCES
}
_LOWER_CASE: Mapping[EventSource, frozenset[str]] = {
    source: frozenset(name.lower() for name in names) for source, names in STANDARD_NAMES.items()
}


def recorded_name(source: EventSource, name: str) -> str:
    """The name under which TikTok counts `name`; a custom name is its own."""
    return _RECORDED[source].get(name, name)


def differs_in_case_only(source: EventSource, name: str) -> bool:
    """A standard name in the wrong letter case, which TikTok takes for a custom event."""
    return name not in _RECORDED[source] and name.lower() in _LOWER_CASE[source]


def name_fault(source: EventSource, name: str, switches: Switches) -> str | None:
    """Why `name` cannot be used with `source`, as the reason of a 40002 message; None if it can."""
    if name in _RECORDED[source]:
        if source == "crm" and switches.crm_standard_names == "reject":
            return "must be a custom event"
        return None
    if source not in CUSTOM_NAMES.sources:
        return "must be a standard event"
    if not switches.check_custom_names:
        return None
    if len(name) > CUSTOM_NAMES.max_length:
        return f"longer than {CUSTOM_NAMES.max_length} characters"
    if not _CUSTOM_NAME.fullmatch(name):
        return "must begin with a letter and hold only letters, digits, underscores and dashes"
    return None
