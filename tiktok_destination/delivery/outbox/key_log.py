"""The log of delivered keys: they are appended as they come, many to a row, and filed in the table of keys by the ten thousands.

Whoever looks keys up looks here as well. What a process that ended has left in the log, the next one files at its start.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tiktok_destination.delivery.outbox.stored import KEY_BYTES
from tiktok_destination.store import Database, Row, Statement

LOG_KEYS: Final = "INSERT INTO key_log (scope, input, keys) VALUES (?, ?, ?)"
FILE_KEYS: Final = "INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?)"
_EMPTY: Final = "DELETE FROM key_log WHERE scope = ?"
_FORM: Final = struct.Struct(f">{KEY_BYTES}sqdq")


class LoggedKey(NamedTuple):
    """An event that was delivered."""

    key: bytes
    digest: int
    """Of its body."""
    kept_until: float
    """Unix seconds."""
    record: int
    """In the input that delivered it; of the outbox, the event's number."""


pack: Final = _FORM.pack
"""Key, digest, time and record as they stand in the log. Sorted, they are in the order of their keys."""


def unpack(packed: bytes) -> LoggedKey:
    """One key."""
    return LoggedKey._make(_FORM.unpack(packed))


def rows_of(scope: int, input_: int, packed: Iterable[bytes]) -> Iterator[Row]:
    """Rows of the table of keys, in its order."""
    for key, digest, kept_until, record in map(_FORM.unpack, sorted(packed)):
        yield scope, key, digest, kept_until, input_, record


def filing(scope: int, rows: Iterable[Row]) -> list[Statement]:
    """What files these keys, all that the scope's log holds and perhaps more, and empties it."""
    return [(FILE_KEYS, rows), (_EMPTY, [(scope,)])]


def refiling(database: Database, scope: int) -> list[Statement]:
    """What files everything that stands in a scope's log, where that holds anything. Raises StoreError."""
    rows = [
        (scope, one.key, one.digest, one.kept_until, input_, one.record)
        for input_, one in logged(database, scope)
    ]
    return filing(scope, rows) if rows else []


def logged(database: Database, scope: int) -> Iterator[tuple[int, LoggedKey]]:
    """Every key in a scope's log, as they came: the input that delivered it, and the key. Raises StoreError.

    What is damaged there so that it holds no key is passed over.
    """
    for input_, keys in database.rows(
        "SELECT input, keys FROM key_log WHERE scope = ? ORDER BY id", (scope,)
    ):
        if isinstance(keys, bytes):
            whole = len(keys) - len(keys) % _FORM.size
            for values in _FORM.iter_unpack(keys[:whole]):
                yield input_, LoggedKey._make(values)
