"""Builds the table of event names of one event source, from a preset and a configuration's `mapping.events`, and
reports what is wrong with it.

A preset's row: `name` (or several), `event`, or under the event source's own name what it is there; `enabled: false` (or
the list of event sources in which it is on) keeps it off with its target known; `value: configured` sends no value but a
configured one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from plugin_spec import ConfigFault
from tiktok_destination.catalog.events import custom_name_rule, event_names
from tiktok_destination.mapping.conditions import Condition, read_condition
from tiktok_destination.mapping.event_names import (
    EventRule,
    NameTable,
    NoEvent,
    fold,
    name_notes,
    spell,
    squeeze,
)
from tiktok_destination.mapping.paths import PathError

_ConfigPath = tuple[str | int, ...]
_ANY = "*"


class EventRuleBuilder:
    """Makes one `NameTable`. Faults go to the given reporter; the table is then not to be used."""

    def __init__(
        self,
        event_source: str,
        settings: Mapping[str, Any],
        preset: Mapping[str, Any],
        mapping: Mapping[str, Any],
        report: Callable[[ConfigFault], None],
    ) -> None:
        self.unknown: dict[_ConfigPath, ConfigFault] = {}
        """What cannot be at this event source: a fault where it cannot be at any event source of the configuration."""
        self._default_currency: str | None = settings.get("default_currency")
        self._known = event_names(event_source)
        self._event_source = event_source
        self._preset = preset
        self._mapping = mapping
        self._report = report
        self._rows = {fold(name): row for row in preset.get("events", ()) for name in _names(row)}
        self._written: dict[str, str] = {}
        self._worth_from_rule = frozenset(
            target
            for row in preset.get("events", ())
            if row.get("value") == "configured" and (target := self._target(row)) is not None
        )
        self._naming: str = mapping.get("naming") or preset.get("naming", "current")
        self._custom = self._custom_events()

    def table(self) -> NameTable:
        """The names of preset and configuration together; the configuration's win."""
        own = dict(self._own_rules())
        rules = dict(self._preset_rules()) | own
        never: Sequence[str] = self._preset.get("never", ())
        return NameTable(
            known=self._known,
            naming=self._naming,
            rules=rules,
            written=self._written,
            worth_from_rule=self._worth_from_rule,
            never=_pattern([name for name in never if _ANY in name]),
            nearest=self._nearest(own),
            listed=frozenset(self._preset.get("listed", ())),
            custom=self._custom,
            reject_unknown=self._preset.get("unknown") == "rejected",
        )

    def _custom_events(self) -> bool | dict[str, str]:
        chosen = self._mapping.get("custom_events")
        if not chosen:
            return False
        _, takers, says = custom_name_rule()
        path: _ConfigPath = ("mapping", "custom_events")
        for at, name in enumerate(() if chosen is True else chosen):
            here = (*path, at)
            if name.casefold() in self._known.by_fold:
                problem = "this is a standard event, not a custom one"
                self.unknown[here] = ConfigFault(here, problem, "Leave it out.")
            elif custom_name_rule()[0].fullmatch(name) is None:
                self._report(ConfigFault(here, "TikTok would not take this name", f"Names have {says}."))
        if self._event_source not in takers:
            self.unknown[path] = ConfigFault(
                path, f"{self._event_source} events take TikTok's standard names only", "Leave it out."
            )
            return False
        return chosen is True or {fold(name): name for name in chosen}

    def _nearest(self, own: Mapping[str, tuple[EventRule, ...] | NoEvent]) -> dict[str, str]:
        nearest = {
            squeeze(name): target
            for row in self._preset.get("events", ())
            for name in _names(row)
            if (target := self._target(row)) is not None
        }
        nearest.update(
            {
                squeeze(self._written[name]): held[0].name
                for name, held in own.items()
                if isinstance(held, tuple)
            }
        )
        nearest.update(
            {squeeze(spelling): canonical for spelling, canonical in self._known.canonical.items()}
        )
        return nearest

    def _preset_rules(self) -> Iterator[tuple[str, tuple[EventRule, ...] | NoEvent]]:
        origin = f"preset {self._mapping.get('preset')}"
        for row in self._preset.get("events", ()):
            target = self._target(row)
            for name in _names(row):
                if target is None:
                    yield self._key(name), NoEvent("event_not_for_source")
                elif not self._is_on(row):
                    yield self._key(name), NoEvent("event_off")
                else:
                    yield self._key(name), (self._rule(target, origin),)
        for name in self._preset.get("never", ()):
            if _ANY not in name:
                yield self._key(name), NoEvent("event_never_sent")

    def _is_on(self, row: Mapping[str, Any]) -> bool:
        enabled: bool | list[str] = row.get("enabled", True)
        return enabled if isinstance(enabled, bool) else self._event_source in enabled

    def _key(self, name: str) -> str:
        folded = fold(name)
        self._written[folded] = name
        return folded

    def _target(self, row: Mapping[str, Any]) -> str | None:
        """What a preset's row is at this event source, if TikTok takes that there."""
        target: str | None = row.get(self._event_source, row.get("event"))
        return target if target in self._known.standard else None

    def _own_rules(self) -> Iterator[tuple[str, tuple[EventRule, ...] | NoEvent]]:
        seen: dict[str, str] = {}
        for name, data in (self._mapping.get("events") or {}).items():
            path = ("mapping", "events", name)
            if fold(name) in seen:
                self._report(
                    ConfigFault(
                        path,
                        f"this name and {seen[fold(name)]!r} are compared alike",
                        "Keep one.",
                        at_key=True,
                    )
                )
                continue
            seen[fold(name)] = name
            yield self._key(name), self._own_rule(name, data, path)

    def _own_rule(self, name: str, data: Any, path: _ConfigPath) -> tuple[EventRule, ...] | NoEvent:
        if data is None or data is False:
            return NoEvent("event_off")
        row = self._rows.get(fold(name), {})
        if data is True:
            return self._switched_on(row, path)
        several = isinstance(data, list | tuple)
        rules: list[EventRule] = []
        for at, element in enumerate(data if several else [data]):
            here = (*path, at) if several else path
            rule = self._read(element, here)
            if rule is None:
                continue
            if row.get("value") == "configured":  # whatever event it is made into
                rule = replace(rule, worth_from_rule=True)
            if any(rule.canonical == other.canonical for other in rules):
                self._report(
                    ConfigFault(
                        here,
                        f"two copies of one record would both be {rule.canonical}, and TikTok would keep one of them",
                        "Give each copy another event, or join the conditions of one copy with any.",
                    )
                )
            rules.append(rule)
        return tuple(rules) or NoEvent("event_not_for_source")

    def _switched_on(self, row: Mapping[str, Any], path: _ConfigPath) -> tuple[EventRule, ...] | NoEvent:
        target = self._target(row)
        if target is None:
            problem = "true switches on what a preset keeps off, and the preset has no event for this name"
            self.unknown[path] = ConfigFault(path, problem, "Write one of TikTok's event names instead.")
            return NoEvent("event_not_for_source")
        return (self._rule(target, "config"),)

    def _read(self, data: Any, path: _ConfigPath) -> EventRule | None:
        parts: Mapping[str, Any] = {"event": data} if isinstance(data, str) else data
        when: Condition | None = None
        if parts.get("when") is not None:
            try:
                when = read_condition(parts["when"])
            except PathError as error:
                self._report(
                    ConfigFault(
                        (*path, "when"), f"a path cannot be read: {error}", "Paths look like properties.plan."
                    )
                )
        fixed = self._fixed(parts, path)
        name = parts["event"]
        at_event = path if isinstance(data, str) else (*path, "event")
        if name in self._known.canonical:
            return self._rule(name, "config", when, fixed)
        if self._may_be_custom(name):
            return EventRule(name, name, "config", when, fixed)
        self.unknown[at_event] = self._unknown(name, at_event)
        return None

    def _fixed(self, parts: Mapping[str, Any], path: _ConfigPath) -> dict[str, Any]:
        value, currency = parts.get("value"), parts.get("currency") or self._default_currency
        if value is None:
            if parts.get("currency") is not None:
                self._report(
                    ConfigFault(
                        (*path, "currency"),
                        "a fixed currency without a fixed value would give the record's amounts another currency",
                        "Write value beside it, or settings.default_currency for records that name none.",
                    )
                )
            return {}
        if currency is None:
            self._report(
                ConfigFault((*path, "value"), "a fixed value needs its currency", "Write currency beside it.")
            )
            return {}
        return {"properties.currency": currency, "properties.value": value}

    def _may_be_custom(self, name: str) -> bool:
        allowed = self._custom if isinstance(self._custom, bool) else fold(name) in self._custom
        return (
            allowed
            and custom_name_rule()[0].fullmatch(name) is not None
            and name.casefold() not in self._known.by_fold
        )

    def _unknown(self, name: str, path: _ConfigPath) -> ConfigFault:
        spelling = self._known.by_fold.get(name.casefold())
        close = (
            [spelling]
            if spelling
            else difflib.get_close_matches(name, list(self._known.canonical), n=1, cutoff=0.6)
        )
        remedy = (
            f"Did you mean {close[0]}?"
            if close
            else f"Standard names: {', '.join(sorted(self._known.standard))}."
        )
        if self._event_source in custom_name_rule()[1]:
            remedy += " A custom event has to be listed under mapping.custom_events."
        return ConfigFault(path, f"{name} is not a standard {self._event_source} event of TikTok's", remedy)

    def _rule(
        self,
        spelling: str,
        origin: str,
        when: Condition | None = None,
        fixed: Mapping[str, Any] | None = None,
    ) -> EventRule:
        return EventRule(
            spell(self._known, spelling, self._naming),
            self._known.canonical[spelling],
            origin,
            when,
            fixed or {},
            name_notes(self._known, spelling),
            self._known.canonical[spelling] in self._worth_from_rule,
        )


def _names(row: Mapping[str, Any]) -> Sequence[str]:
    names: str | list[str] = row["name"]
    return [names] if isinstance(names, str) else names


def _pattern(names: Sequence[str]) -> re.Pattern[str] | None:
    """What the names with a `*` take in; folding makes `_` a space."""
    if not names:
        return None
    return re.compile(
        "|".join(".*".join(map(re.escape, fold(name).split(_ANY))) for name in names), re.DOTALL
    )
