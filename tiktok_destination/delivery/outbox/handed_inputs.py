"""Inputs that a host hands to the outbox as it reads them: how far each was accepted, whatever ended the host.

- What an input has not handed over is not accepted. How far it has is written in one change with its entries.
- An input that was accepted to its end leaves nothing here: its entries are in the outbox, or they have outcomes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.store import Database, Statement

_UP_TO: Final = (
    "INSERT INTO inputs (scope, digest, sorted, name, kind, began_at, changed_at, record, entry, records_read)"
    " VALUES (?, ?, 0, ?, 'handed', ?, ?, ?, 1, ?) ON CONFLICT (scope, digest, sorted) DO UPDATE SET"
    " changed_at = excluded.changed_at, record = excluded.record, records_read = excluded.records_read"
)
_TO_THE_END: Final = "DELETE FROM inputs WHERE scope = ? AND digest = ?"
_UNFINISHED: Final = (
    "SELECT name, began_at, record FROM inputs WHERE scope = ? AND kind = 'handed'"
    " ORDER BY changed_at DESC LIMIT ?"
)


@dataclass(frozen=True)
class HandedInput:
    """An input that was not accepted to its end."""

    name: str
    began_at: float
    """Unix seconds at which the first of it was accepted."""
    record: int
    """All of it up to this record, from 1, was accepted."""


def handed_up_to(scope: Scope, chance: bytes, name: str, record: int, now: float) -> Statement:
    """What says that an input is accepted up to this record. `chance` tells it from all others."""
    return _UP_TO, [(scope.number, chance, name, now, now, record, record)]


def handed_to_the_end(scope: Scope, chance: bytes) -> Statement:
    """What says that all of an input is accepted."""
    return _TO_THE_END, [(scope.number, chance)]


def unfinished_inputs(database: Database, scope: Scope, most: int) -> list[HandedInput]:
    """The latest that were not accepted to their end, the latest first. Raises StoreError."""
    rows = database.rows(_UNFINISHED, (scope.number, most))
    return [HandedInput(*row) for row in rows]
