"""Walks an input on behalf of a host: counts what was read, and remembers where each record came from.

A limit bounds the records that may begin an entry: a group that has begun is read to its end, and the record that
showed its end is not counted. The memory is bounded if whoever reads also says what is no longer needed: outcomes come in
input order, so the lines of all records before the present one can be dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from plugin_spec import EntryOutcome, Prepared, Record, Settled


class Origin(NamedTuple):
    """Where a record stands in the input."""

    record: int
    """Its number, from 1."""
    line: int
    """The line on which it begins; the row, where a format has no lines."""


class Place(NamedTuple):
    """Where an entry's records stand in the input."""

    record: int
    line: int
    rows: tuple[int, ...]
    """Grouped rows: the numbers of all records in the entry."""


class Intake:
    """One pass over an input. Reading and asking may happen in two threads."""

    def __init__(
        self,
        numbered: Iterable[tuple[Record, int | Origin]],
        limit: int | None = None,
        *,
        first: int = 1,
        keep_records: bool = False,
    ) -> None:
        """A line alone means that the record's position is its number in the input. Records before `first` are passed over.

        `keep_records`: remember the records themselves, as long as where they stand.
        """
        self.records_read = 0
        self.records_covered = 0
        """Records that an entry of a plan covers."""
        self.exhausted = False
        """The input, or as much of it as was asked for, has been read to its end."""
        self._numbered = iter(numbered)
        self._limit = limit
        self._first = first
        self._keep = keep_records
        self._covered = 0
        """The last record of the last entry that was taken."""
        self._origins: deque[tuple[int, int | Origin, Record | None]] = deque()

    def records(self) -> Iterator[Record]:
        """The records, in order. Raises InputError."""
        remember, limit, first, keep = self._origins.append, self._limit, self._first, self._keep
        for record, origin in self._numbered:
            if record.position < first:
                continue
            remember((record.position, origin, record if keep else None))
            self.records_read = record.position
            yield record
            # Asked for one more when all that was to be read has its entries: a live pipe need not bring it.
            if limit is not None and self._covered >= limit:
                return

    def entries(self, prepared: Iterable[Prepared | Settled]) -> Iterator[Prepared | Settled]:
        """What a plan made of `records`, up to the limit."""
        limit, last = self._limit, 0
        for entry in prepared:
            if limit is not None and entry.position > limit:
                self.records_read = max(limit, self._covered)
                break
            if entry.position != last:
                last = entry.position
                self.records_covered += len(entry.rows) or 1
                self._covered = entry.rows[-1] if entry.rows else last
            yield entry
        self.exhausted = True

    def place_of(self, entry: EntryOutcome | Prepared | Settled) -> Place:
        """Where the entry's records stand. Ask in rising order. Raises LookupError for what was not read."""
        self.forget_before(entry.position)
        return self.look_up(entry)

    def look_up(self, entry: EntryOutcome | Prepared | Settled) -> Place:
        """As `place_of`, in any order, of what is not forgotten."""
        known = self._of(entry)
        _, origin, _ = known[0]
        if not isinstance(origin, Origin):
            return Place(entry.position, origin, entry.rows)
        rows = known if entry.rows else []
        return Place(*origin, tuple(row.record for _, row, _ in rows if isinstance(row, Origin)))

    def records_of(self, entry: EntryOutcome) -> tuple[Record, ...]:
        """The records that the entry covers; none where records are not kept. Raises LookupError as `look_up` does."""
        return tuple(record for _, _, record in self._of(entry) if record is not None)

    def forget_before(self, position: int) -> None:
        """Nobody will ask for earlier records any more."""
        origins = self._origins
        while origins and origins[0][0] < position:
            origins.popleft()

    def _of(self, entry: EntryOutcome | Prepared | Settled) -> list[tuple[int, int | Origin, Record | None]]:
        origins = self._origins
        at = entry.position - origins[0][0] if origins else -1
        if not 0 <= at < len(origins):
            raise LookupError(entry.position)
        return [origins[index] for index in range(at, at + max(len(entry.rows), 1))]
