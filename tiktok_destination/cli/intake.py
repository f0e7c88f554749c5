"""Walks an input on behalf of a command: counts what was read, and remembers which line a record began on.

A limit bounds the records that may begin an entry: a group that has begun is read to its end, and the record that
showed its end is not counted. The memory is bounded if whoever reads also says what is no longer needed: outcomes come in
input order, so the lines of all records before the present one can be dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from plugin_spec import Prepared, Record, Settled


class Intake:
    """One pass over an input. Reading and asking may happen in two threads."""

    def __init__(self, numbered: Iterable[tuple[Record, int]], limit: int | None = None) -> None:
        self.records_read = 0
        self.exhausted = False
        """The input, or as much of it as was asked for, has been read to its end."""
        self._numbered = iter(numbered)
        self._limit = limit
        self._covered = 0
        """The last record of the last entry that was taken."""
        self._lines: deque[tuple[int, int]] = deque()

    def records(self) -> Iterator[Record]:
        """The records, in order. Raises InputError."""
        remember, limit = self._lines.append, self._limit
        for record, line in self._numbered:
            remember((record.position, line))
            self.records_read = record.position
            yield record
            # Asked for one more when all that was to be read has its entries: a live pipe need not bring it.
            if limit is not None and self._covered >= limit:
                return

    def entries(self, prepared: Iterable[Prepared | Settled]) -> Iterator[Prepared | Settled]:
        """What a plan made of `records`, up to the limit."""
        limit = self._limit
        for entry in prepared:
            if limit is not None and entry.position > limit:
                self.records_read = max(limit, self._covered)
                break
            self._covered = entry.rows[-1] if entry.rows else entry.position
            yield entry
        self.exhausted = True

    def line_of(self, position: int) -> int:
        """The line on which this record began. Ask in rising order. Raises LookupError for one that was not read."""
        self.forget_before(position)
        known, line = self._lines[0]
        if known != position:
            raise LookupError(position)
        return line

    def forget_before(self, position: int) -> None:
        """Nobody will ask for the lines of earlier records any more."""
        lines = self._lines
        while lines and lines[0][0] < position:
            lines.popleft()
