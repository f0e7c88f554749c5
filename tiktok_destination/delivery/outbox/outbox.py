"""The outbox: what a host has accepted and no receiver has decided. It survives the end of the process by any means.

- `accept` returns when its entries are on the disk. Callers that come at the same moment share one write.
- It is bounded: an entry that finds it full is not accepted, and its caller is told.
- An event leaves with its outcome, in one change with that outcome's being counted.
- A row whose digest does not fit was damaged on the disk. It is rejected, counted and never sent.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tiktok_destination.delivery.codes import DAMAGED, OUTBOX_FULL, WAITING
from tiktok_destination.delivery.outbox.dead_letters import Letter, entering, is_dead
from tiktok_destination.delivery.outbox.ledger import Ended, Place
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import (
    DamagedError,
    KeptRecord,
    Origin,
    digest_of,
    encoded,
    event_of,
    key_of,
    origin_of,
    own_key,
)
from tiktok_destination.delivery.outbox.tally import Tally
from tiktok_destination.delivery.outcomes import of_event, of_settled
from tiktok_destination.delivery.queue import QueueError
from tiktok_destination.store import Database, Row, Statement, StoreError

MOST_EVENTS: Final = 1_000_000
"""Events that may wait in one scope: about 2 GB."""
_PAGE: Final = 500
_WAITING: Final = (
    "SELECT id, events.key, event, digest, origin, attempts, code, reason, path, since"
    " FROM events LEFT JOIN uncertain USING (scope, key) WHERE scope = ? AND id > ? ORDER BY id LIMIT ?"
)
INSERT_EVENT: Final = (
    "INSERT INTO events"
    " (scope, key, event, digest, origin, record, accepted_at, attempts, code, reason, path, request_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_STILL_PENDING: Final = (
    "UPDATE events SET attempts = attempts + ?, code = ?, reason = ?, path = ?, request_id = ? WHERE id = ?"
)
_TO_DEAD_LETTERS: Final = (
    "INSERT INTO dead_letters"
    " (scope, entered_at, outcome, kind, code, name, not_after, since, event, digest, origin, record)"
    " SELECT scope, ?, ?, ?, ?, ?, ?, ?, event, digest, origin, record FROM events WHERE id = ?"
)


@dataclass(frozen=True)
class Incoming:
    """One entry that a host hands over."""

    entry: Prepared | Settled
    origin: Origin
    records: tuple[KeptRecord, ...] = ()
    """Empty where records are not kept."""
    since: float | None = None
    """It may have arrived: Unix seconds at which the first such attempt began."""


@dataclass(frozen=True)
class Waiting:
    """An event in the outbox."""

    number: int
    key: bytes | None
    """What it is known by; None for a test event."""
    event: Prepared
    """Its position is its number."""
    origin: Origin
    attempts: int
    """In earlier runs."""
    code: str
    """Why it waits."""
    reason: str | None
    path: str | None
    since: float | None
    """It may have arrived: Unix seconds at which the first such attempt began."""


@dataclass
class _Call:
    """One call of `accept`, which another thread may serve."""

    entries: Sequence[Incoming]
    also: Sequence[Statement]
    done: bool = False
    numbers: list[int | None] = field(default_factory=list)
    error: QueueError | None = None


class Outbox:
    """One scope's outbox, over a database that is synced. Every method may be called from any thread."""

    def __init__(  # noqa: PLR0913 (what it stands on, each given once)
        self,
        database: Database,
        scope: Scope,
        tally: Tally,
        clock: Callable[[], float],
        source: bytes,
        *,
        most: int = MOST_EVENTS,
    ) -> None:
        """`source`: 16 bytes of chance, from which events without a key get one of their own."""
        self._database = database
        self._scope = scope.number
        self._tally = tally
        self._clock = clock
        self._source = source
        self._accepted = 0
        self._most = most
        self._calls: deque[_Call] = deque()
        self._writing = threading.Lock()
        self._room = 0
        """Events that may be accepted before they are counted again."""

    def accept(self, entries: Sequence[Incoming], *, also: Sequence[Statement] = ()) -> list[int | None]:
        """Take them, all or none; the number of each event, None for what was settled already.

        When this returns, they are on the disk, and `also` has taken effect with them. Raises QueueError, and then none
        of them was taken.
        """
        call = _Call(entries, also)
        self._calls.append(call)
        with self._writing:
            if not call.done:
                self._serve([self._calls.popleft() for _ in range(len(self._calls))])
        if call.error is not None:
            raise call.error
        return call.numbers

    def waiting(self, after: int = 0) -> Iterator[Waiting]:
        """The events that wait, behind this number, in the order in which they were accepted. Raises StoreError."""
        while True:
            rows = self._database.rows(
                _WAITING,
                (self._scope, after, _PAGE),
            )
            yield from self._restored(rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1][0]

    def send_again(self, number: int) -> bool:
        """A person's word that an event is to be sent though it may have arrived; False: it waits no longer. Raises StoreError."""
        found = self._database.rows(
            "SELECT key FROM events WHERE scope = ? AND id = ?", (self._scope, number)
        )
        if not found:
            return False
        ((key,),) = found
        self._database.change(
            [
                ("DELETE FROM uncertain WHERE scope = ? AND key = ?", [(self._scope, key)]),
                ("UPDATE events SET code = ?, reason = NULL, path = NULL WHERE id = ?", [(WAITING, number)]),
            ]
        )
        return True

    def _serve(self, calls: Sequence[_Call]) -> None:
        """Write what these calls bring, together; where that fails, each by itself, as one may be what is too much."""
        error = self._write(calls)
        for call in calls:
            if error is not None and len(calls) > 1:
                call.error = self._write([call])
            else:
                call.error = error
            call.done = True

    def _write(self, calls: Sequence[_Call]) -> QueueError | None:
        now = self._clock()
        entries = [one for call in calls for one in call.entries]
        events = [(one, one.entry) for one in entries if isinstance(one.entry, Prepared)]
        settled = [(one, of_settled(one.entry)) for one in entries if isinstance(one.entry, Settled)]
        try:
            if not self._has_room(len(events)):
                return QueueError(
                    OUTBOX_FULL,
                    f"The outbox may hold {self._most:,} events, and has no room for {len(events):,} more: nothing of"
                    " them is accepted. Let some be sent first.",
                )
            statements = [statement for call in calls for statement in call.also]
            if settled:
                letters = [
                    Letter(outcome, one.origin, records=one.records)
                    for one, outcome in settled
                    if is_dead(outcome)
                ]
                statements.append(entering(self._scope, letters, now))
                statements += self._tally.statements((outcome for _, outcome in settled), now)
            rows = [self._row(one, event, now) for one, event in events]
            doubtful = [
                (self._scope, row[1], one.since)
                for row, (one, _) in zip(rows, events, strict=True)
                if one.since is not None and row[1] is not None
            ]
            statements.append(("INSERT OR IGNORE INTO uncertain VALUES (?, ?, ?)", doubtful))
            numbers = iter(self._database.change(statements, insert=(INSERT_EVENT, rows)))
        except StoreError as error:
            return QueueError(error.code, str(error))
        self._room -= len(events)
        for call in calls:
            call.numbers = [
                next(numbers) if isinstance(one.entry, Prepared) else None for one in call.entries
            ]
        return None

    def _has_room(self, count: int) -> bool:
        if self._room < count:
            held = self._database.value("SELECT COUNT(*) FROM events WHERE scope = ?", (self._scope,))
            self._room = self._most - held
        return self._room >= count

    def _row(self, incoming: Incoming, event: Prepared, now: float) -> Row:
        self._accepted += 1
        key = _key(event, own_key(self._source, self._accepted, 1))
        return event_row(self._scope, key, incoming, now, of_event(event, Outcome.PENDING, WAITING))

    def _restored(self, rows: Sequence[Row]) -> Iterator[Waiting]:
        damaged: list[int] = []
        for number, key, event, digest, origin, *others in rows:
            try:
                whole = msgspec.structs.replace(event_of(event, digest), position=number, ordinal=1, rows=())
                yield Waiting(number, key, whole, origin_of(origin), *others)
            except DamagedError:
                damaged.append(number)
        if damaged:
            self._reject_damaged(damaged)

    def _reject_damaged(self, numbers: Sequence[int]) -> None:
        now = self._clock()
        outcomes = [EntryOutcome(number, 1, Outcome.REJECTED, code=DAMAGED) for number in numbers]
        letters = [Letter(outcome, Origin("outbox", outcome.position)) for outcome in outcomes]
        self._database.change(
            [
                ("DELETE FROM events WHERE id = ?", [(number,) for number in numbers]),
                entering(self._scope, letters, now),
                *self._tally.statements(outcomes, now),
            ]
        )


def _key(event: Prepared, own: bytes) -> bytes | None:
    if event.test:
        return None
    return own if event.dedup_key is None else key_of(event.dedup_key)


def event_row(scope: int, key: bytes | None, incoming: Incoming, now: float, pending: EntryOutcome) -> Row:
    """A row for `INSERT_EVENT`, of an incoming event that is pending so."""
    stored = encoded(incoming.entry)
    return (
        scope,
        key,
        stored,
        digest_of(stored),
        encoded(incoming.origin),
        encoded(incoming.records) if incoming.records else None,
        now,
        pending.attempts,
        pending.code,
        pending.reason,
        pending.path,
        pending.request_id,
    )


class OutboxLedger:
    """The ledger of one run over the outbox."""

    input = 0
    keeps_pending = False

    def __init__(self, scope: Scope) -> None:
        self._scope = scope.number
        self._handed: dict[int, Waiting] = {}
        """Those that have no outcome yet."""

    def hand(self, waiting: Waiting) -> Prepared:
        """The event, to be sent in this run."""
        self._handed[waiting.number] = waiting
        return waiting.event

    def own_key(self, event: Prepared) -> bytes:
        """See the protocol."""
        key = self._handed[event.position].key
        if key is None:
            raise LookupError(event.position)
        return key

    def statements(
        self, decided: Sequence[EntryOutcome], ended: Mapping[Place, Ended], now: float
    ) -> list[Statement]:
        """See the protocol."""
        letters: list[Row] = []
        final: list[Row] = []
        own_keys: list[Row] = []
        pending: list[Row] = []
        for one in decided:
            if one.outcome is Outcome.PENDING:
                pending.append((one.attempts, one.code, one.reason, one.path, one.request_id, one.position))
                continue
            final.append((one.position,))
            waiting = self._handed[one.position]
            if waiting.event.dedup_key is None and waiting.key is not None:
                own_keys.append((self._scope, waiting.key))
            if is_dead(one):
                letters.append(self._letter(one, ended.get((one.position, one.ordinal)), now))
        return [
            (_TO_DEAD_LETTERS, letters),
            ("DELETE FROM events WHERE id = ?", final),
            # Keys of their own have done their duty: such an event is in the outbox, or it is not.
            ("DELETE FROM keys WHERE scope = ? AND key = ?", own_keys),
            (_STILL_PENDING, pending),
        ]

    def written(self, decided: Sequence[EntryOutcome], now: float) -> None:
        """See the protocol."""
        del now
        for one in decided:
            self._handed.pop(one.position, None)

    def _letter(self, outcome: EntryOutcome, ended: Ended | None, now: float) -> Row:
        origin = self._handed[outcome.position].origin
        told = msgspec.structs.replace(
            outcome, position=origin.record, ordinal=origin.entry, rows=origin.rows
        )
        return (
            now,
            encoded(told),
            told.outcome.value,
            told.code or "",
            told.event_name,
            None if ended is None else ended.event.not_after,
            None if ended is None else ended.since,
            outcome.position,
        )
