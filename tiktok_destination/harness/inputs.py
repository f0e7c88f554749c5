"""One input of a destination: a file that was uploaded, a record that was pasted, test events. Read once, in portions.

A portion is what the outbox accepts at once. It ends between two records, so that a record is accepted whole or not at all.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from logging import Logger
from typing import Final, NamedTuple

import msgspec

from plugin_spec import EntryOutcome, Outcome, Plan, Prepared, Record, Settled
from tiktok_destination.formats import InputError, RecordFile
from tiktok_destination.hosting.intake import Intake, Origin, Place


class InputState(StrEnum):
    """How far an input has got."""

    WAITING = "waiting"
    READING = "reading"
    READ = "read"
    BROKEN_OFF = "broken off"
    EARLIER = "accepted earlier"
    """Before the harness was started; what is left of it was in the outbox."""


PORTION: Final = 500
"""Entries, roughly: enough that writing them down costs little, and few enough that sending begins at once."""


class Taken(NamedTuple):
    """An entry of an input, and where it is from."""

    entry: Prepared | Settled
    place: Place
    records: tuple[Record, ...]


class InputSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An input as a page shows it."""

    number: int
    name: str
    state: InputState
    problem: str | None
    """Why it was not read to its end."""
    records_read: int
    records_accounted: int
    entries: int
    outcomes: dict[str, int]
    """They add up to `entries`."""
    share_read: float | None
    """Of its bytes; None where its size is not known."""
    earlier: bool = False
    """Given before the start: its records and entries are those that waited then."""


@dataclass(frozen=True)
class Source:
    """What an input is read from, and what makes entries of it."""

    name: str
    numbered: Iterable[tuple[Record, int | Origin]]
    prepare: Callable[[Iterable[Record]], Iterable[Prepared | Settled]]
    plan: Plan | None
    """What can tell the stories of its entries, if anything can."""
    close: Callable[[], None] = lambda: None
    share_read: Callable[[], float | None] = lambda: None


def of_file(records: RecordFile, plan: Plan, clock: Callable[[], float]) -> Source:
    """An open file, which is closed when it is done with."""

    def share_read() -> float | None:
        return records.bytes_read / records.size_bytes if records.size_bytes else None

    def close() -> None:
        records.__exit__(None, None, None)

    return Source(records.name, records, lambda found: plan.prepare(found, clock), plan, close, share_read)


def of_records(bodies: Sequence[bytes], name: str, plan: Plan, clock: Callable[[], float]) -> Source:
    """A few records, JSON objects."""
    numbered = [(Record(position, body), position) for position, body in enumerate(bodies, 1)]
    return Source(name, numbered, lambda found: plan.prepare(found, clock), plan)


def of_events(events: Sequence[Prepared], name: str) -> Source:
    """Events that come from no record, at positions from 1."""
    numbered = [(Record(event.position, b""), event.position) for event in events]
    return Source(name, numbered, lambda found: (e for e, _ in zip(events, found, strict=True)), None)


class InputAccount:
    """What is known of an input, and of the entries that came of it: by itself of one that was given before the start."""

    def __init__(self, number: int, name: str, state: InputState) -> None:
        self.number = number
        self.name = name
        self.state = state
        self.problem: str | None = None
        self.records_accounted = 0
        """Records of which every entry is accepted."""
        self.entries = 0
        self.outcomes: Counter[Outcome] = Counter()
        self._last_position = 0

    def account_for(self, outcome: EntryOutcome) -> None:
        """Count an entry that was accepted, with the outcome that it has at first."""
        if outcome.position != self._last_position:
            self._last_position = outcome.position
            self.records_accounted += max(len(outcome.rows), 1)
        self.entries += 1
        self.outcomes[outcome.outcome] += 1

    def change(self, before: Outcome, after: Outcome) -> None:
        """An entry of it has another outcome now."""
        self.outcomes[before] -= 1
        self.outcomes[after] += 1

    def seen(self) -> InputSeen:
        """As it is now."""
        return self._seen(self.records_accounted, None, earlier=True)

    def _seen(self, records_read: int, share_read: float | None, *, earlier: bool = False) -> InputSeen:
        return InputSeen(
            number=self.number,
            name=self.name,
            state=self.state,
            problem=self.problem,
            records_read=records_read,
            records_accounted=self.records_accounted,
            entries=self.entries,
            outcomes={outcome.value: self.outcomes[outcome] for outcome in Outcome if self.outcomes[outcome]},
            share_read=share_read,
            earlier=earlier,
        )


class Input(InputAccount):
    """A source, and how far it has been read. Owned by one `Deliveries`."""

    def __init__(self, number: int, source: Source, chance: bytes) -> None:
        """`chance` tells it from all others in the outbox."""
        super().__init__(number, source.name, InputState.WAITING)
        self.chance = chance
        self.plan = source.plan
        self.last_record = 0
        """In its own numbers: the last record that was taken."""
        self._source = source
        self._intake = Intake(source.numbered)
        self._recent: deque[Record] = deque()
        """The records of the last entry, and those after it that are read already."""
        self._prepared = iter(source.prepare(self._remembered()))
        self._next: Taken | None = None
        """Taken already: the first of the next portion."""
        self._end: tuple[InputState, str | None] | None = None

    @property
    def was_read(self) -> bool:
        """There was no more to be had of it when the last portion was taken, to its end or not."""
        return self._end is not None

    @property
    def was_read_to_its_end(self) -> bool:
        return self._end == (InputState.READ, None)

    def portion(self, logger: Logger) -> list[Taken]:
        """The next entries, with all entries of each record; none at the end. May take as long as reading does."""
        self.state = InputState.READING
        taken = [] if self._next is None else [self._next]
        self._next = None
        while (one := self._take(logger)) is not None:
            if len(taken) >= PORTION and one.entry.position != taken[-1].entry.position:
                self._next = one
                break
            taken.append(one)
        if taken:
            place = taken[-1].place
            self.last_record = place.rows[-1] if place.rows else place.record
        return taken

    def finish(self) -> None:
        """What was taken last is accepted, and there was no more."""
        if self._end is not None:
            self.state, self.problem = self._end
            self.close()

    def stop(self) -> None:
        """Read no further."""
        if self.state in (InputState.WAITING, InputState.READING):
            self.state = InputState.BROKEN_OFF
            self.problem = f"The harness was stopped before its end. {accepted_up_to(self.records_accounted)}"
            self.close()

    def close(self) -> None:
        """Let go of what is behind it."""
        self._recent.clear()
        self._source.close()

    def seen(self) -> InputSeen:
        """As it is now."""
        share = 1.0 if self.state is InputState.READ else self._source.share_read()
        return self._seen(self._intake.records_read, share)

    def _take(self, logger: Logger) -> Taken | None:
        if self._end is not None:
            return None
        try:
            entry = next(self._prepared, None)
            if entry is not None:
                return Taken(entry, self._intake.place_of(entry), self._records_of(entry))
        except InputError as error:
            self._end = InputState.BROKEN_OFF, str(error)
        except Exception as error:  # noqa: BLE001 - a defect costs this input alone; its text may hold anything
            logger.error("reading an input failed: %s", type(error).__name__)  # noqa: TRY400 - as above
            problem = f"{type(error).__name__}. This is a defect of the program, not of your data."
            self._end = InputState.BROKEN_OFF, problem
        else:
            self._end = InputState.READ, None
        return None

    def _records_of(self, entry: Prepared | Settled) -> tuple[Record, ...]:
        while self._recent and self._recent[0].position < entry.position:
            self._recent.popleft()
        wanted = entry.rows or (entry.position,)
        return tuple(record for record in self._recent if record.position in wanted)

    def _remembered(self) -> Iterator[Record]:
        for record in self._intake.records():
            self._recent.append(record)
            yield record


def accepted_up_to(records: int) -> str:
    """How far an input was accepted, for people."""
    if not records:
        return "Nothing of it was accepted."
    return f"Its first {records:,} record{'s were' if records > 1 else ' was'} accepted; the rest is to be given again."
