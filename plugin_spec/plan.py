"""A plan: one configuration, turned into what maps records to events. Pure, and rebuilt anywhere from (name, config)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from plugin_spec.about import Overview
from plugin_spec.records import Note, Prepared, Record, Settled

Now = float | Callable[[], float]
"""The moment of judging, in Unix seconds: one for all records, or the clock to ask at each (a pipe may stay open)."""


@dataclass(frozen=True)
class Identifier:
    """Something that names a person or a click, in the form in which the receiver gets it (hashed where it hashes)."""

    kind: str
    """The event's field, e.g. `user.email`."""
    value: str


@dataclass(frozen=True)
class FieldTrace:
    """Where one field of the event comes from, or why it is empty. Holds what is sent, never what was read."""

    target: str
    source: str | None
    """The path (or constant, or rule) that gave the value; None when nothing did."""
    steps: tuple[str, ...]
    """What was done to it, in order: `trimmed`, `lower-cased`, `sha-256`."""
    sent: Any
    """The value in the event; None when the field is left out."""
    reason: str | None = None
    """Why the field is left out, or what was corrected."""
    tried: tuple[str, ...] = ()
    """The paths that were looked at and held nothing usable."""


@dataclass(frozen=True)
class Explanation:
    """The story of one entry."""

    entry: Prepared | Settled
    event_rule: str
    """How the record's name led to this event, or why it led to none."""
    fields: tuple[FieldTrace, ...]
    notes: tuple[Note, ...]


class Plan(Protocol):
    """Made by `destination_compile`. Every method may be called from any thread, one at a time for each iterator."""

    def prepare(self, records: Iterable[Record], now: Now) -> Iterator[Prepared | Settled]:
        """Yield the entries of `records`, lazily and in input order; each record is covered by at least one entry.

        Never raises for what a record holds.
        """

    def explain(self, records: Iterable[Record], now: Now) -> Iterator[Explanation]:
        """As `prepare`, with the story of each entry. The entries are equal to those of `prepare`."""

    def identify(self, record: Record) -> tuple[Identifier, ...]:
        """The identifiers that a host may look up before it prepares this record."""

    def envelope(self, batch_key: str, bodies: Sequence[bytes]) -> bytes:
        """The request body that carries these events: the bytes that a sender of this configuration sends."""

    def group_key(self, record: Record) -> bytes | None:
        """Equal for records that make one entry when they stand next to each other, so that a host can sort an input;
        None for a record that stands alone.
        """

    def overview(self) -> Overview:
        """What this configuration does, for people to read: names, remarks, warnings."""


@runtime_checkable
class Compiled(Protocol):
    """A plan that turns its configuration into code. Which engine works is no matter of the contract; reading it may help."""

    def source(self) -> str:
        """The generated code, to read; empty where there is none for this configuration."""


@dataclass(frozen=True)
class TestEvents:
    """Events that do no harm, and where an operator finds them at the receiver."""

    __test__ = False  # for pytest: this is no test

    events: tuple[Prepared, ...]
    event_sources: tuple[str, ...]
    """The event source of each."""
    where: tuple[str, ...]
    """Sentences: where to look, and how long it takes."""


class Tester(Protocol):
    """A plan of a destination with the capability `test`."""

    def test_events(self, code: str | None, event_id: str, now: float) -> TestEvents:
        """One test event for each event source that is configured, under this test code or the configuration's own.

        `event_id` and `now` (Unix seconds) go into the events. Raise `ConfigError` where something is missing for it.
        """

    def in_test_mode(self, code: str | None) -> Plan:
        """The same plan, whose every event is a test event: under a record's own code, else this one, else the
        configuration's. Raise `ConfigError` where something is missing for it.
        """
