"""Looks up what is known of keys: which events were delivered, and which wait in the outbox. Many keys to one query."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from tiktok_destination.delivery.outbox.key_log import logged
from tiktok_destination.store import Database, Row

AT_ONCE: Final = 256
"""Keys that one query looks for."""


def delivered(database: Database, scope: int, keys: Sequence[bytes]) -> set[bytes]:
    """Those whose event was delivered, whether they are filed yet or not. Raises StoreError."""
    # First the log: a key that is filed in between is found in the table.
    found = {one.key for _, one in logged(database, scope)}.intersection(keys)
    found.update(key for key, *_ in filed(database, scope, keys))
    return found


def filed(database: Database, scope: int, keys: Sequence[bytes]) -> Iterator[Row]:
    """(key, digest of the event's body, input that delivered it, record in that), of those filed. Raises StoreError."""
    sql = "SELECT key, digest, input, record FROM keys WHERE scope = ? AND key IN"
    yield from find(database, sql, (scope,), keys)


def waiting(database: Database, scope: int, keys: Sequence[bytes]) -> Iterator[bytes]:
    """Those whose event waits in the outbox. Raises StoreError."""
    for (key,) in find(database, "SELECT key FROM events WHERE scope = ? AND key IN", (scope,), keys):
        yield key


def find(database: Database, sql: str, parameters: Sequence[int], keys: Sequence[bytes]) -> Iterator[Row]:
    """What a query finds that ends with `IN`, for all of these keys. Raises StoreError."""
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        yield from database.rows(f"{sql} ({', '.join('?' * len(some))})", (*parameters, *some))
