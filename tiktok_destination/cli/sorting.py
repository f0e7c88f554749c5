"""`--sort`: brings the rows of one entry side by side, wherever they stand in the input. On disk, in bounded memory.

Entries keep the order of their first rows. The rows lie in a database without a name that SQLite keeps in a temporary
file and that is gone with the connection, also after a crash. What ends the input ends it here as well, after all
rows before it.
"""

from __future__ import annotations

import pickle
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Final

from plugin_spec import Note, Record
from tiktok_destination.formats import InputError
from tiktok_destination.hosting.intake import Origin

_CACHE_KIB: Final = 16 * 1024
_SCHEMA: Final = f"""
    PRAGMA journal_mode = OFF;
    PRAGMA synchronous = OFF;
    PRAGMA temp_store = FILE;
    PRAGMA cache_size = -{_CACHE_KIB};
    CREATE TABLE groups (key BLOB PRIMARY KEY, first INTEGER) WITHOUT ROWID;
    CREATE TABLE records (
        first INTEGER, record INTEGER, line INTEGER, body BLOB, fault TEXT, PRIMARY KEY (first, record)
    ) WITHOUT ROWID;
"""


def side_by_side(
    numbered: Iterable[tuple[Record, int]], group_key: Callable[[Record], bytes | None]
) -> Iterator[tuple[Record, Origin]]:
    """The records with those of one key together, numbered anew, each with where it came from. Raises InputError."""
    # A run that ends early ends this in another thread than the one that read: one after the other, never at once.
    with closing(sqlite3.connect("", check_same_thread=False)) as database:
        database.executescript(_SCHEMA)
        try:
            ended_by = _store(database, numbered, group_key)
            rows = database.execute("SELECT record, line, body, fault FROM records ORDER BY first, record")
            for position, (record, line, body, fault) in enumerate(rows, 1):
                yield _restored(position, body, fault), Origin(record, line)
        except sqlite3.Error as error:
            problem = f"sorting failed ({type(error).__name__})"
            remedy = (
                "Make room on the disk that holds temporary files (TMPDIR), or sort the export by event id."
            )
            raise InputError("temporary file", problem, remedy) from error
    if ended_by is not None:
        raise ended_by


def _store(
    database: sqlite3.Connection,
    numbered: Iterable[tuple[Record, int]],
    group_key: Callable[[Record], bytes | None],
) -> InputError | None:
    try:
        for record, line in numbered:
            first = _first_of(database, group_key(record), record.position)
            fault = None if record.fault is None else record.fault.code
            database.execute(
                "INSERT INTO records VALUES (?, ?, ?, ?, ?)",
                (first, record.position, line, pickle.dumps(record.body), fault),
            )
    except InputError as error:
        return error
    return None


def _first_of(database: sqlite3.Connection, key: bytes | None, position: int) -> int:
    """The position of the first record with this key."""
    if key is None:
        return position
    known = database.execute("SELECT first FROM groups WHERE key = ?", (key,)).fetchone()
    if known is not None:
        first: int = known[0]
        return first
    database.execute("INSERT INTO groups VALUES (?, ?)", (key, position))
    return position


def _restored(position: int, body: bytes, fault: str | None) -> Record:
    return Record(
        position,
        pickle.loads(body),  # noqa: S301 - written a moment ago by this very process, to a file without a name
        fault=None if fault is None else Note(fault),
    )
