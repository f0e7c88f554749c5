"""A queue that outlives the process: deduplication, requests under way, and outcomes, all in the store.

- A delivered event's key is known for four weeks, and as long as the event could still be sent; so is, of an event without a
  key, its place.
- A request that was under way when a process ended may have arrived: its events are known as uncertain from then on.
- What a turn of the run decides is one change of the database: after a crash it has happened, or nothing of it has.
- Delivered keys are logged as they come, and filed by the ten thousands, at the latest when the run ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Final

from plugin_spec import EntryOutcome, Outcome, Prepared
from tiktok_destination.delivery.marks import Marks
from tiktok_destination.delivery.outbox.key_log import LOG_KEYS, emptying, filing, pack, refiling, unpack
from tiktok_destination.delivery.outbox.key_look_up import filed, find, waiting
from tiktok_destination.delivery.outbox.ledger import Ended, Ledger, Place
from tiktok_destination.delivery.outbox.scope import Scope
from tiktok_destination.delivery.outbox.stored import KEY_BYTES, body_digest, key_of, number_of
from tiktok_destination.delivery.outbox.tally import Tally
from tiktok_destination.delivery.queue import Offer, QueueError
from tiktok_destination.store import Database, Row, Statement, StoreError

_KEY_LIFE_S: Final = 28 * 86_400.0
_FILED_AT_ONCE: Final = 1 << 16
"""Keys: they take 16 MB while they are only logged, and of a million in the table five then share a page."""
_PURGE_EVERY_S: Final = 86_400.0
_DOUBT_LIFE_S: Final = 90 * 86_400.0
"""No event that may have arrived is sent again after so long, whatever the receiver's window."""

_NONE_HELD: Final[Statement] = ("DELETE FROM temp.held", None)

_Known = tuple[int | None, int, int]
"""Of a key: the digest of its event, and who delivered that: the input (-1: it is pending) and its record."""


class StoredQueue:
    """For one run at a time, of one scope; whoever makes it holds the scope's lock."""

    def __init__(  # noqa: PLR0913 (what a run stands on, each given once)
        self,
        database: Database,
        scope: Scope,
        ledger: Ledger,
        tally: Tally,
        clock: Callable[[], float],
        *,
        force: bool = False,
    ) -> None:
        """`force`: send also what was sent before, or may have arrived, on a person's word. Raises StoreError."""
        self._database = database
        self._scope = scope.number
        self._ledger = ledger
        self._input = ledger.input
        self._tally = tally
        self._clock = clock
        self._force = force
        self._kept = (Outcome.REFUSED, Outcome.EXPIRED, *([Outcome.PENDING] if ledger.keeps_pending else []))
        self._undecided: dict[bytes, bytes] = {}
        """Each with the digest of its event."""
        self._since: dict[bytes, float] = {}
        """Of those that are undecided: since when they may have arrived."""
        self._ended: dict[Place, Ended] = {}
        """Events that are kept, and not written down yet."""
        self._logged: dict[bytes, bytes] = {}
        """Of keys that are logged and not filed yet: as they stand in the log."""
        self._kept_until = clock() + _KEY_LIFE_S
        """Of what is delivered now, at least: a copy may say of itself that it happened later."""
        self._begin_change()
        self._recover()
        self._marks = None if self._exists("keys") else Marks()
        """Of all keys that this run was offered, where the table held none when it began; None: any key may be there."""
        self._doubts = bool(self._exists("uncertain"))
        self._outbox = bool(self._exists("events"))
        self._held = False

    def offer(self, events: Sequence[Prepared]) -> Sequence[Offer]:
        """See the protocol."""
        keys = self._keys(events)
        undecided = self._undecided
        asked = [key for key in keys if key is not None and key not in undecided]
        try:
            known = self._known(asked)
            doubted = self._doubted(asked)
        except StoreError as error:
            raise QueueError(error.code, str(error)) from error
        if known or doubted:
            return [self._offer(event, key, known, doubted) for event, key in zip(events, keys, strict=True)]
        offers = [Offer.TAKEN] * len(events)
        for index, key in enumerate(keys):  # most portions of most runs: `_offer` in short
            if key is None:
                continue
            if key in undecided:
                offers[index] = Offer.UNDECIDED
            else:
                undecided[key] = body_digest(events[index].body)
        return offers

    def uncertain_since(self, event: Prepared) -> float:
        """See the protocol."""
        return self._since[self._key_of_taken(event)]

    def begin(self, flight: int, events: Sequence[Prepared], at: float) -> None:
        """See the protocol."""
        keys = b"".join([key for key in self._keys(events) if key is not None])
        if keys:
            self._flights[flight] = (self._scope, flight, at, keys)

    def land(self, flight: int) -> None:
        """See the protocol."""
        if self._flights.pop(flight, None) is None:
            self._landed.append((self._scope, flight))

    def doubt(self, events: Sequence[Prepared], since: float) -> None:
        """See the protocol."""
        for event in events:
            key = self._key(event)
            if key is not None:
                self._since.setdefault(key, since)
                self._doubtful.append((self._scope, key, self._since[key]))
        self._doubts = True

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """See the protocol."""
        key = event.dedup_key
        if key is None or event.test or len(key) != KEY_BYTES:  # `_key` in short
            key = self._key(event)
        # No digest: it was never taken, as the books could not be asked when it was offered.
        digest = None if key is None else self._undecided.pop(key, None)
        if key is None or digest is None:
            if outcome in self._kept:
                self._ended[event.position, event.ordinal] = Ended(event, None)
            return
        since = self._since.pop(key, None) if self._since else None
        if since is not None and outcome is not Outcome.PENDING:
            self._certain.append((self._scope, key))
        if outcome is Outcome.DELIVERED:  # most events of most runs
            not_after, kept_until = event.not_after, self._kept_until
            fresh = self._delivered_own if event.dedup_key is None else self._delivered
            fresh[key] = pack(key, digest, max(not_after, kept_until), event.position)
            return
        if outcome is Outcome.PENDING:
            self._pending.append((key, number_of(digest)))
        if outcome in self._kept:
            self._ended[event.position, event.ordinal] = Ended(event, since)

    def commit(self, decided: Sequence[EntryOutcome]) -> None:
        """See the protocol."""
        now = self._clock()
        self._kept_until = now + _KEY_LIFE_S
        statements: list[Statement] = [(sql, rows) for sql, rows in self._own_statements() if rows]
        if self._delivered_own:
            statements += filing(self._scope, self._input, self._delivered_own.values())
        is_filing = len(self._logged) + len(self._delivered) >= _FILED_AT_ONCE
        if is_filing:
            statements += self._filing(chain(self._logged.values(), self._delivered.values()))
        elif self._delivered:
            statements.append((LOG_KEYS, [(self._scope, self._input, b"".join(self._delivered.values()))]))
        if decided:
            statements += self._ledger.statements(decided, self._ended, now)
            statements += self._tally.statements(decided, now)
        if not statements:
            return
        try:
            self._database.change(statements)
        except StoreError as error:
            raise QueueError(error.code, str(error)) from error
        self._held = self._held or bool(self._pending)
        if is_filing:
            self._logged.clear()
        else:
            self._logged.update(self._delivered)
        self._begin_change()
        if self._ended:
            for one in decided:
                self._ended.pop((one.position, one.ordinal), None)
        if decided:
            self._ledger.written(decided, now)

    def end_run(self) -> None:
        """See the protocol."""
        self._undecided.clear()
        self._since.clear()
        self._ended.clear()
        statements = self._filing(self._logged.values()) if self._logged else []
        if self._held:
            statements.append(_NONE_HELD)
        if statements:
            with suppress(StoreError):  # a later run begins with the same
                self._database.change(statements)
        self._logged.clear()
        self._held = False

    # ---- what a change consists of

    def _begin_change(self) -> None:
        self._delivered: dict[bytes, bytes] = {}
        """Keys as they are logged."""
        self._delivered_own: dict[bytes, bytes] = {}
        """Of events that have none: filed at once, because the outbox's ledger deletes them with their events."""
        self._pending: list[Row] = []
        self._doubtful: list[Row] = []
        self._certain: list[Row] = []
        self._landed: list[Row] = []
        self._flights: dict[int, Row] = {}

    def _own_statements(self) -> Iterable[tuple[str, Sequence[Row]]]:
        yield "INSERT OR IGNORE INTO temp.held VALUES (?, ?)", self._pending
        yield "INSERT OR IGNORE INTO uncertain VALUES (?, ?, ?)", self._doubtful
        yield "DELETE FROM uncertain WHERE scope = ? AND key = ?", self._certain
        yield "DELETE FROM flights WHERE scope = ? AND number = ?", self._landed
        yield "INSERT OR REPLACE INTO flights VALUES (?, ?, ?, ?)", list(self._flights.values())

    def _filing(self, packed: Iterable[bytes]) -> list[Statement]:
        """What files these keys, all that the log holds and perhaps more."""
        return [*filing(self._scope, self._input, packed), emptying(self._scope)]

    # ---- looking up

    def _key(self, event: Prepared) -> bytes | None:
        """None for test events, which are no part of it."""
        if event.test:
            return None
        key = event.dedup_key
        if key is None:
            return self._ledger.own_key(event)
        return key if len(key) == KEY_BYTES else key_of(key)

    def _keys(self, events: Iterable[Prepared]) -> list[bytes | None]:
        keys = []
        for event in events:
            key = event.dedup_key
            if key is None or event.test or len(key) != KEY_BYTES:  # `_key` in short
                key = self._key(event)
            keys.append(key)
        return keys

    def _key_of_taken(self, event: Prepared) -> bytes:
        key = self._key(event)
        if key is None:
            raise LookupError(event.position)
        return key

    def _offer(
        self,
        event: Prepared,
        key: bytes | None,
        known: dict[bytes, _Known],
        doubted: dict[bytes, float],
    ) -> Offer:
        if key is None:
            return Offer.TAKEN
        if key in self._undecided:
            return Offer.UNDECIDED
        digest = body_digest(event.body)
        found = known.get(key)
        if found is not None and not (self._force and found[1] not in (self._ledger.input, -1)):
            if found[1:] == (self._ledger.input, event.position):
                return Offer.ARRIVED
            return Offer.COPY if found[0] in (number_of(digest), None) else Offer.DIFFERS
        self._undecided[key] = digest
        since = doubted.get(key)
        if since is None:
            return Offer.TAKEN
        self._since[key] = since
        return Offer.TAKEN if self._force else Offer.TAKEN_AGAIN

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, _Known]:
        """Those that are delivered or pending."""
        scope = self._scope
        marked = keys if self._marks is None else self._marks.add_new(keys)
        found: dict[bytes, _Known] = {
            key: (digest, input_, record)
            for key, digest, input_, record in filed(self._database, scope, marked)
        }
        for fresh in (self._logged, self._delivered, self._delivered_own):
            for key in marked if fresh else ():
                if key in fresh:
                    _, digest, _, record = unpack(fresh[key])
                    found[key] = (digest, self._input, record)
        if self._held:
            held = find(self._database, "SELECT key, digest FROM temp.held WHERE key IN", (), marked)
            found.update((key, (digest, -1, -1)) for key, digest in held)
        found.update((key, (digest, -1, -1)) for key, digest in self._pending)
        if self._outbox and self._ledger.input:
            found.update((key, (None, -1, -1)) for key in waiting(self._database, scope, keys))
        return found

    def _doubted(self, keys: Sequence[bytes]) -> dict[bytes, float]:
        if not self._doubts:
            return {}
        doubted: dict[bytes, float] = dict(
            find(
                self._database,
                "SELECT key, since FROM uncertain WHERE scope = ? AND key IN",
                (self._scope,),
                keys,
            )
        )
        for _, key, since in self._doubtful:
            doubted.setdefault(key, since)
        return doubted

    def _exists(self, table: str) -> int:
        return int(
            self._database.value(
                f"SELECT EXISTS (SELECT 1 FROM {table} WHERE scope = ?)",  # noqa: S608 - a table's name
                (self._scope,),
            )
        )

    # ---- at the start

    def _recover(self) -> None:
        """Know again what an earlier process left behind, and forget keys of events that nobody could send any more."""
        cut_off = self._database.rows("SELECT began_at, keys FROM flights WHERE scope = ?", (self._scope,))
        doubtful = [
            (self._scope, keys[at : at + KEY_BYTES], began_at)
            for began_at, keys in cut_off
            for at in range(0, len(keys), KEY_BYTES)
        ]
        now = self._clock()
        statements: list[Statement] = [
            (
                "CREATE TEMP TABLE IF NOT EXISTS held (key BLOB PRIMARY KEY, digest INTEGER) WITHOUT ROWID",
                None,
            ),
            _NONE_HELD,
            *refiling(self._database, self._scope),
            ("INSERT OR IGNORE INTO uncertain VALUES (?, ?, ?)", doubtful),
            ("DELETE FROM flights WHERE scope = ?", [(self._scope,)]),
        ]
        purged_at = self._database.value("SELECT purged_at FROM scopes WHERE id = ?", (self._scope,))
        if now - purged_at >= _PURGE_EVERY_S:
            statements += [
                ("DELETE FROM keys WHERE scope = ? AND kept_until < ?", [(self._scope, now)]),
                ("DELETE FROM uncertain WHERE scope = ? AND since < ?", [(self._scope, now - _DOUBT_LIFE_S)]),
                ("UPDATE scopes SET purged_at = ? WHERE id = ?", [(now, self._scope)]),
            ]
        self._database.change(statements)
