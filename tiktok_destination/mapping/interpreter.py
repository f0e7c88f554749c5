"""Walks the rules of one event source: one unit in, its entries out, each ready to send or settled with the reason.

The order of judgement: what happened (name, conditions), then whether an event can be made of it (time, event set, an
identifier), then whether it is still worth sending. What is unfit but optional is left out with a note.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from plugin_spec import FieldTrace, Note, Outcome, Prepared, Settled
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields, match_keys
from tiktok_destination.mapping.case import Case
from tiktok_destination.mapping.draft import Drafter
from tiktok_destination.mapping.event_names import EventRule, NoEvent
from tiktok_destination.mapping.looking import look
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.scalars import as_text
from tiktok_destination.mapping.units import Unit


class Entry(NamedTuple):
    """One entry, and its story where somebody asked for it."""

    entry: Prepared | Settled
    event_rule: str = ""
    traces: tuple[FieldTrace, ...] = ()


class Interpreter:
    """The entries of units, by one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.drafter = Drafter(model)
        self.match_keys = [
            key
            for key in match_keys()
            if all(model.event_source in fields()[target].event_sources for target in key)
        ]

    def entries(self, unit: Unit, now: float, *, trace: bool = False) -> Iterator[Entry]:
        """At least one entry for every unit. `now` in Unix seconds."""
        if unit.fault is not None:
            yield self.rejected(unit, unit.fault)
            return
        name, rules = self._rules(unit)
        if isinstance(rules, tuple):
            rules = tuple(rule for rule in rules if rule.when is None or rule.when(unit.record))
        if not rules:
            rules = NoEvent("condition_not_met")
        if isinstance(rules, NoEvent):
            yield self.without_event(unit, name, rules)
            return
        draft = self.drafter.draft(unit, trace=trace)
        for ordinal, rule in enumerate(rules, start=1):
            case = Case(self._model, unit, ordinal, rule, draft)
            case.write()
            entry = case.judge(now, self.match_keys)
            yield (
                Entry(entry, f"{name} → {rule.name} ({rule.origin})", case.traces())
                if trace
                else Entry(entry)
            )

    def without_event(self, unit: Unit, name: str | None, none: NoEvent) -> Entry:
        """The entry of a unit whose name leads to no event."""
        outcome = self._settled(
            unit,
            Outcome.REJECTED if none.rejected else Outcome.FILTERED,
            Note(none.code, "event"),
            name,
            none.suggestion,
        )
        return Entry(outcome, f"{name or 'no name'} → no event ({none.code})")

    def rejected(self, unit: Unit, fault: Note) -> Entry:
        """The entry of a unit of which no event can be made."""
        outcome = self._settled(unit, Outcome.REJECTED, fault, self._name(unit))
        return Entry(outcome, f"the record yields no event ({fault.code})")

    def _rules(self, unit: Unit) -> tuple[str | None, tuple[EventRule, ...] | NoEvent]:
        if self._model.off is not None:
            return self._name(unit), NoEvent(self._model.off)
        place = self._model.name_place
        if place.type_path is not None and place.named_types is not None:
            kind = (as_text(place.type_path.find(unit.record)) or "").strip().lower()
            if kind in place.named_types:
                return place.named_types[kind], self._model.names.resolve(place.named_types[kind])
            if kind and kind != place.type_of_event:
                return None, NoEvent("call_type")
        name = self._name(unit) or self._model.event_name
        if name is None:
            return None, NoEvent("event_name_missing", rejected=True)
        return name, self._model.names.resolve(name)

    def _name(self, unit: Unit) -> str | None:
        return (as_text(look(self._model.name_place.rule.sources, unit.record).value) or "").strip() or None

    def _settled(
        self,
        unit: Unit,
        outcome: Outcome,
        fault: Note,
        event_name: str | None = None,
        suggestion: str | None = None,
    ) -> Settled:
        return Settled(
            position=unit.position,
            ordinal=1,
            outcome=outcome,
            code=fault.code,
            path=fault.path,
            # A host explains its own codes.
            reason=codes()[fault.code].meaning if fault.code in codes() else "",
            event_name=event_name,
            suggestion=suggestion,
            notes=unit.notes,
            rows=unit.rows,
            test=self.drafter.is_test(unit),
        )
