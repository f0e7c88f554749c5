"""Saves what can be read of a database whose structure is damaged: row by row, into a new one that takes its place.

- It works on a copy. The damaged files stay as they were, beside the new one; nothing is ever deleted.
- It reads each table forwards, backwards, and then into what is left between by halves, until nothing more comes of it.
- A row is taken over if each of its values is such as its column holds. Whether a content is whole, its digest says later.
- What is lost is never taken for done: an event whose index knows it, and whose row is gone, is kept as a row without
  content, which whoever reads it counts as damaged; files begin anew where it is not certain what of them is pending.
- Nobody sends meanwhile.
"""

from __future__ import annotations

import heapq
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple, Self

from tiktok_destination.store.database import FILE, Database, Row, Statement, StoreError
from tiktok_destination.store.lock import SUFFIX, SenderLock
from tiktok_destination.store.schema import APPLICATION_ID, TABLES, VERSION, tables_of

_AT_ONCE: Final = 1000
"""Rows that one change takes over."""
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
_KEY_BITS: Final = 128
_COUNTED: Final = ("events", "dead_letters", "inputs")
_WITHOUT_CONTENT: Final = (
    "INSERT OR IGNORE INTO events (id, scope, event, digest, origin, accepted_at, code)"
    " VALUES (?, ?, x'', x'', x'', ?, 'waiting')"
)
_BY_ROWID: Final = ("rowid",)
_SUFFIXES: Final = ("", "-wal", "-shm")


@dataclass(frozen=True)
class SavedTable:
    """What came of one table."""

    name: str
    rows: int
    """Taken over."""
    unfit: int
    """Read, and not such as a row of it is."""
    gaps: int
    """Stretches that could not be read; nobody can say how many rows they held."""


@dataclass(frozen=True)
class Salvage:
    """What was saved, and what was not."""

    tables: tuple[SavedTable, ...]
    lost_events: int
    """Events that waited, and whose content is gone: each is kept as a row without content."""
    lost_names: int
    """Destinations whose names are gone; what is theirs belongs to nobody until somebody looks."""
    files_anew: bool
    """How far files were sent is not certain, and is forgotten: a file that is sent again begins at its first record."""
    aside: Path
    """The damaged database, with its log beside it."""


class _Column(NamedTuple):
    name: str
    kinds: tuple[type, ...]
    needed: bool


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


_TABLES: Final[Mapping[str, _Order]] = {
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
_OF_SCOPES: Final = ("events", "dead_letters", "inputs", "keys", "key_log", "uncertain", "flights", "tally")


def salvage(folder: Path, now: float) -> Salvage | None:
    """Save what can be read; None: nothing is damaged, and nothing was done.

    Raises StoreError, SenderLockedError, OSError.
    """
    path = folder / FILE
    if not path.exists():
        raise StoreError("store_failed", f"{path}: there is no outbox here, so there is nothing to save.")
    with ExitStack() as stack:
        for lock in sorted(folder.glob(f"*{SUFFIX}")):
            stack.enter_context(SenderLock(folder, lock.name.removesuffix(SUFFIX)))
        work = Path(tempfile.mkdtemp(prefix="salvage-", dir=folder))
        stack.callback(shutil.rmtree, work)
        copy = work / "damaged"
        _copy(folder, copy)
        with Database(work / "sound"):
            pass
        with Database(work / "saved", synced=True) as saved:
            source = stack.enter_context(_Source(copy, work / "sound" / FILE))
            if source.is_whole():
                return None
            found = _take_over(source, saved, now)
        _synced(work / "saved" / FILE)
        aside = _put_in_place(folder, work / "saved" / FILE)
    return Salvage(*found, aside)


class _Source:
    """A copy of the damaged database, read with every leniency that there is."""

    def __init__(self, path: Path, sound: Path) -> None:
        """`sound`: a new database, whose first page says what that of the damaged one should say."""
        self._path = path
        self._most_rows = path.stat().st_size // 4 + _AT_ONCE
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


class _Reading:
    """One table of the damaged database, read from both ends and from within. A row may come twice."""

    def __init__(
        self, source: _Source, table: str, columns: Sequence[_Column], sink: Callable[[Row], None]
    ) -> None:
        self._source = source
        self._table = table
        self._columns = columns
        self._order = _TABLES[table]
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


def _take_over(source: _Source, saved: Database, now: float) -> tuple[tuple[SavedTable, ...], int, int, bool]:
    tables: dict[str, SavedTable] = {}
    for table in _TABLES:
        is_sure = table in source.tables and (table != "inputs" or not _is_short(tables["pending"]))
        tables[table] = _table_taken_over(source, saved, table) if is_sure else SavedTable(table, 0, 0, 0)
    files_anew = _is_short(tables["pending"]) or _is_short(tables["inputs"])
    lost_events, is_sure = _keep_places_of_lost(source, saved, tables["events"], now)
    if not is_sure and not tables["events"].gaps:
        tables["events"] = replace(tables["events"], gaps=1)
    lost_names = _keep_numbers_of_lost_scopes(saved)
    _keep_counting(source, saved)
    return tuple(tables.values()), lost_events, lost_names, files_anew


def _is_short(table: SavedTable) -> bool:
    return bool(table.gaps or table.unfit)


def _table_taken_over(source: _Source, saved: Database, table: str) -> SavedTable:
    columns = [
        _Column(name, _KINDS[kind], bool(not_null or key))
        for _, name, kind, not_null, _, key in saved.rows(f"PRAGMA table_info({table})")
    ]
    marks = ", ".join("?" * len(columns))
    batch: list[Row] = []

    def write() -> None:
        saved.change([(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", batch)])  # noqa: S608 - names of ours
        batch.clear()

    def take(row: Row) -> None:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            write()

    reading = _Reading(source, table, columns, take)
    reading.read()
    write()
    rows: int = saved.value(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - a name of ours
    return SavedTable(table, rows, reading.unfit, reading.gaps)


def _keep_places_of_lost(
    source: _Source, saved: Database, events: SavedTable, now: float
) -> tuple[int, bool]:
    """Rows without content for events that the index of scopes still knows, and whether that is sure to be all."""
    found = {number for (number,) in saved.rows("SELECT id FROM events")}
    indexed: dict[int, int] = {}
    is_whole = True
    try:
        for scope, number in source.rows("SELECT scope, id FROM events INDEXED BY events_of_scope"):
            if isinstance(number, int) and isinstance(scope, int):
                indexed[number] = scope
            else:
                is_whole = False
    except sqlite3.DatabaseError:  # what it knew up to there is kept
        is_whole = False
    is_sure = is_whole and found <= indexed.keys()
    if len(indexed) <= len(found) and not _is_short(events):  # then it is the index that is damaged
        return 0, is_sure
    lost = [(number, scope, now) for number, scope in indexed.items() if number not in found]
    saved.change([(_WITHOUT_CONTENT, lost)])
    return len(lost), is_sure


def _keep_numbers_of_lost_scopes(saved: Database) -> int:
    """Names that no configuration has, so that nobody else gets the number, and with it what is not his."""
    used = " UNION ".join(f"SELECT scope FROM {table}" for table in _OF_SCOPES)  # noqa: S608 - names of ours
    found = saved.rows(f"{used} EXCEPT SELECT id FROM scopes")  # noqa: S608 - names of ours
    lost = [number for (number,) in found]
    saved.change(
        [
            (
                "INSERT OR IGNORE INTO scopes (id, name, receiver) VALUES (?, ?, '')",
                [(n, f"(lost {n})") for n in lost],
            )
        ]
    )
    return len(lost)


def _keep_counting(source: _Source, saved: Database) -> None:
    """No number is given a second time: the books know events and inputs by them."""
    reached: dict[str, int] = {"inputs": saved.value("SELECT COALESCE(MAX(input), 0) FROM keys")}
    with suppress(sqlite3.DatabaseError):  # the numbers that were taken over go on by themselves
        for name, number in source.rows("SELECT name, seq FROM sqlite_sequence"):
            if name in _COUNTED and isinstance(number, int):
                reached[name] = max(number, reached.get(name, 0))
    statements: list[Statement] = []
    for name, number in reached.items():
        highest = saved.value(f"SELECT MAX(COALESCE(MAX(id), 0), ?) FROM {name}", (number,))  # noqa: S608 - a name of ours
        statements += [
            ("DELETE FROM sqlite_sequence WHERE name = ?", [(name,)]),
            ("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [(name, highest)]),
        ]
    saved.change(statements)


def _fits(column: _Column, value: object) -> bool:
    return not column.needed if value is None else isinstance(value, column.kinds)


def _stretches(places: Sequence[tuple[int, int]]) -> int:
    """How many stretches these are, where those that touch are one."""
    count, reached = 0, None
    for low, high in sorted(places):
        if reached is None or low > reached + 1:
            count += 1
        reached = high if reached is None else max(reached, high)
    return count


# ---- files


def _lenient(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.execute(
        "PRAGMA writable_schema = ON"
    )  # a file that is too short, or an odd schema, is read all the same
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _copy(folder: Path, copy: Path) -> None:
    shutil.copyfile(folder / FILE, copy)
    log = folder / f"{FILE}-wal"
    # Were it ended between the last two steps of putting in place, the log would lie beside the other name already.
    for aside in () if log.exists() else folder.glob(f"{FILE}.damaged-*-wal"):
        if aside.with_name(aside.name.removesuffix("-wal")).samefile(folder / FILE):
            log = aside
    if log.exists():
        shutil.copyfile(log, f"{copy}-wal")


def _mend(path: Path, sound: Path) -> None:
    """Write the first page anew: where the tables lie is the same in every database of a version."""
    page = bytearray(sound.read_bytes()[:_PAGE_BYTES])
    page[_UNTOLD] = bytes(_UNTOLD.stop - _UNTOLD.start)
    with path.open("r+b") as file:
        file.write(page)


def _put_in_place(folder: Path, saved: Path) -> Path:
    """The new database takes the place of the damaged one, which stays beside it. There is one at every moment."""
    path = folder / FILE
    number = 1
    while any((folder / f"{FILE}.damaged-{number}{suffix}").exists() for suffix in _SUFFIXES):
        number += 1
    aside = folder / f"{FILE}.damaged-{number}"
    aside.hardlink_to(path)
    _synced(folder)
    for suffix in _SUFFIXES[1:]:
        if (folder / f"{FILE}{suffix}").exists():
            (folder / f"{FILE}{suffix}").rename(f"{aside}{suffix}")
    saved.replace(path)
    _synced(folder)
    return aside


def _synced(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
