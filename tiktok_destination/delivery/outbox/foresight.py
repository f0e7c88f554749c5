"""What a run would find of events before it sends them: delivered, waiting in the outbox, or to be sent. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Final

from plugin_spec import Prepared
from tiktok_destination.delivery.outbox.key_look_up import delivered, waiting
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import key_of, own_key
from tiktok_destination.store import Database

_RUNS: Final = 5
"""So many files, sent last, tell how fast it goes."""


class Fate(Enum):
    """What would become of an event."""

    TO_SEND = auto()
    SENT_BEFORE = auto()
    """It would be a duplicate: it was delivered."""
    IN_OUTBOX = auto()
    """It would be a duplicate: it waits in the outbox."""


def fates(database: Database, scope: Scope, events: Sequence[Prepared], source: bytes) -> list[Fate]:
    """The fate of each of these events of an input. `source` tells inputs apart, as `source_of` says. Raises StoreError."""
    keys = [_key(event, source) for event in events]
    asked = [key for key in keys if key is not None]
    known = dict.fromkeys(waiting(database, scope.number, asked), Fate.IN_OUTBOX)
    known.update(dict.fromkeys(delivered(database, scope.number, asked), Fate.SENT_BEFORE))
    return [Fate.TO_SEND if key is None else known.get(key, Fate.TO_SEND) for key in keys]


def latest_rate(database: Database, scope: Scope) -> float | None:
    """Events delivered in a second, by the files that were sent last; None: none was. Raises StoreError."""
    ((events, seconds),) = database.rows(
        "SELECT SUM(delivered), SUM(seconds) FROM (SELECT delivered, seconds FROM inputs"
        " WHERE scope = ? AND delivered > 0 AND seconds > 0 ORDER BY changed_at DESC LIMIT ?)",
        (scope.number, _RUNS),
    )
    return events / seconds if events else None


def _key(event: Prepared, source: bytes) -> bytes | None:
    if event.test:
        return None
    if event.dedup_key is None:
        return own_key(source, event.position, event.ordinal)
    return key_of(event.dedup_key)
