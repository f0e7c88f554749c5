"""Deletes what is kept of a person: events in the outbox, dead letters, and the records that are kept with them.

- What bears one of the identifiers goes as a whole: the event, its record, and what is said of it.
- An event that waited has an outcome from then on: it is suppressed, and counted so in the change that deletes it.
- SQLite overwrites what is deleted; `emptied` says whether the database's log is rid of it too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from plugin_spec import EntryOutcome, Identifier, Outcome, Prepared
from tiktok_destination.delivery.codes import FORGOTTEN
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import DamagedError, KeptRecord, event_of, records_of
from tiktok_destination.delivery.outbox.tally import Tally
from tiktok_destination.store import Database, Row

_PAGE: Final = 500
_LETTERS: Final = (
    "SELECT id, event, digest, record FROM dead_letters WHERE scope = ? AND id > ? ORDER BY id LIMIT ?"
)
_EVENTS: Final = (
    "SELECT id, event, digest, record, key FROM events WHERE scope = ? AND id > ? ORDER BY id LIMIT ?"
)

Identify = Callable[[Sequence[KeptRecord]], frozenset[Identifier]]
"""The identifiers that kept records bear."""


@dataclass
class Forgotten:
    """What was deleted."""

    events: int = 0
    """That waited in the outbox."""
    dead_letters: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    """By which identifiers it was found: in how many of them each stood."""


def forget(  # noqa: PLR0913 (whose, where and by what, each thing given once)
    database: Database,
    scope: Scope,
    tally: Tally,
    *,
    person: frozenset[Identifier],
    identify: Identify,
    now: float,
) -> Forgotten:
    """Delete what bears one of these identifiers in a scope that nobody sends for meanwhile. Raises StoreError."""
    forgotten = Forgotten()
    for rows in _pages(database, _EVENTS, scope):
        theirs = [(row, kinds) for row in rows if (kinds := _kinds(row, person, identify))]
        database.change(
            [
                ("DELETE FROM events WHERE id = ?", [(row[0],) for row, _ in theirs]),
                (
                    "DELETE FROM uncertain WHERE scope = ? AND key = ?",
                    [(scope.number, row[4]) for row, _ in theirs],
                ),
                *tally.statements([_outcome(row) for row, _ in theirs], now),
            ]
        )
        forgotten.events += len(theirs)
        forgotten.kinds.update(kind for _, kinds in theirs for kind in kinds)
    for rows in _pages(database, _LETTERS, scope):
        theirs = [(row, kinds) for row in rows if (kinds := _kinds(row, person, identify))]
        database.change([("DELETE FROM dead_letters WHERE id = ?", [(row[0],) for row, _ in theirs])])
        forgotten.dead_letters += len(theirs)
        forgotten.kinds.update(kind for _, kinds in theirs for kind in kinds)
    return forgotten


def emptied(database: Database) -> bool:
    """Whether the log could be emptied, which holds what was deleted: nobody reads an older state. Raises StoreError."""
    return bool(database.value("PRAGMA wal_checkpoint(TRUNCATE)") == 0)


def _pages(database: Database, sql: str, scope: Scope) -> Iterator[list[Row]]:
    after = 0
    while rows := database.rows(sql, (scope.number, after, _PAGE)):
        yield rows
        after = rows[-1][0]


def _kinds(row: Row, person: frozenset[Identifier], identify: Identify) -> set[str]:
    """The kinds of those of the person's identifiers that a row bears."""
    _, event, digest, record, *_ = row
    kinds: set[str] = set()
    if event is not None:
        try:
            values = msgspec.json.decode(event_of(event, digest).body)
            kinds |= {one.kind for one in person if one.value in _texts_at(values, one.kind)}
        except (DamagedError, msgspec.MsgspecError):
            # What cannot be read any more may still be a person's: its bytes tell.
            kinds |= {one.kind for one in person if isinstance(event, bytes) and one.value.encode() in event}
    if record is not None:
        try:
            kinds |= {one.kind for one in identify(records_of(record)) & person}
        except DamagedError:
            return kinds
    return kinds


def _texts_at(values: Any, path: str) -> Sequence[str]:
    for step in path.split("."):
        values = values.get(step) if isinstance(values, Mapping) else None
    return values if isinstance(values, list) else [values]


def _outcome(row: Row) -> EntryOutcome:
    number, event, digest, *_ = row
    try:
        whole: Prepared | None = event_of(event, digest)
    except DamagedError:
        whole = None
    return EntryOutcome(
        number,
        1,
        Outcome.SUPPRESSED,
        code=FORGOTTEN,
        event_name=whole.event_name if whole else None,
        test=bool(whole and whole.test),
    )
