"""The plan of one configuration: what a host gets from `destination_compile`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from plugin_spec import Explanation, FieldRename, Identifier, Now, Plan, Prepared, Record, Settled
from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.envelope import envelope
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.rules import FromPath, FromQuery, Source, describe
from tiktok_destination.mapping.units import units


def compile_plan(config: Mapping[str, Any]) -> InterpretedPlan:
    """A plan for a plugin's configuration. Raises ConfigError with every fault."""
    return InterpretedPlan(build(config))


class InterpretedPlan(Plan):
    """A plan whose rules are walked for each record."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._interpreter = Interpreter(model)

    def prepare(self, records: Iterable[Record], now: Now) -> Iterator[Prepared | Settled]:
        """The entries of the records, lazily and in input order."""
        clock = now if callable(now) else lambda: now
        for unit in units(records, self.model.group, self.model.zone):
            for entry in self._interpreter.entries(unit, clock()):
                yield entry.entry

    def explain(self, records: Iterable[Record], now: Now) -> Iterator[Explanation]:
        """The same entries with their stories."""
        clock = now if callable(now) else lambda: now
        for unit in units(records, self.model.group, self.model.zone):
            for entry, event_rule, traces in self._interpreter.entries(unit, clock(), trace=True):
                yield Explanation(entry, event_rule, traces, entry.notes)

    def identify(self, record: Record) -> tuple[Identifier, ...]:
        """The identifiers of one record, as they are sent."""
        found = [
            Identifier(kind, value)
            for unit in units([record], self.model.group, self.model.zone)
            if unit.fault is None
            for kind, value in self._interpreter.drafter.identifiers(unit)
        ]
        return tuple(found)

    def envelope(self, batch_key: str, bodies: Sequence[bytes]) -> bytes:
        """The request body around these events."""
        return envelope(batch_key, bodies)


def field_renames(model: Model) -> tuple[FieldRename, ...]:
    """The renaming table: every path that a rule reads, and the field that it fills."""
    rules = [model.name_place.rule, *model.fields.values(), *model.item_fields.values()]
    return tuple(
        FieldRename(describe(source), rule.target, rule.origin)
        for rule in rules
        for source in _flat(rule.sources)
        if isinstance(source, FromPath | FromQuery)
    )


def _flat(sources: Sequence[Source]) -> Iterator[Source]:
    for source in sources:
        groups = getattr(source, "groups", None)
        if groups is None:
            yield source
        else:
            for group in groups:
                yield from _flat(group)
