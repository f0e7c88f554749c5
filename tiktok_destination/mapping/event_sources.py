"""The event sources of a configuration: which are configured, with which ids, and which of them a record belongs to.

`settings.event_source` names one, or `auto`: then each record says its own, by the rule for `event_source`, or by what it
looks like where the preset says so. A record that names none is never guessed at beyond that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from plugin_spec import Note
from tiktok_destination.mapping.conditions import Condition, read_condition
from tiktok_destination.mapping.looking import look
from tiktok_destination.mapping.rules import FieldRule
from tiktok_destination.mapping.scalars import as_text

AUTO: Final = "auto"
EVENT_SOURCES: Final = ("web", "app", "offline", "crm")
_ID_KEYS: Final = {
    "web": "pixel_code",
    "app": "tiktok_app_id",
    "offline": "event_set_id",
    "crm": "event_set_id",
}
_ID_KEYS_OF_AUTO: Final = {**_ID_KEYS, "crm": "crm_event_set_id"}


def source_ids(settings: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Event source → its ids, for each that is configured; several ids where rows choose among event sets."""
    chosen: str = settings["event_source"]
    if chosen == AUTO:
        return {
            source: (settings[key],)
            for source, key in _ID_KEYS_OF_AUTO.items()
            if settings.get(key) is not None
        }
    return {chosen: tuple(settings.get("event_set_ids") or (settings[_ID_KEYS[chosen]],))}


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """How a record's event source is told where several are configured."""

    rule: FieldRule
    """Where a record says it."""
    otherwise: tuple[tuple[str, Condition | None], ...]
    """For records that do not: the first event source whose condition holds."""

    def of(self, record: Mapping[str, Any]) -> str | Note:
        """The event source of a record, or why none can be told."""
        found = look(self.rule.sources, record)
        if found.source is None:
            held = (source for source, when in self.otherwise if when is None or when(record))
            return next(held, None) or Note("event_source_missing", "event_source")
        named = (as_text(found.value) or "").strip().lower()
        return named if named in EVENT_SOURCES else Note("event_source_unknown", "event_source")


def read_choice(rule: FieldRule, otherwise: list[Mapping[str, Any]]) -> SourceChoice:
    """The choice by a rule and by a preset's `otherwise`. Raises PathError."""
    return SourceChoice(
        rule,
        tuple(
            (row["event_source"], read_condition(row["when"]) if "when" in row else None) for row in otherwise
        ),
    )
