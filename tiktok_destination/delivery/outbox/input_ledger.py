"""Outcomes of an input: how far its entries have one, and which of them are pending. A file's content is never stored.

- A file is known by its digest. `position` is the last entry, in order, whose outcome is written down.
- A run that goes on takes the pending entries before that position, and every entry after it: each gets its outcome once.
- The file is read again from the first record that is needed, and everything from there is mapped, so that records join
  to entries as they did the first time.
- A pipe cannot be read again: what is pending when its outcomes are written goes to the outbox.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tiktok_destination.delivery.outbox.dead_letters import (
    Letter,
    entering,
    is_dead,
    look_up_earlier,
    replacing,
)
from tiktok_destination.delivery.outbox.ledger import Ended, Place
from tiktok_destination.delivery.outbox.outbox import INSERT_EVENT, Incoming, event_row
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import KeptRecord, Origin, key_of, own_key
from tiktok_destination.store import Database, Row, Statement

_NOTHING: Final[Place] = (0, 0)


@dataclass(frozen=True)
class Progress:
    """What is known of a file that was sent before."""

    number: int
    position: Place
    """The last entry whose outcome is written down."""
    first_pending: int | None
    """The first record of an entry before that which is pending; None: none is."""
    pending: int
    """Entries up to the position that are pending."""
    complete: bool
    """Every entry of the file has an outcome."""

    @property
    def first_record(self) -> int:
        """The first record that a run which goes on has to read."""
        return min(self.first_pending or self.position[0] or 1, self.position[0] or 1)


_WHERE: Final = "scope = ? AND digest = ? AND sorted = ?"
_BEGIN: Final = "INSERT INTO inputs (scope, digest, sorted, name, kind, began_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
_ADVANCE: Final = (
    "UPDATE inputs SET record = ?, entry = ?, changed_at = ?, delivered = delivered + ?, seconds = seconds + ?"
    " WHERE id = ?"
)
_PROGRESS: Final = (
    "SELECT id, record, entry,"
    " (SELECT MIN(record) FROM pending WHERE input = inputs.id),"
    " (SELECT COUNT(*) FROM pending WHERE input = inputs.id), complete FROM inputs WHERE"
)


def source_of(digest: bytes, *, is_sorted: bool) -> bytes:
    """What tells inputs apart: a file that is sorted has other entries than the file as it stands."""
    return digest + bytes([is_sorted])


def progress_of(database: Database, scope: Scope, digest: bytes, *, is_sorted: bool) -> Progress | None:
    """What is known of the file with this digest. Raises StoreError."""
    rows = database.rows(f"{_PROGRESS} {_WHERE}", (scope.number, digest, is_sorted))
    if not rows:
        return None
    number, record, entry, first_pending, pending, complete = rows[0]
    return Progress(number, (record, entry), first_pending, pending, bool(complete))


class InputLedger:
    """The ledger of one run over one input."""

    def __init__(  # noqa: PLR0913 (what a run over a file is, each thing given once)
        self,
        database: Database,
        scope: Scope,
        digest: bytes,
        name: str,
        *,
        is_sorted: bool,
        is_pipe: bool,
        resume: Progress | None,
        now: float,
        origin_of: Callable[[EntryOutcome], Origin],
        records_of: Callable[[EntryOutcome], tuple[KeptRecord, ...]],
    ) -> None:
        """`resume`: go on from there; None: begin anew. A pipe's digest is 16 bytes of chance. Raises StoreError."""
        self.keeps_pending = is_pipe
        self.handed = 0
        """Entries that `left` gave."""
        self._database = database
        self._scope = scope.number
        self._source = source_of(digest, is_sorted=is_sorted)
        self._origin_of = origin_of
        self._records_of = records_of
        self._resumed = self._position = resume.position if resume else _NOTHING
        self._came_before = not is_pipe and (
            progress_of(database, scope, digest, is_sorted=is_sorted) is not None
        )
        if self._came_before:
            look_up_earlier(database, self._scope, self._source)
        self._changed_at = now
        if resume is None:
            kind = "pipe" if is_pipe else "file"
            self.input: int = _begun_anew(database, (scope.number, digest, is_sorted), (name, kind, now, now))
        else:
            self.input = resume.number

    def left(self, entries: Iterable[Prepared | Settled]) -> Iterator[Prepared | Settled]:
        """Of a file's entries those that have no final outcome yet. A pipe's are read in a thread of their own."""
        pending = self._pending_places()
        next_pending = next(pending, None)
        for entry in entries:
            place = (entry.position, entry.ordinal)
            if place > self._resumed:
                self.handed += 1
                yield entry
                continue
            while next_pending is not None and next_pending < place:
                next_pending = next(pending, None)
            if next_pending == place:
                self.handed += 1
                yield entry

    def own_key(self, event: Prepared) -> bytes:
        """See the protocol."""
        return own_key(self._source, event.position, event.ordinal)

    def statements(
        self, decided: Sequence[EntryOutcome], ended: Mapping[Place, Ended], now: float
    ) -> list[Statement]:
        """See the protocol."""
        added: list[Row] = []
        removed: list[Row] = []
        spilled: list[Row] = []
        letters: list[Letter] = []
        delivered = 0
        resumed, _ = self._resumed
        good = Outcome.DELIVERED
        for one in decided:
            if one.outcome is good and one.position > resumed:
                delivered += 1  # most entries of most runs
                continue
            place = (one.position, one.ordinal)
            if one.outcome is Outcome.PENDING:
                if self.keeps_pending and (kept := ended.get(place)):
                    spilled.append(self._spilled(one, kept, now))
                else:
                    added.append((self.input, *place))
            elif place <= self._resumed:
                removed.append((self.input, *place))
            if one.outcome is Outcome.DELIVERED:
                delivered += 1
            elif is_dead(one):
                letters.append(self._letter(one, ended.get(place)))
        last = max(self._position, (decided[-1].position, decided[-1].ordinal))
        progress = (*last, now, delivered, max(now - self._changed_at, 0.0), self.input)
        return [
            (_ADVANCE, [progress]),
            ("INSERT OR IGNORE INTO pending VALUES (?, ?, ?)", added),
            ("DELETE FROM pending WHERE input = ? AND record = ? AND entry = ?", removed),
            (INSERT_EVENT, spilled),
            *([replacing(letters)] if self._came_before else []),
            entering(self._scope, letters, now),
        ]

    def written(self, decided: Sequence[EntryOutcome], now: float) -> None:
        """See the protocol."""
        self._changed_at = now
        self._position = max(self._position, (decided[-1].position, decided[-1].ordinal))

    def finish(self, records_read: int) -> None:
        """Every entry of the file has an outcome. Raises StoreError."""
        self._database.change(
            [("UPDATE inputs SET complete = 1, records_read = ? WHERE id = ?", [(records_read, self.input)])]
        )

    def _letter(self, outcome: EntryOutcome, ended: Ended | None) -> Letter:
        origin = self._origin_of(outcome)
        return Letter(
            outcome,
            origin if self.keeps_pending else msgspec.structs.replace(origin, source=self._source),
            None if ended is None else ended.since,
            None if ended is None else ended.event,
            self._records_of(outcome),
        )

    def _spilled(self, outcome: EntryOutcome, kept: Ended, now: float) -> Row:
        event = kept.event
        key = self.own_key(event) if event.dedup_key is None else key_of(event.dedup_key)
        incoming = Incoming(event, self._origin_of(outcome), self._records_of(outcome))
        return event_row(self._scope, None if event.test else key, incoming, now, outcome)

    def _pending_places(self) -> Iterator[Place]:
        after = _NOTHING
        while True:
            rows = self._database.rows(
                "SELECT record, entry FROM pending WHERE input = ? AND (record, entry) > (?, ?)"
                " ORDER BY record, entry LIMIT 1000",
                (self.input, *after),
            )
            yield from rows
            if len(rows) < 1000:
                return
            after = rows[-1]


def _begun_anew(database: Database, where: Row, row: Row) -> int:
    """The number of an input of which nothing is written down yet: what it is known by, and the rest of its row.

    An earlier one with this digest is deleted, not changed: with a new number, what it delivered is known as copies.
    """
    database.change(
        [
            (f"DELETE FROM pending WHERE input IN (SELECT id FROM inputs WHERE {_WHERE})", [where]),  # noqa: S608 - columns
            (f"DELETE FROM inputs WHERE {_WHERE}", [where]),  # noqa: S608 - columns
            (_BEGIN, [(*where, *row)]),
        ]
    )
    number: int = database.value(f"SELECT id FROM inputs WHERE {_WHERE}", where)  # noqa: S608 - columns
    return number
