"""Walks an input on behalf of a command: counts what was read, and remembers which line a record began on.

The memory is bounded if whoever reads also says what is no longer needed: outcomes come in input order, so the lines of
all records before the present one can be dropped.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from plugin_spec import Record


class Intake:
    """One pass over an input. Reading and asking may happen in two threads."""

    def __init__(self, numbered: Iterable[tuple[Record, int]], limit: int | None = None) -> None:
        self.records_read = 0
        self.exhausted = False
        """The input, or as much of it as was asked for, has been read to its end."""
        self._numbered = islice(numbered, limit)
        self._lines: deque[tuple[int, int]] = deque()

    def records(self) -> Iterator[Record]:
        """The records, in order. Raises InputError."""
        remember = self._lines.append
        for record, line in self._numbered:
            remember((record.position, line))
            self.records_read = record.position
            yield record
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
