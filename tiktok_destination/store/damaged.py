"""A damaged database, read with every leniency that there is: whatever rows of its tables can be read, in any way.

Each table is read forwards, backwards, and then into what is left between by halves, until nothing more comes of it. A row is
handed on if each of its values is such as its column holds.
"""

from __future__ import annotations

import heapq
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, NamedTuple, Self

from tiktok_destination.store.database import FILE, Row, StoreError
from tiktok_destination.store.schema import APPLICATION_ID, TABLES, VERSION, tables_of

_SPARE_ROWS: Final = 1000
"""Beyond those that a file can hold, before a structure is taken to lead back into itself."""
_FRUITLESS: Final = 4000
"""Places of a table that are tried in vain before the rest is given up."""
_PAGE_BYTES: Final = 4096
_UNTOLD: Final = slice(28, 40)
"""Of the first page: how many there are, and which are free. Both may be left out."""
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "INTEGER": (int,),
    "REAL": (float, int),
    "TEXT": (str,),
    "BLOB": (bytes,),
}
"""What the columns of a type hold."""
_KEY_BITS: Final = 128
_BY_ROWID: Final = ("rowid",)


class Column(NamedTuple):
    """What a value has to be."""

    name: str
    kinds: tuple[type, ...]
    needed: bool


def columns_of(table_info: Sequence[Row]) -> list[Column]:
    """The columns of a table, from what `PRAGMA table_info` says of it."""
    return [
        Column(name, _KINDS[kind], bool(not_null or key)) for _, name, kind, not_null, _, key in table_info
    ]


class _End(NamedTuple):
    """How the reading of a stretch ended."""

    reached: bool
    """At its end."""
    place: int | None = None
    """Of the last row that was read before; None: of none."""


class _Order(NamedTuple):
    """By which columns the rows of a table lie in order, and how a place in that order is one number."""

    columns: tuple[str, ...]
    bits: int = 0
    """Of the second column's numbers."""

    def place(self, row: Row) -> int | None:
        """None: it stands at none that there can be."""
        place = 0
        for value in row[: len(self.columns)]:
            number = int.from_bytes(value[:16], "big") if isinstance(value, bytes) else value
            if not isinstance(number, int) or number < 0:
                return None
            place = (place << self.bits) + number
        return place

    def values(self, place: int) -> tuple[int | bytes, ...]:
        if not self.bits:
            return (place,)
        first, second = divmod(place, 1 << self.bits)
        return first, second.to_bytes(16, "big") if self.bits == _KEY_BITS else second

    def sql(self, comparison: str) -> str:
        """The comparison of a row with a place."""
        return f"({', '.join(self.columns)}) {comparison} ({', '.join('?' * len(self.columns))})"

    def widest(self) -> tuple[int, int]:
        """Between which places rows are looked for where none could be read."""
        return 0, (1 << 40) if not self.bits else (1 << 10 + self.bits)


ORDERS: Final[Mapping[str, _Order]] = {
    "scopes": _Order(_BY_ROWID),
    "events": _Order(_BY_ROWID),
    "dead_letters": _Order(_BY_ROWID),
    "pending": _Order(("input", "record"), 62),
    "inputs": _Order(_BY_ROWID),
    "keys": _Order(("scope", "key"), _KEY_BITS),
    "key_log": _Order(_BY_ROWID),
    "uncertain": _Order(("scope", "key"), _KEY_BITS),
    "flights": _Order(_BY_ROWID),
    "tally": _Order(("scope", "hour"), 62),
}
"""Every table that is read, in the order in which that is done."""


class DamagedDatabase:
    """A copy of the damaged database, read with every leniency that there is."""

    def __init__(self, path: Path, sound: Path) -> None:
        """`sound`: a new database, whose first page says what that of the damaged one should say."""
        self._path = path
        self._most_rows = path.stat().st_size // 4 + _SPARE_ROWS
        self.mended = False
        self._connection = _lenient(path)
        version = self._number("user_version")
        self._schema = tables_of(version if 0 < version < VERSION else VERSION)
        self.tables = {name for kind, name, *_ in self._schema if kind == "table"}
        """Those of the version that wrote it."""
        if not self._knows_its_tables():
            self._connection.close()
            _mend(path, sound)
            self.mended = True
            self._connection = _lenient(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def is_whole(self) -> bool:
        """Whether the structure is as it should be. Raises StoreError for a database of a newer program."""
        if self.mended:
            return False
        version, application = (self._number("user_version"), self._number("application_id"))
        if version > VERSION and application == APPLICATION_ID:
            raise StoreError("store_newer", f"{FILE}: a newer program wrote this outbox. Use that program.")
        # Asked as strictly as whoever sends opens it, and of texts as well, of which SQLite's own check does not ask.
        with closing(sqlite3.connect(self._path, isolation_level=None)) as strict:
            try:
                if strict.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
                    return False
                if strict.execute(TABLES).fetchall() != self._schema:
                    return False
                for table in self.tables:
                    for _ in strict.execute(f"SELECT * FROM {table}"):  # noqa: S608 - a table of ours
                        pass
            except (sqlite3.DatabaseError, UnicodeError):
                return False
        return True

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[Row]:
        """Rows, until there are no more. Raises sqlite3.DatabaseError where one cannot be read."""
        for number, row in enumerate(self._connection.execute(sql, parameters)):
            if number > self._most_rows:  # a structure that leads back into itself
                raise sqlite3.DatabaseError
            yield row

    def _number(self, pragma: str) -> int:
        try:
            return int(self._connection.execute(f"PRAGMA {pragma}").fetchone()[0])
        except sqlite3.DatabaseError:
            return 0

    def _knows_its_tables(self) -> bool:
        try:
            names = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_schema")}
        except sqlite3.DatabaseError:
            return False
        return names >= self.tables


class TableReading:
    """One table of the damaged database, read from both ends and from within. A row may come twice."""

    def __init__(
        self, source: DamagedDatabase, table: str, columns: Sequence[Column], sink: Callable[[Row], None]
    ) -> None:
        self._source = source
        self._table = table
        self._columns = columns
        self._order = ORDERS[table]
        self._sink = sink
        self._fruitless = 0
        self.unfit = 0
        self.gaps = 0

    def read(self) -> None:
        """Hand on every row that can be read."""
        low, high = self._order.widest()
        end = self._stretch(None, None)
        if end.reached:
            return
        low = low if end.place is None else end.place + 1
        end = self._stretch(low, None, backwards=True)
        if end.reached:
            return
        self._read_between(low, high if end.place is None else end.place - 1)

    def _read_between(self, low: int, high: int) -> None:
        """Try the middle of the longest stretch that is left, to its right and to its left, again and again."""
        left = [(low - high, low, high)]
        unread: list[tuple[int, int]] = []
        while left and self._fruitless < _FRUITLESS:
            _, low, high = heapq.heappop(left)
            if low > high:
                continue
            middle = (low + high) // 2
            end = self._stretch(middle, high)
            if not end.reached:
                at = middle if end.place is None else end.place
                unread += [(at, at)] if end.place is None else []
                heapq.heappush(left, (at + 1 - high, at + 1, high))
            end = self._stretch(low, middle - 1, backwards=True)
            if not end.reached:
                at = middle - 1 if end.place is None else end.place
                unread += [(at, at)] if end.place is None else []
                heapq.heappush(left, (low - (at - 1), low, at - 1))
        self.gaps = _stretches([*unread, *((low, high) for _, low, high in left if low <= high)])

    def _stretch(self, low: int | None, high: int | None, *, backwards: bool = False) -> _End:
        """Read from one end of it as far as it goes."""
        if low is not None and high is not None and low > high:
            return _End(reached=True)
        order, bounds = self._order, [(">=", low), ("<=", high)]
        given = [(order.sql(comparison), place) for comparison, place in bounds if place is not None]
        where = f" WHERE {' AND '.join(sql for sql, _ in given)}" if given else ""
        direction = "DESC" if backwards else "ASC"
        ordered = ", ".join(f"{column} {direction}" for column in order.columns)
        names = ", ".join(column.name for column in self._columns)
        at: int | None = None
        try:
            for row in self._source.rows(
                f"SELECT {', '.join(order.columns)}, {names} FROM {self._table}{where} ORDER BY {ordered}",  # noqa: S608 - names of ours
                [value for _, place in given for value in order.values(place)],
            ):
                place = order.place(row)
                values = row[len(order.columns) :]
                at = at if place is None else place
                if place is None or not all(map(_fits, self._columns, values)):
                    self.unfit += 1
                else:
                    self._sink(values)
        except sqlite3.DatabaseError:
            if at is not None and (at < (low or 0) or (high is not None and at > high)):
                at = None
            self._fruitless += at is None
            return _End(reached=False, place=at)
        return _End(reached=True)


def _fits(column: Column, value: object) -> bool:
    return not column.needed if value is None else isinstance(value, column.kinds)


def _stretches(places: Sequence[tuple[int, int]]) -> int:
    """How many stretches these are, where those that touch are one."""
    count, reached = 0, None
    for low, high in sorted(places):
        if reached is None or low > reached + 1:
            count += 1
        reached = high if reached is None else max(reached, high)
    return count


def _lenient(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute(
        "PRAGMA writable_schema = ON"
    )  # a file that is too short, or an odd schema, is read all the same
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _mend(path: Path, sound: Path) -> None:
    """Write the first page anew: where the tables lie is the same in every database of a version."""
    page = bytearray(sound.read_bytes()[:_PAGE_BYTES])
    page[_UNTOLD] = bytes(_UNTOLD.stop - _UNTOLD.start)
    with path.open("r+b") as file:
        file.write(page)
