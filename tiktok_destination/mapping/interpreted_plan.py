"""The plan that walks the rules of its configuration for each record: the truth that the compiled one is held to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Self

from plugin_spec import (
    Explanation,
    Identifier,
    Note,
    Now,
    Overview,
    Plan,
    Prepared,
    Record,
    Settled,
    Tester,
    TestEvents,
)
from tiktok_destination.mapping.envelope import envelope
from tiktok_destination.mapping.interpreter import Entry, Interpreter
from tiktok_destination.mapping.model import Rulebook
from tiktok_destination.mapping.overview import overview
from tiktok_destination.mapping.testing import in_test_mode, test_events
from tiktok_destination.mapping.units import Unit, group_key, units


class InterpretedPlan(Plan, Tester):
    """A plan whose rules are walked for each record."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.interpreters = {source: Interpreter(model) for source, model in rulebook.models.items()}
        self._any = next(iter(self.interpreters.values()))

    def prepare(self, records: Iterable[Record], now: Now) -> Iterator[Prepared | Settled]:
        """The entries of the records, lazily and in input order."""
        clock = now if callable(now) else lambda: now
        for unit in self._units(records):
            for entry in self._entries(unit, clock()):
                yield entry.entry

    def explain(self, records: Iterable[Record], now: Now) -> Iterator[Explanation]:
        """The same entries with their stories."""
        clock = now if callable(now) else lambda: now
        for unit in self._units(records):
            for entry, event_rule, traces in self._entries(unit, clock(), trace=True):
                yield Explanation(entry, event_rule, traces, entry.notes)

    def identify(self, record: Record) -> tuple[Identifier, ...]:
        """The identifiers of one record, as they are sent."""
        found: list[Identifier] = []
        for unit in self._units([record]):
            chosen = self._chosen(unit)
            if unit.fault is None and isinstance(chosen, Interpreter):
                found += [Identifier(kind, value) for kind, value in chosen.drafter.identifiers(unit)]
        return tuple(found)

    def envelope(self, batch_key: str, bodies: Sequence[bytes]) -> bytes:
        """The request body around these events."""
        return envelope(batch_key, bodies)

    def group_key(self, record: Record) -> bytes | None:
        """Equal for the rows that make one event, wherever they stand; None for what stands alone."""
        return group_key(record, self.rulebook.group)

    def overview(self) -> Overview:
        """What this configuration does, for people to read."""
        return overview(self.rulebook)

    def test_events(self, code: str | None, event_id: str, now: float) -> TestEvents:
        """One harmless ViewContent for each event source that is configured. Raises ConfigError."""
        return test_events(self.rulebook, code, event_id, now)

    def in_test_mode(self, code: str | None) -> Self:
        """The same plan, by which every event is a test event. Raises ConfigError."""
        return type(self)(in_test_mode(self.rulebook, code))

    def _units(self, records: Iterable[Record]) -> Iterator[Unit]:
        return units(records, self.rulebook.group, self.rulebook.zone)

    def _entries(self, unit: Unit, now: float, *, trace: bool = False) -> Iterator[Entry]:
        chosen = self._chosen(unit)
        if isinstance(chosen, Note):
            return iter([self._any.rejected(unit, chosen)])
        return chosen.entries(unit, now, trace=trace)

    def _chosen(self, unit: Unit) -> Interpreter | Note:
        """The rules of the event source that the record belongs to."""
        choice = self.rulebook.choice
        if choice is None or unit.fault is not None:
            return self._any
        source = choice.of(unit.record)
        if isinstance(source, Note):
            return source
        return self.interpreters.get(source) or Note("source_not_configured", "event_source")
