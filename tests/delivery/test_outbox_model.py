"""The outbox as a state machine, beside a model: accepting, sending, failing, crashing, and time that passes.

What has to hold at every moment: each accepted event waits, or has had exactly one outcome; nothing waits or arrives that was
never accepted; what has an outcome never arrives again, and what was never in doubt never arrives twice.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from scripted_sender import Clock, Run, ScriptedSender, about, event

from plugin_spec import Outcome
from tiktok_destination.delivery import DeliverySettings
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Outbox,
    OutboxLedger,
    StoredQueue,
    Tally,
    scope_of,
    stored_queue,
    tally,
)
from tiktok_destination.store import Database

STEPS = ("busy", "lost", "vanished", "throttled", "stop:batch_key", "stop:credential")
SCRIPTS = st.one_of(
    st.just(()),
    st.just(()),
    st.just(("bad",)),
    st.lists(st.sampled_from(STEPS), min_size=1, max_size=2).map(tuple),
)


class Power(BaseException):
    """The process ends at this moment."""


class Failing:
    """A connection that ends the process at its n-th statement."""

    def __init__(self, database: Database, after: int) -> None:
        self.real = database._connection
        self.left = after

    def execute(self, sql, parameters=(), /):
        self._count()
        return self.real.execute(sql, parameters)

    def executemany(self, sql, parameters, /):
        self._count()
        return self.real.executemany(sql, parameters)

    def close(self):
        self.real.close()

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise Power


class Doubting(ScriptedSender):
    """Knows which arrivals nobody was told of."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.untold: Counter[str] = Counter()
        self._one = threading.Lock()

    def send(self, batch_key, bodies):
        with self._one:
            before = Counter(self.accepted)
            reply = super().send(batch_key, bodies)
            if reply.ambiguous:
                self.untold += self.accepted - before
            return reply


class OutboxMachine(RuleBasedStateMachine):
    """See the module's header."""

    @initialize(filed_at_once=st.sampled_from([1, 4, 1 << 16]))
    def begin(self, filed_at_once) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(stored_queue, "_FILED_AT_ONCE", filed_at_once)
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-"))
        self.clock = Clock()
        self.sender = Doubting(self.clock)
        self.names: dict[int, str] = {}
        """Number in the outbox → the event's name at the receiver."""
        self.keyed: dict[str, bool] = {}
        self.ended: dict[int, Outcome] = {}
        self.arrived_at_the_end: dict[str, int] = {}
        self.doubts: Counter[str] = Counter()
        """Arrivals of an event that a crash kept from being written down, and copies that nobody can tell."""
        self.made = 0
        self.opened = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.patch.undo()
            shutil.rmtree(self.folder)

    @rule(
        scripts=st.lists(SCRIPTS, min_size=1, max_size=4),
        keyed=st.booleans(),
        lives_s=st.sampled_from([20.0, 1e9]),
        key=st.sampled_from(["a", "b"]),
    )
    def accept(self, scripts, keyed, lives_s, key) -> None:
        """Take some events."""
        events = []
        for script in scripts:
            self.made += 1
            name = f"{self.made}"
            events.append(
                event(
                    self.made,
                    *script,
                    key=key,
                    dedup=name.encode() if keyed else False,
                    not_after=self.clock.now + lives_s,
                )
            )
            self.keyed[name] = keyed
        with ExitStack() as stack:
            numbers = self._outbox(stack).accept(
                [Incoming(one, Origin("rule", one.position)) for one in events]
            )
        self.names.update(
            (number, one.body.split()[0].decode())
            for number, one in zip(numbers, events, strict=True)
            if number is not None
        )

    @rule(which=st.integers(1, 12))
    def accept_a_copy(self, which) -> None:
        """Take an event once more."""
        if not self.made:
            return
        number = min(which, self.made)
        name = str(number)
        copy = event(number, dedup=name.encode() if self.keyed[name] else False)
        with ExitStack() as stack:
            (row,) = self._outbox(stack).accept([Incoming(copy, Origin("rule", 1))])
        assert row is not None
        self.names[row] = name
        if not self.keyed[name]:
            self.doubts[name] += 1  # nobody can tell it from the first

    @rule(seed=st.integers(0, 3), force=st.booleans())
    def send(self, seed, force) -> None:
        """One run to its end."""
        self._send(seed, force=force)

    @rule(statements=st.integers(0, 60), seed=st.integers(0, 3))
    def send_and_crash(self, statements, seed) -> None:
        """One run that ends with its process, at any statement."""
        try:
            self._send(seed, statements=statements)
        except Power:
            for number, name in self.names.items():
                if number not in self.ended:
                    self.doubts[name] += 1

    @rule(seconds=st.sampled_from([1.0, 30.0, 100_000.0]))
    def wait(self, seconds) -> None:
        """Time passes, forwards; the wall clock may be put back by something else."""
        self.clock.now += seconds

    @rule(seconds=st.sampled_from([-3600.0, 3600.0]))
    def step(self, seconds) -> None:
        """Somebody sets the clock."""
        self.clock.now += seconds

    @invariant()
    def every_event_waits_or_has_its_outcome(self) -> None:
        if not hasattr(self, "folder"):
            return
        with ExitStack() as stack:
            waiting = {one.number for one in self._outbox(stack).waiting()}
            with Database(self.folder) as database:
                counted = Counter()
                for one in tally(database, [1], 0):
                    counted[one.outcome] += one.count
        known = waiting | set(self.ended)
        # A run that was cut off may have written outcomes that nobody was told; they are no less final.
        untold = set(self.names) - known
        assert counted.total() == len(self.ended) + len(untold)
        assert waiting <= set(self.names)
        for number in untold:
            self.ended[number] = Outcome.PENDING
            self.arrived_at_the_end[self.names[number]] = self.sender.accepted[self.names[number]]

    @invariant()
    def nothing_arrives_twice_that_was_never_in_doubt(self) -> None:
        if not hasattr(self, "folder"):
            return
        for name, often in self.sender.accepted.items():
            assert often <= 1 + self.doubts[name] + self.sender.untold[name], name

    def _send(self, seed: int, *, force: bool = False, statements: int | None = None) -> None:
        told: list = []
        handed: dict[int, int] = {}
        with ExitStack() as stack:
            outbox = self._outbox(stack)
            database = stack.enter_context(Database(self.folder))
            scope = scope_of(database, "shop", "r")
            ledger = OutboxLedger(scope)
            queue = StoredQueue(
                database, scope, ledger, Tally(scope.number, ()), self.clock.read, force=force
            )
            if statements is not None:
                database._connection = Failing(database, statements)
            run = Run(
                self.sender,
                clock=self.clock,
                about=about(max_events=3),
                settings=DeliverySettings(patience_s=40.0, in_flight=2),
                queue=queue,
                seed=seed,
                outcomes=told,
            )
            before = Counter(self.sender.accepted)
            waiting = list(outbox.waiting())
            for one in waiting:
                handed[one.number] = 1
            try:
                run.of(map(ledger.hand, waiting))
            finally:
                self._learn(told, before, force=force)

    def _learn(self, told: list, before: Counter, *, force: bool) -> None:
        for one in told:
            name = self.names[one.position]
            assert one.position not in self.ended
            uncertain = any(note.code == "may_have_arrived" for note in one.notes) or one.code == "uncertain"
            if one.outcome is Outcome.PENDING:
                continue
            self.ended[one.position] = one.outcome
            if one.outcome is Outcome.DELIVERED:
                assert self.sender.accepted[name] >= 1
            alone = list(self.names.values()).count(name) == 1  # a copy of it may well have been delivered
            if one.outcome is Outcome.REFUSED and alone:
                assert self.sender.accepted[name] == before[name] or uncertain or force

    def _outbox(self, stack: ExitStack) -> Outbox:
        self.opened += 1
        database = stack.enter_context(Database(self.folder, synced=True))
        scope = scope_of(database, "shop", "r")
        return Outbox(database, scope, Tally(scope.number, ()), self.clock.read, b"chance%d" % self.opened)


TestOutboxModel = OutboxMachine.TestCase
TestOutboxModel.settings = settings(
    max_examples=25, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
