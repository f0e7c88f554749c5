"""How a scope stands: what waits, what may have arrived, what came to nothing, and how far files were sent. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from plugin_spec import Outcome
from tiktok_destination.delivery.outbox.dead_letters import Selection, count_dead_letters
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.store import Database

MOST_FILES: Final = 5

_FILES: Final = (
    "SELECT name, kind = 'pipe', sorted, changed_at, record, records_read, complete,"
    " (SELECT COUNT(*) FROM pending WHERE input = inputs.id) FROM inputs"
    " WHERE scope = ? AND kind <> 'handed' ORDER BY changed_at DESC LIMIT ?"
)


@dataclass(frozen=True)
class Backlog:
    """Events in the outbox with one code."""

    code: str
    behind: str | None
    """The code of what stands behind it."""
    count: int
    since: float
    """Unix seconds at which the first of them was accepted."""


@dataclass(frozen=True)
class SentFile:
    """A file or a pipe, and how far it was sent."""

    name: str
    is_pipe: bool
    """It cannot be read again, so no run goes on with it."""
    is_sorted: bool
    changed_at: float
    """Unix seconds at which an outcome was last written down."""
    record: int
    """The last record that has an outcome."""
    records: int | None
    """How many it has; None: no run has come to its end."""
    pending: int


@dataclass(frozen=True)
class Standing:
    """One scope at one moment."""

    scope: Scope
    waiting: Sequence[Backlog]
    uncertain: int
    """Events of which an attempt had no certain end, and none since."""
    dead_letters: Sequence[tuple[Outcome, str, int]]
    files: Sequence[SentFile]
    """Those that were sent last, the latest first."""
    delivered_in: int | None
    """Unix seconds at which the hour began in which an event was last delivered; None: it is not known of any."""


def standing(database: Database, scope: Scope) -> Standing:
    """How it stands now. Raises StoreError."""
    return Standing(
        scope,
        [
            Backlog(code, behind, count, since)
            for code, behind, count, since in database.rows(
                "SELECT code, reason, COUNT(*), MIN(accepted_at) FROM events WHERE scope = ?"
                " GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
                (scope.number,),
            )
        ],
        database.value("SELECT COUNT(*) FROM uncertain WHERE scope = ?", (scope.number,)),
        count_dead_letters(database, [scope.number], Selection()),
        [
            SentFile(
                name,
                bool(is_pipe),
                bool(is_sorted),
                changed_at,
                record,
                records if complete else None,
                pending,
            )
            for name, is_pipe, is_sorted, changed_at, record, records, complete, pending in database.rows(
                _FILES, (scope.number, MOST_FILES)
            )
        ],
        database.value(
            "SELECT MAX(hour) FROM tally WHERE scope = ? AND outcome = ? AND test = 0",
            (scope.number, Outcome.DELIVERED.value),
        ),
    )
