"""From the record's name for what happened to TikTok's event name.

Names are compared trimmed, without case, and with `-`, `_` and space alike. The configuration's rules come first, then
the preset's, then TikTok's own names; what is left is a custom event where those are allowed, else unknown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tiktok_destination.catalog.events import EventNames, custom_name_rule
from tiktok_destination.mapping.conditions import Condition

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+|[A-Z]")
_SEPARATORS = re.compile(r"[\s_\-]+")
NO_NOTES: Final[tuple[str, ...]] = ()
_MOST_SUGGESTIONS_KEPT = 1024
_READ_CHARS = 80
_LIKENESS = 0.75
"""Below this a suggestion misleads more often than it helps (`Order Completed` is no CompleteRegistration)."""


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event that a record's name leads to."""

    name: str
    """As it is sent, under the naming in force."""
    canonical: str
    """The name by which deduplication goes."""
    origin: str
    when: Condition | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Field of the event → fixed value."""
    notes: tuple[str, ...] = NO_NOTES
    worth_from_rule: bool = False
    """The record's own value is not sent: one that the rule fixes, or none."""


@dataclass(frozen=True, slots=True)
class NoEvent:
    """A name that leads to none, and why."""

    code: str
    rejected: bool = False
    suggestion: str | None = None


def fold(name: str) -> str:
    """A name as it is compared."""
    return _SEPARATORS.sub(" ", name.strip().casefold())


@dataclass(frozen=True)
class NameTable:
    """All names of one configuration."""

    known: EventNames
    naming: str
    rules: Mapping[str, tuple[EventRule, ...] | NoEvent]
    """By folded name."""
    written: Mapping[str, str]
    """Folded name → as preset or configuration write it."""
    worth_from_rule: frozenset[str]
    """Canonical names whose events carry no value of the record's."""
    never: re.Pattern[str] | None
    """Folded names that are never sent, beside those among the rules."""
    nearest: Mapping[str, str]
    """Squeezed spelling → standard name, for suggestions."""
    listed: frozenset[str]
    """The names that the preset's own documentation lists; empty where it lists none."""
    custom: bool | Mapping[str, str]
    """Which custom events are allowed: all, none, or these (folded → as they are sent)."""
    reject_unknown: bool
    _suggested: dict[str, str | None] = field(default_factory=dict, repr=False)

    def resolve(self, name: str) -> tuple[EventRule, ...] | NoEvent:
        """The rules for a record's name."""
        folded = fold(name)
        held = self.rules.get(folded)
        if held is not None:
            return held
        if self.never is not None and self.never.fullmatch(folded):
            return NoEvent("event_never_sent")
        written = name.strip()
        spelling = self.known.by_fold.get(written.casefold())
        if spelling is not None:
            return (self._own_name(written, spelling),)
        custom = self._custom_name(written)
        if custom is not None:
            if custom_name_rule()[0].fullmatch(custom):
                return (EventRule(custom, custom, "custom event"),)
            return NoEvent("bad_event_name", rejected=True)
        if self.reject_unknown:
            return NoEvent("bad_event_name", rejected=True, suggestion=self.suggest(written))
        return NoEvent("event_unmapped", suggestion=self.suggest(written))

    def _own_name(self, written: str, spelling: str) -> EventRule:
        name = spell(self.known, spelling, self.naming)
        notes = name_notes(self.known, spelling)
        if self.naming == "as_given" and name != written:
            notes += ("event_name_corrected",)
        if self.listed and name not in self.listed:
            notes += ("event_not_listed",)
        canonical = self.known.canonical[spelling]
        worth_from_rule = canonical in self.worth_from_rule
        return EventRule(name, canonical, "TikTok's own name", notes=notes, worth_from_rule=worth_from_rule)

    def _custom_name(self, written: str) -> str | None:
        if isinstance(self.custom, bool):
            return written if self.custom else None
        return self.custom.get(fold(written))

    def suggest(self, name: str) -> str | None:
        """The standard name that an unknown one may have meant; by its beginning, if it is a long one."""
        name = name[:_READ_CHARS]
        if name not in self._suggested:
            if len(self._suggested) >= _MOST_SUGGESTIONS_KEPT:
                self._suggested.clear()
            close = difflib.get_close_matches(squeeze(name), self.nearest, n=1, cutoff=_LIKENESS)
            self._suggested[name] = self.nearest[close[0]] if close else None
        return self._suggested[name]


def squeeze(name: str) -> str:
    """A name as its words in alphabetical order, for measuring likeness: `Viewed Product` is `productviewed`."""
    return "".join(sorted(word.casefold() for word in _WORD.findall(name)))


def spell(known: EventNames, spelling: str, naming: str) -> str:
    """How an event is written under a naming: `current`, `legacy` (the older name where there is one), `as_given`."""
    event = known.standard[known.canonical[spelling]]
    if naming == "legacy":
        return event.older_name or event.name
    if naming == "as_given" and spelling not in known.reserved:
        return spelling
    return event.name


def name_notes(known: EventNames, spelling: str) -> tuple[str, ...]:
    """What an operator should know about this event."""
    return ("event_deprecated",) if known.standard[known.canonical[spelling]].deprecated_until else NO_NOTES
