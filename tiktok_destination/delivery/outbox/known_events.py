"""Which events would be copies if they were sent now, and how many wait: for a look ahead, in which nothing is taken."""

from __future__ import annotations

from collections.abc import Sequence

from plugin_spec import Prepared
from tiktok_destination.delivery.outbox.key_look_up import delivered, waiting
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import key_of
from tiktok_destination.store import Database


def known_events(database: Database, scope: Scope, events: Sequence[Prepared]) -> list[bool]:
    """Of each event whether one with its key is delivered or waits in the outbox. Raises StoreError."""
    keys = [None if event.test or event.dedup_key is None else key_of(event.dedup_key) for event in events]
    asked = [key for key in keys if key is not None]
    known = delivered(database, scope.number, asked).union(waiting(database, scope.number, asked))
    return [key in known for key in keys]


def count_waiting(database: Database, scope: Scope) -> int:
    """How many events wait in the outbox. Raises StoreError."""
    return int(database.value("SELECT COUNT(*) FROM events WHERE scope = ?", (scope.number,)))


def count_real(database: Database, scope: Scope) -> int:
    """How many of those that wait are no test events. Raises StoreError."""
    return int(
        database.value("SELECT COUNT(*) FROM events WHERE scope = ? AND key IS NOT NULL", (scope.number,))
    )
