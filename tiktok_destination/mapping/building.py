"""Builds the rulebook of a configuration: preset and configuration merged, every fault found and reported at once.

The schema has already vouched for shapes; here stands what a schema cannot say: names that TikTok knows, fields that
an event source takes, paths that can be read, rules that would contradict each other.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from plugin_spec import ConfigError, ConfigFault
from tiktok_destination.catalog.fields import fields, takes_event_id
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping.event_names import NameTable
from tiktok_destination.mapping.event_rules import EventRuleBuilder
from tiktok_destination.mapping.event_sources import AUTO, SourceChoice, read_choice, source_ids
from tiktok_destination.mapping.field_rules import FieldRuleBuilder
from tiktok_destination.mapping.model import GroupRule, Model, NamePlace, Rulebook
from tiktok_destination.mapping.paths import parse
from tiktok_destination.mapping.presets import preset
from tiktok_destination.mapping.rules import FieldRule, Source, columns, read_sources
from tiktok_destination.mapping.switches import off_as_a_whole, preset_warnings
from tiktok_destination.mapping.targets import COUNTRY, FRAME, ITEMS, item_targets

_ROW_VALUE_RULES = ("order_total", "sum_of_rows")
_DAY_S = 86_400


def build(config: Mapping[str, Any]) -> Rulebook:
    """The rulebook of a plugin's configuration (`settings`, `mapping`). Raises ConfigError with every fault."""
    return _Builder(config).build()


class _Builder:
    def __init__(self, config: Mapping[str, Any]) -> None:
        self.settings: Mapping[str, Any] = config["settings"]
        self.mapping: Mapping[str, Any] = config.get("mapping") or {}
        self.source_ids = source_ids(self.settings)
        self.faults: dict[tuple[object, str], ConfigFault] = {}
        """By path and problem: each event source of a configuration finds the same ones."""
        self.preset: Mapping[str, Any] = preset(self.mapping["preset"]) if self.mapping.get("preset") else {}
        self.preset_origin = f"preset {self.mapping['preset']}" if self.preset else "default"

    def build(self) -> Rulebook:
        self._check_event_sources()
        reader = FieldRuleBuilder(
            self.settings, tuple(self.source_ids), self.preset, self.mapping, self.report
        )
        rules = reader.rules()
        zone = self._zone()
        tables = self._name_tables()
        choice = self._choice(rules)
        value_rule = self._value_rule(rules)
        click_window_days = self._click_window_days(rules)
        self._check_enough(rules)
        self._check_event_sets()
        if self.faults:
            raise ConfigError(tuple(self.faults.values()))
        group = self._group_rule(rules)
        warnings = list(reader.warnings)
        for source, table in tables.items():
            warnings += preset_warnings(self.preset, self.mapping, source, table)
        models = {
            source: Model(
                event_source=source,
                source_ids=ids,
                sends_event_id=takes_event_id(source),
                off=off_as_a_whole(self.preset, self.mapping, source),
                test_event_code=self.settings.get("test_event_code"),
                region=self.settings.get("default_region"),
                currency=self.settings.get("default_currency"),
                zone=zone,
                window_s=self.settings.get("event_window_days", limit("event_window_days")) * _DAY_S,
                click_window_s=click_window_days and click_window_days * _DAY_S,
                link_url=self.settings.get("link_url"),
                app_id=self.settings.get("app_id"),
                event_name=self.settings.get("event_name"),
                require_event_id=self.mapping.get("event_id") == "require",
                value_rule=value_rule,
                names=tables[source],
                name_place=self._name_place(rules),
                group=group,
                required=tuple(
                    field for field in fields().values() if field.required and source in field.event_sources
                ),
                fields=_fields_of(source, rules),
                country=rules[COUNTRY].sources if COUNTRY in rules else (),
                items=rules[ITEMS].sources if ITEMS in rules else (),
                item_fields={
                    name: rules[target] for name, target in item_targets().items() if target in rules
                },
            )
            for source, ids in self.source_ids.items()
        }
        return Rulebook(models, choice, group, zone, tuple(dict.fromkeys(warnings)))

    def report(self, fault: ConfigFault) -> None:
        self.faults.setdefault((fault.path, fault.problem), fault)

    def fault(self, path: tuple[str | int, ...], problem: str, remedy: str) -> None:
        self.report(ConfigFault(path, problem, remedy))

    def _check_event_sources(self) -> None:
        served = self.preset.get("event_sources", tuple(self.source_ids))
        for source in self.source_ids:
            if source not in served:
                self.fault(
                    ("mapping", "preset"),
                    f"the preset {self.mapping['preset']} has no mapping for event_source {source}",
                    f"It serves: {', '.join(served)}.",
                )

    def _name_tables(self) -> dict[str, NameTable]:
        """Event source → its names. A name that no configured event source has is a fault."""
        builders = {
            source: EventRuleBuilder(source, self.settings, self.preset, self.mapping, self.report)
            for source in self.source_ids
        }
        tables = {source: builder.table() for source, builder in builders.items()}
        unknown = [builder.unknown for builder in builders.values()]
        for path in unknown[0]:
            if all(path in names for names in unknown):
                self.report(unknown[0][path])
        fixed = self.settings.get("event_name")
        if fixed is not None and not any(
            isinstance(table.resolve(fixed), tuple) for table in tables.values()
        ):
            self.fault(
                ("settings", "event_name"),
                f"no event follows from this name for event_source {' or '.join(tables)}",
                "Write one of TikTok's standard names.",
            )
        return tables

    def _choice(self, rules: Mapping[str, FieldRule]) -> SourceChoice | None:
        if self.settings["event_source"] != AUTO:
            if "event_source" in rules and rules["event_source"].origin == "config":
                self.fault(
                    ("mapping", "fields", "event_source"),
                    "records choose their event source only where settings.event_source is auto",
                    "Leave it out.",
                )
            return None
        rule = rules.get("event_source")
        if "group" in self.preset:
            # Rows of two event sources would be joined into one event.
            self.fault(
                ("settings", "event_source"),
                f"rows of the preset {self.mapping['preset']} are grouped, and do not choose their event source",
                f"Write one of: {', '.join(self.preset['event_sources'])}.",
            )
            return None
        if rule is None and self.preset:
            self.fault(
                ("settings", "event_source"),
                f"records of the preset {self.mapping['preset']} do not say their event source",
                "Write web, app, offline or crm, or a rule for event_source under mapping.fields.",
            )
            return None
        plain = FieldRule("event_source", read_sources("event_source"), self.preset_origin)
        return read_choice(rule or plain, self.preset.get("otherwise", []))

    def _click_window_days(self, rules: Mapping[str, FieldRule]) -> int | None:
        chosen: int | None = self.mapping.get("attribution_window_days")
        if chosen is not None and "click_time" not in rules:
            self.fault(
                ("mapping", "attribution_window_days"),
                "no rule says when the click was",
                "Write a rule for click_time under mapping.fields.",
            )
        return chosen or self.preset.get("attribution_window_days")

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


def _fields_of(event_source: str, rules: Mapping[str, FieldRule]) -> dict[str, FieldRule]:
    allowed = [target for target, field in fields().items() if event_source in field.event_sources]
    return {target: rules[target] for target in (*FRAME, *allowed) if target in rules}
