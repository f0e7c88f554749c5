"""Builds the table of event names from a preset and a configuration's `mapping.events`, and reports what is wrong with it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from plugin_spec import ConfigFault
from tiktok_destination.catalog.events import EventNames, custom_name_rule
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


class EventRuleBuilder:
    """Makes one `NameTable`. Faults go to the given reporter; the table is then not to be used."""

    def __init__(
        self,
        known: EventNames,
        settings: Mapping[str, Any],
        preset: Mapping[str, Any],
        mapping: Mapping[str, Any],
        report: Callable[[ConfigFault], None],
    ) -> None:
        self._default_currency: str | None = settings.get("default_currency")
        self._known = known
        self._event_source: str = settings["event_source"]
        self._preset = preset
        self._mapping = mapping
        self._report = report
        self._naming: str = mapping.get("naming") or preset.get("naming", "current")
        self._custom = self._custom_events()

    def table(self) -> NameTable:
        """The names of preset and configuration together; the configuration's win."""
        rules = dict(self._preset_rules())
        rules.update(self._own_rules())
        return NameTable(
            known=self._known,
            naming=self._naming,
            rules=rules,
            nearest=self._nearest(),
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
        if self._event_source not in takers:
            self._report(
                ConfigFault(
                    path, f"{self._event_source} events take TikTok's standard names only", "Leave it out."
                )
            )
        if chosen is True:
            return True
        for at, name in enumerate(chosen):
            if name.casefold() in self._known.by_fold:
                self._report(
                    ConfigFault((*path, at), "this is a standard event, not a custom one", "Leave it out.")
                )
            elif custom_name_rule()[0].fullmatch(name) is None:
                self._report(
                    ConfigFault((*path, at), "TikTok would not take this name", f"Names have {says}.")
                )
        return {fold(name): name for name in chosen}

    def _nearest(self) -> dict[str, str]:
        nearest = {
            squeeze(row["name"]): row["event"]
            for row in self._preset.get("events", ())
            if row.get("event") in self._known.standard
        }
        nearest.update(
            {squeeze(spelling): canonical for spelling, canonical in self._known.canonical.items()}
        )
        return nearest

    def _preset_rules(self) -> Iterator[tuple[str, tuple[EventRule, ...] | NoEvent]]:
        origin = f"preset {self._mapping.get('preset')}"
        for row in self._preset.get("events", ()):
            takes = self._event_source in row.get("event_sources", (self._event_source,))
            if row["event"] is None or not takes or row["event"] not in self._known.standard:
                yield fold(row["name"]), NoEvent("event_not_for_source")
            elif not row.get("enabled", True):
                yield fold(row["name"]), NoEvent("event_off")
            else:
                yield fold(row["name"]), (self._rule(row["event"], origin),)
        for name in self._preset.get("never", ()):
            yield fold(name), NoEvent("event_never_sent")

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
            yield fold(name), self._own_rule(data, path)

    def _own_rule(self, data: Any, path: _ConfigPath) -> tuple[EventRule, ...] | NoEvent:
        if data is None:
            return NoEvent("event_off")
        several = isinstance(data, list | tuple)
        rules: list[EventRule] = []
        for at, element in enumerate(data if several else [data]):
            here = (*path, at) if several else path
            rule = self._read(element, here)
            if rule is None:
                continue
            if any(rule.canonical == other.canonical for other in rules):
                self._report(
                    ConfigFault(
                        here,
                        f"two copies of one record would both be {rule.canonical}, and TikTok would keep one of them",
                        "Give each copy another event, or join the conditions of one copy with any.",
                    )
                )
            rules.append(rule)
        return tuple(rules)

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
        self._report(self._unknown(name, at_event))
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
        )
