"""Inputs that a host hands to the outbox as it reads them: how far each was accepted, whatever ended the host.

What an input has not handed over is not accepted. Its row is written in one change with the entries that it speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.store import Database, Statement

MARK: Final = b"handed over"
"""With it begins what such an input is known by, as no file's digest does."""
_HANDED: Final = (
    "INSERT INTO inputs (scope, digest, sorted, name, began_at, changed_at, record, entry, records_read, complete)"
    " VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (scope, digest, sorted) DO UPDATE SET"
    " changed_at = excluded.changed_at, record = excluded.record, entry = excluded.entry,"
    " records_read = excluded.records_read, complete = excluded.complete"
)
_UNFINISHED: Final = (
    "SELECT name, began_at, changed_at, record FROM inputs"
    " WHERE scope = ? AND NOT complete AND substr(digest, 1, ?) = ? ORDER BY changed_at DESC LIMIT ?"
)


@dataclass(frozen=True)
class HandedInput:
    """An input that was not accepted to its end."""

    name: str
    began_at: float
    changed_at: float
    record: int
    """Up to this record, in its own numbers, all of it was accepted."""


def handing(  # noqa: PLR0913 (what is known of an input, each thing given once)
    scope: Scope, chance: bytes, name: str, record: int, now: float, *, complete: bool
) -> Statement:
    """What says that an input is accepted up to this record. `chance` tells it from all others."""
    return _HANDED, [(scope.number, MARK + chance, name, now, now, record, 1, record, complete)]


def unfinished_inputs(database: Database, scope: Scope, most: int) -> list[HandedInput]:
    """The latest that were not accepted to their end, the latest first. Raises StoreError."""
    rows = database.rows(_UNFINISHED, (scope.number, len(MARK), MARK, most))
    return [HandedInput(*row) for row in rows]
