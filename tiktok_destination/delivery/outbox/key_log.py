"""The log of delivered keys: they are appended as they come, many to a row, and filed in the table of keys by the ten thousands.

Whoever looks keys up looks here as well. What a process that ended has left in the log, the next one files at its start.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tiktok_destination.delivery.outbox.stored import KEY_BYTES
from tiktok_destination.store import Database, Statement

LOG_KEYS: Final = "INSERT INTO key_log (scope, input, keys) VALUES (?, ?, ?)"
_EMPTY: Final = "DELETE FROM key_log WHERE scope = ?"
_FIELDS: Final = f"{KEY_BYTES}sqdq"
_FORM: Final = struct.Struct(f">{_FIELDS}")
_AT_ONCE: Final = 16
"""Keys that one step of the database files: a quarter less CPU than one by one, and with more of them hardly less."""


class LoggedKey(NamedTuple):
    """An event that was delivered."""

    key: bytes
    digest: int
    """Of its body."""
    kept_until: float
    """Unix seconds."""
    record: int
    """In the input that delivered it; of the outbox, the event's number."""


pack: Final = struct.Struct(f">{KEY_BYTES}s8sdq").pack
"""Key, digest (its bytes), time and record as they stand in the log. Sorted, they are in the order of their keys."""


def unpack(packed: bytes) -> LoggedKey:
    """One key."""
    return LoggedKey._make(_FORM.unpack(packed))


def filing(scope: int, input_: int, packed: Iterable[bytes]) -> list[Statement]:
    """What files these keys of an input, in the order of the table: one after the other they share its pages."""
    rows = memoryview(b"".join(sorted(packed)))
    together = len(rows) - len(rows) % (_FORM.size * _AT_ONCE)
    return [
        (_filing(scope, input_, _AT_ONCE), struct.iter_unpack(f">{_FIELDS * _AT_ONCE}", rows[:together])),
        (_filing(scope, input_, 1), _FORM.iter_unpack(rows[together:])),
    ]


def _filing(scope: int, input_: int, keys: int) -> str:
    return f"INSERT OR REPLACE INTO keys VALUES {', '.join([f'({scope:d}, ?, ?, ?, {input_:d}, ?)'] * keys)}"  # noqa: S608 - numbers


def emptying(scope: int) -> Statement:
    """What empties the scope's log, once all that it holds is filed."""
    return (_EMPTY, [(scope,)])


def refiling(database: Database, scope: int) -> list[Statement]:
    """What files everything that stands in a scope's log, where that holds anything. Raises StoreError."""
    of_inputs: dict[int, list[bytes]] = defaultdict(list)
    for input_, packed in _packed(database, scope):
        of_inputs[input_].append(packed)
    if not of_inputs:
        return []
    filed = (statement for input_, packed in of_inputs.items() for statement in filing(scope, input_, packed))
    return [*filed, emptying(scope)]


def logged(database: Database, scope: int) -> Iterator[tuple[int, LoggedKey]]:
    """Every key in a scope's log, as they came: the input that delivered it, and the key. Raises StoreError."""
    for input_, packed in _packed(database, scope):
        yield input_, unpack(packed)


def _packed(database: Database, scope: int) -> Iterator[tuple[int, bytes]]:
    """As `logged`. What is damaged there so that it holds no key is passed over."""
    for input_, keys in database.rows(
        "SELECT input, keys FROM key_log WHERE scope = ? ORDER BY id", (scope,)
    ):
        if isinstance(keys, bytes):
            for at in range(0, len(keys) - len(keys) % _FORM.size, _FORM.size):
                yield input_, keys[at : at + _FORM.size]
