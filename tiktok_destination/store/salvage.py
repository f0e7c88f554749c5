"""Saves what can be read of a database whose structure is damaged: row by row, into a new one that takes its place.

- It works on a copy. The damaged files stay as they were, beside the new one; nothing is ever deleted.
- A row is taken over if each of its values is such as its column holds. Whether a content is whole, its digest says later.
- What is lost is never taken for done: an event whose index knows it, and whose row is gone, is kept as a row without
  content, which whoever reads it counts as damaged; files begin anew where it is not certain what of them is pending.
- Nobody sends meanwhile.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tiktok_destination.store.damaged import ORDERS, DamagedDatabase, TableReading, columns_of
from tiktok_destination.store.database import FILE, Database, Row, Statement, StoreError
from tiktok_destination.store.lock import SUFFIX, SenderLock

_AT_ONCE: Final = 1000
"""Rows that one change takes over."""
_COUNTED: Final = ("events", "dead_letters", "inputs")
_WITHOUT_CONTENT: Final = (
    "INSERT OR IGNORE INTO events (id, scope, event, digest, origin, accepted_at, code)"
    " VALUES (?, ?, x'', x'', x'', ?, 'waiting')"
)
_OF_SCOPES: Final = ("events", "dead_letters", "inputs", "keys", "key_log", "uncertain", "flights", "tally")
_SUFFIXES: Final = ("", "-wal", "-shm")
_WORK: Final = "salvage-"


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


def copies_beside(folder: Path) -> list[Path]:
    """What salvages have left beside the database: damaged files, and folders of those that were killed."""
    return [*folder.glob(f"{FILE}.damaged-*"), *folder.glob(f"{_WORK}*")]


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
        for cut_off in folder.glob(f"{_WORK}*"):  # copies of people's data, left by a salvage that was killed
            shutil.rmtree(cut_off)
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=folder))
        stack.callback(shutil.rmtree, work)
        copy = work / "damaged"
        _copy(folder, copy)
        with Database(work / "sound"):
            pass
        with Database(work / "saved", synced=True) as saved:
            source = stack.enter_context(DamagedDatabase(copy, work / "sound" / FILE))
            if source.is_whole():
                return None
            found = _take_over(source, saved, now)
        _synced(work / "saved" / FILE)
        aside = _put_in_place(folder, work / "saved" / FILE)
    return Salvage(*found, aside)


def _take_over(
    source: DamagedDatabase, saved: Database, now: float
) -> tuple[tuple[SavedTable, ...], int, int, bool]:
    tables: dict[str, SavedTable] = {}
    for table in ORDERS:
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


def _table_taken_over(source: DamagedDatabase, saved: Database, table: str) -> SavedTable:
    columns = columns_of(saved.rows(f"PRAGMA table_info({table})"))
    marks = ", ".join("?" * len(columns))
    batch: list[Row] = []

    def write() -> None:
        saved.change([(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", batch)])  # noqa: S608 - names of ours
        batch.clear()

    def take(row: Row) -> None:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            write()

    reading = TableReading(source, table, columns, take)
    reading.read()
    write()
    rows: int = saved.value(f"SELECT COUNT(*) FROM {table}")  # noqa: S608 - a name of ours
    return SavedTable(table, rows, reading.unfit, reading.gaps)


def _keep_places_of_lost(
    source: DamagedDatabase, saved: Database, events: SavedTable, now: float
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


def _keep_counting(source: DamagedDatabase, saved: Database) -> None:
    """No number is given a second time: the books know events and inputs by them."""
    by_keys = saved.value(
        "SELECT COALESCE(MAX(input), 0) FROM (SELECT input FROM keys UNION ALL SELECT input FROM key_log)"
    )
    reached: dict[str, int] = {"inputs": by_keys}
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


# ---- files


def _copy(folder: Path, copy: Path) -> None:
    shutil.copyfile(folder / FILE, copy)
    log = folder / f"{FILE}-wal"
    # Were it ended between the last two steps of putting in place, the log would lie beside the other name already.
    for aside in () if log.exists() else folder.glob(f"{FILE}.damaged-*-wal"):
        if aside.with_name(aside.name.removesuffix("-wal")).samefile(folder / FILE):
            log = aside
    if log.exists():
        shutil.copyfile(log, f"{copy}-wal")


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
