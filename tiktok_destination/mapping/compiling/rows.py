"""Rows that make one event, joined as typed rows: read once, compared cell by cell, and not written into one dict.

Adjacent rows are joined here when all cells are equal of which an event has one (its head: everything that rules read but
for the items); then the first row says what the event is, and every row is an item. Where heads differ, the interpreter's
joining (`units`) makes one of them, which is read as a row is. What the host adds to, and what is no row at all, is
the interpreter's, in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

import msgspec

from plugin_spec import Record
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping.compiling.input_type import Shape
from tiktok_destination.mapping.compiling.soundness import REFUSALS, is_sound, longest_sound
from tiktok_destination.mapping.model import GroupRule
from tiktok_destination.mapping.units import Joining, Key, Unit, key_of, key_of_unit, unit_of

_TEXTS = frozenset({str, type(None), datetime, date})
"""Types of cells that are equal where they say the same, and nowhere else."""
_CELLS = _TEXTS | {int, float, bool}
"""Those, and numbers: 1 and True are equal too, and NaN is not equal to itself."""


class Run:
    """Adjacent records of one event, as far as they have been read."""

    key: Key | None = None
    """What the rows of one event share, where it had to be known."""
    heads: tuple[Any, ...] = ()
    """What all of the typed rows hold alike, where it had to be known."""
    joined: Joining | None = None
    """The interpreter's joining, where rows are not alike."""

    def __init__(self, record: Record, row: Any, name: str) -> None:
        self.records = [record]
        self.rows = [row]
        """The typed rows; none of them where one of the records is none."""
        self.name = name
        """The event's id, where that is plain."""

    def positions(self) -> tuple[int, ...]:
        """Where the records stand, if they are several."""
        return tuple([record.position for record in self.records]) if len(self.records) > 1 else ()

    def add_unlike(self, record: Record, row: Any, joining: Callable[[], Joining]) -> None:
        """One more record of the event, which is not as the others are, and its row, where it is one."""
        self._join(joining).add(unit_of(record), self.key)
        self.records.clear()
        if row is None or len(self.rows) == limit("max_group_rows"):
            self.rows.clear()
        elif self.rows:
            self.rows.append(row)

    def unit(self, joining: Callable[[], Joining]) -> Unit:
        """The records as the interpreter joins them."""
        if self.joined is None and (alone := unit_of(self.records[0])).fault is not None:
            return alone
        return self._join(joining).unit()

    def _join(self, joining: Callable[[], Joining]) -> Joining:
        if self.joined is None:
            self.joined = joining()
            for record in self.records:
                self.joined.add(unit_of(record), self.key)
        return self.joined


@dataclass(frozen=True)
class Rows:
    """How records become typed rows, and rows runs."""

    group: GroupRule
    """By the columns of records."""
    typed_group: GroupRule
    """By the attributes of typed rows."""
    event_set: str
    """The attribute that names the event set."""
    zone: tzinfo
    shape: Shape
    decode: Callable[[bytes], Any]
    heads: int
    """How many of the first cells belong to an event's head."""
    compared: int
    """How many of those decide what is joined: cells of which 1 and True must not count as equal."""
    event_id: Callable[[Any], Any]
    """The cell that holds the event's id, if it is a single one; else None."""

    def runs(self, records: Iterable[Record]) -> Iterator[Run]:
        """The records of each event, in order."""
        longest, most = longest_sound(), limit("max_group_rows")
        event_id, read = self.event_id, self._reader()
        run: Run | None = None
        for record in records:
            row, name = None, ""
            if (
                record.fault is None
                and not record.overlay
                and (row := read(record.body, longest)) is not None
            ):
                written = event_id(row)
                if written.__class__ is str and written.isascii():
                    name = written.strip()
            if run is not None:
                if name and run.name and name != run.name:
                    yield run
                elif (
                    row is not None
                    and run.joined is None
                    and 0 < len(run.rows) < most
                    and self._is_like(row, run)
                ):
                    run.records.append(record)
                    run.rows.append(row)
                    continue
                elif self._belongs(record, row, run):
                    run.add_unlike(record, row, self.joining)
                    continue
                else:
                    yield run
            run = Run(record, row, name)
            if row is None:
                run.rows.clear()
            if not name:
                run.key = self._key(record, row)
                if run.key is None:
                    yield run
                    run = None
        if run is not None:
            yield run

    def head_of(self, unit: Unit) -> Any:
        """The typed row that says what the event of joined rows is; None where there is none."""
        return self._reader()(unit.record, longest_sound()) if unit.fault is None else None

    def joining(self) -> Joining:
        """The interpreter's joining, begun."""
        return Joining(self.group, self.zone)

    def _reader(self) -> Callable[[Any, int], Any]:
        """What makes a typed row of a record's body; None of what is no row."""
        decode, shape, row_type = self.decode, self.shape, self.shape.type
        columns, flat = tuple(shape.members), not shape.inner

        def read(body: Any, longest: int) -> Any:
            try:
                if body.__class__ is dict:
                    if flat:  # no rule reads anything within a cell
                        return row_type(*map(body.get, columns))
                    return msgspec.convert(body, row_type) if shape.fits(body) else None
                return decode(body) if body.__class__ is bytes and is_sound(body, longest) else None
            except REFUSALS:
                return None

        return read

    def _is_like(self, row: Any, run: Run) -> bool:
        """Whether a row is of the run's event because their heads are equal."""
        heads = msgspec.structs.astuple(row)[: self.heads]
        if not run.heads:
            run.heads = msgspec.structs.astuple(run.rows[0])[: self.heads]
        try:
            if heads != run.heads:
                return False
        except (ArithmeticError, RecursionError):  # a signalling NaN; lists within lists
            return False
        return len(run.rows) > 1 or self._are_comparable(heads)

    def _are_comparable(self, heads: tuple[Any, ...]) -> bool:
        """Whether equal cells say the same, and are equal to themselves, as NaN is not."""
        kinds = {*map(type, heads)}
        return kinds <= _TEXTS or (
            kinds <= _CELLS
            and all(
                cell == cell and (at >= self.compared or cell > 1)  # noqa: PLR0124 - that is what tells NaN
                for at, cell in enumerate(heads)
                if isinstance(cell, int | float)
            )
        )

    def _belongs(self, record: Record, row: Any, run: Run) -> bool:
        """Whether a record is of the run's event, exactly."""
        if run.key is None:
            run.key = self._key(run.records[0], run.rows[0])
        return self._key(record, row) == run.key

    def _key(self, record: Record, row: Any) -> Key | None:
        if row is not None:
            return key_of(row, self.typed_group, getattr(row, self.event_set))
        return key_of_unit(unit_of(record), self.group)
