"""Builds the model of a configuration: preset and configuration merged, every fault found and reported at once.

The schema has already vouched for shapes; here stands what a schema cannot say: names that TikTok knows, fields that
an event source takes, paths that can be read, rules that would contradict each other.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from plugin_spec import ConfigError, ConfigFault
from tiktok_destination.catalog.events import event_names
from tiktok_destination.catalog.fields import fields
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping.event_rules import EventRuleBuilder
from tiktok_destination.mapping.field_rules import FieldRuleBuilder
from tiktok_destination.mapping.model import GroupRule, Model, NamePlace
from tiktok_destination.mapping.paths import parse
from tiktok_destination.mapping.presets import preset
from tiktok_destination.mapping.rules import FieldRule, Source, columns, read_sources
from tiktok_destination.mapping.targets import COUNTRY, FRAME, ITEMS, item_targets

_ROW_VALUE_RULES = ("order_total", "sum_of_rows")


def build(config: Mapping[str, Any]) -> Model:
    """The model of a plugin's configuration (`settings`, `mapping`). Raises ConfigError with every fault."""
    return _Builder(config).build()


class _Builder:
    def __init__(self, config: Mapping[str, Any]) -> None:
        self.settings: Mapping[str, Any] = config["settings"]
        self.mapping: Mapping[str, Any] = config.get("mapping") or {}
        self.event_source: str = self.settings["event_source"]
        self.faults: list[ConfigFault] = []
        self.preset: Mapping[str, Any] = preset(self.mapping["preset"]) if self.mapping.get("preset") else {}
        self.preset_origin = f"preset {self.mapping['preset']}" if self.preset else "default"

    def build(self) -> Model:
        self._check_event_source()
        rules = FieldRuleBuilder(self.settings, self.preset, self.mapping, self.faults.append).rules()
        zone = self._zone()
        names = EventRuleBuilder(
            event_names(self.event_source), self.settings, self.preset, self.mapping, self.faults.append
        ).table()
        fixed_name = self.settings.get("event_name")
        if fixed_name is not None and not isinstance(names.resolve(fixed_name), tuple):
            self.fault(
                ("settings", "event_name"),
                f"no event follows from this name for event_source {self.event_source}",
                "Write one of TikTok's standard names.",
            )
        value_rule = self._value_rule(rules)
        self._check_enough(rules)
        self._check_event_sets()
        if self.faults:
            raise ConfigError(tuple(self.faults))
        allowed = [target for target, field in fields().items() if self.event_source in field.event_sources]
        return Model(
            event_source=self.event_source,
            source_ids=self._source_ids(),
            region=self.settings.get("default_region"),
            currency=self.settings.get("default_currency"),
            zone=zone,
            window_s=self.settings.get("event_window_days", limit("event_window_days")) * 86_400,
            link_url=self.settings.get("link_url"),
            event_name=fixed_name,
            require_event_id=self.mapping.get("event_id") == "require",
            value_rule=value_rule,
            names=names,
            name_place=self._name_place(rules),
            group=self._group_rule(rules),
            fields={target: rules[target] for target in (*FRAME, *allowed) if target in rules},
            country=rules[COUNTRY].sources if COUNTRY in rules else (),
            items=rules[ITEMS].sources if ITEMS in rules else (),
            item_fields={name: rules[target] for name, target in item_targets().items() if target in rules},
        )

    def fault(self, path: tuple[str | int, ...], problem: str, remedy: str) -> None:
        self.faults.append(ConfigFault(path, problem, remedy))

    def _check_event_source(self) -> None:
        if self.preset and self.event_source not in self.preset["event_sources"]:
            self.fault(
                ("mapping", "preset"),
                f"the preset {self.mapping['preset']} has no mapping for event_source {self.event_source}",
                f"It serves: {', '.join(self.preset['event_sources'])}.",
            )

    def _check_enough(self, rules: Mapping[str, FieldRule]) -> None:
        if not self.preset and not self.faults and "event_time" not in rules:
            self.fault(
                ("mapping",),
                "no rule says where a record's time is, so every record would be rejected",
                "Write mapping.preset, or a rule for event_time under mapping.fields.",
            )

    def _check_event_sets(self) -> None:
        if len(self.settings.get("event_set_ids") or ()) > 1 and "group" not in self.preset:
            self.fault(
                ("settings", "event_set_ids"),
                "only rows that name their event set can choose among several (preset amperity)",
                "Write one event_set_id.",
            )

    def _source_ids(self) -> tuple[str, ...]:
        if self.event_source == "web":
            return (self.settings["pixel_code"],)
        return tuple(self.settings.get("event_set_ids") or (self.settings["event_set_id"],))

    def _zone(self) -> tzinfo:
        name = self.settings.get("time_zone", "UTC")
        if name == "UTC":
            return UTC
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            self.fault(
                ("settings", "time_zone"), "no such time zone", "Write an IANA name, e.g. Europe/Berlin."
            )
            return UTC

    def _group_rule(self, rules: Mapping[str, FieldRule]) -> GroupRule | None:
        data = self.preset.get("group")
        if data is None:
            return None

        def sources(*targets: str) -> tuple[Source, ...]:
            return tuple(source for target in targets if target in rules for source in rules[target].sources)

        lists = frozenset(columns(sources("user.email", "user.phone")))
        per_row = frozenset(columns(sources(*item_targets().values())))
        judged = frozenset(columns(sources("event_time", "properties.currency")))
        read = frozenset(columns(sources(*rules)))
        return GroupRule(
            **data,
            event=self._name_place(rules).rule.sources,
            event_id=sources("event_id"),
            order_id=sources("properties.order_id"),
            event_time=sources("event_time"),
            currency=sources("properties.currency"),
            lists=lists,
            one_value=read - lists - per_row - judged - {data["value"]},
        )

    def _name_place(self, rules: Mapping[str, FieldRule]) -> NamePlace:
        place = self.preset.get("name", {"column": "event"})
        calls = place.get("calls")
        own_place = place["column"] if calls is None else calls["track"]
        rule = rules.get("event") or FieldRule("event", read_sources(own_place), self.preset_origin)
        if calls is None:
            return NamePlace(rule)
        return NamePlace(rule, parse(calls["path"]), "track", dict(calls["named"]))

    def _value_rule(self, rules: Mapping[str, FieldRule]) -> str:
        chosen: str | None = self.mapping.get("value")
        if chosen in _ROW_VALUE_RULES and "group" not in self.preset:
            self.fault(
                ("mapping", "value"),
                f"{chosen} is for presets whose rows are grouped",
                "Leave it out, or write sum_of_items.",
            )
        elif chosen in _ROW_VALUE_RULES and "properties.value" in rules:
            self.fault(("mapping", "value"), "properties.value has a rule of its own", "Keep one of them.")
        if chosen:
            return chosen
        if "properties.value" in rules:
            return "field"
        return str(self.preset.get("value", "field"))
