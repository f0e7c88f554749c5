"""The tables, version by version. A version that was released is never changed: a change is one more list at the end.

A *scope* is one destination's name at one receiver: what was sent to an emulator says nothing of what TikTok has.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Final

APPLICATION_ID: Final = 0x54_54_44_4F
"""Says whose file it is (`file outbox.sqlite`)."""

_FIRST: Final = (
    """CREATE TABLE scopes (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, receiver TEXT NOT NULL, purged_at REAL NOT NULL DEFAULT 0,
        UNIQUE (name, receiver)
    )""",
    # Deduplication: events that the receiver has accepted, for as long as a copy could still be sent. Who delivered it
    # (an input and its record, or 0 and the event's number in the outbox) tells the event itself from its copies.
    """CREATE TABLE keys (
        scope INTEGER NOT NULL, key BLOB NOT NULL, digest INTEGER NOT NULL, kept_until REAL NOT NULL,
        input INTEGER NOT NULL, record INTEGER NOT NULL, PRIMARY KEY (scope, key)
    ) WITHOUT ROWID""",
    # Requests under way. What is here when a sender starts was cut off, and may have arrived.
    """CREATE TABLE flights (
        scope INTEGER NOT NULL, number INTEGER NOT NULL, began_at REAL NOT NULL, keys BLOB NOT NULL,
        PRIMARY KEY (scope, number)
    )""",
    # Events that may have arrived, since the first attempt without a certain end.
    """CREATE TABLE uncertain (
        scope INTEGER NOT NULL, key BLOB NOT NULL, since REAL NOT NULL, PRIMARY KEY (scope, key)
    ) WITHOUT ROWID""",
    # The outbox: events that were accepted and are not final. `digest` is over the event.
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, key BLOB, event BLOB NOT NULL,
        digest BLOB NOT NULL, origin BLOB NOT NULL, record BLOB, accepted_at REAL NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0, code TEXT NOT NULL, reason TEXT, path TEXT, request_id TEXT
    )""",
    "CREATE INDEX events_of_scope ON events (scope)",
    "CREATE INDEX events_of_key ON events (scope, key) WHERE key IS NOT NULL",
    # What was rejected, refused or has expired. `event` as in the outbox; `record` where records are kept.
    """CREATE TABLE dead_letters (
        id INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, entered_at REAL NOT NULL, outcome BLOB NOT NULL,
        kind TEXT NOT NULL, code TEXT NOT NULL, name TEXT, not_after REAL, since REAL, event BLOB, digest BLOB,
        origin BLOB NOT NULL, record BLOB
    )""",
    "CREATE INDEX dead_letters_of_scope ON dead_letters (scope, entered_at)",
    # Final outcomes by the hour in which they were written down.
    """CREATE TABLE tally (
        scope INTEGER NOT NULL, hour INTEGER NOT NULL, name TEXT NOT NULL, outcome TEXT NOT NULL, code TEXT NOT NULL,
        test INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (scope, hour, name, outcome, code, test)
    ) WITHOUT ROWID""",
    # Inputs: how far their entries have outcomes, and which of those are pending. `kind`: a file (known by its digest), a
    # pipe, or one that was handed to the outbox (both known by chance, so that they are never known again).
    """CREATE TABLE inputs (
        id INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER NOT NULL, digest BLOB NOT NULL, sorted INTEGER NOT NULL,
        name TEXT NOT NULL, kind TEXT NOT NULL DEFAULT 'file', began_at REAL NOT NULL, changed_at REAL NOT NULL,
        record INTEGER NOT NULL DEFAULT 0, entry INTEGER NOT NULL DEFAULT 0,
        records_read INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0,
        delivered INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
        UNIQUE (scope, digest, sorted)
    )""",
    """CREATE TABLE pending (
        input INTEGER NOT NULL, record INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (input, record, entry)
    ) WITHOUT ROWID""",
)

_SECOND: Final = (
    # Keys that were delivered lately and do not stand in `keys` yet: many to a row, one after the other as they came. Put
    # each in its place at once they would touch a page each; by the ten thousands many share one.
    """CREATE TABLE key_log (
        id INTEGER PRIMARY KEY, scope INTEGER NOT NULL, input INTEGER NOT NULL, keys BLOB NOT NULL
    )""",
)

MIGRATIONS: Final = (_FIRST, _SECOND)
"""Statements that lead from version n to version n + 1."""
VERSION: Final = len(MIGRATIONS)

TABLES: Final = (
    "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type IN ('index', 'table') ORDER BY type, name"
)
"""How the tables of a database are asked for."""


def tables_of(version: int = VERSION) -> list[tuple[str, str, str, str | None]]:
    """What `TABLES` finds in a database of this version that is whole."""
    with closing(sqlite3.connect(":memory:")) as new:
        for migration in MIGRATIONS[:version]:
            for sql in migration:
                new.execute(sql)
        return new.execute(TABLES).fetchall()
