"""Sends what is in the outbox, in the background: one run after the other, from the oldest event to the newest.

- A run draws every event once. What it leaves pending is drawn by the next one: the same bytes.
- When a run leaves events pending for a reason that only a person can remedy, the destination is paused: no call is made
  until `resume`. Where the receiver was only not to be reached, or the books could not be written, it is tried again.
- A configuration that is changed ends the run under way: what it has not sent waits, and the next run goes by the new one.
- In test mode events that were made before, and would count, are held back: a run passes them over.
- An event that may have arrived, and whose copy the receiver would not recognise, is sent again on a person's word alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from typing import Final

from plugin_spec import EntryOutcome, Outcome, Prepared, Services
from tiktok_destination.delivery import QueueError, deliver
from tiktok_destination.delivery.codes import NO_PROGRESS, STORE_CODES, UNCERTAIN
from tiktok_destination.delivery.outbox import OutboxLedger, StoredQueue, Waiting, ending
from tiktok_destination.harness.codes import BROKE_OFF, NOT_OPENED
from tiktok_destination.harness.register import Register
from tiktok_destination.harness.route import NotOpenedError, Route
from tiktok_destination.harness.standing import Reason, State
from tiktok_destination.harness.taking_in import POLL_S
from tiktok_destination.hosting.keeping import Keeping
from tiktok_destination.store import StoreError

_PAGE: Final = 500
_DAY_S: Final = 86_400.0
_TRIED_AGAIN: Final = frozenset((NO_PROGRESS, *STORE_CODES))
"""Reasons that may pass by themselves."""


class Sending:
    """For one destination. `work` is the thread's."""

    def __init__(
        self,
        register: Register,
        services: Services,
        stop: threading.Event,
        announce: Callable[[Sequence[EntryOutcome]], None],
        retry_after_s: float,
    ) -> None:
        self._register = register
        self._services = services
        self._stop = stop
        self._announce = announce
        self._retry_after_s = retry_after_s
        self._run = 0
        self._end_of_run = _EndOfRun(stop)
        self._undecided = 0
        """Events that the present run has drawn and not decided."""
        self._tests_alone = False
        """The present run sends test events alone."""
        self._left: dict[Reason, None] = {}
        """Why the present run leaves events in line, in the order in which that was told."""
        self._resumed = False
        """Somebody has resumed since the present run opened its sender."""
        self._unwritten = False
        """The last run could not write all of it down, so the outbox may hold more than the register knows to be pending."""
        self._tidied_at = services.clock()

    def work(self) -> None:
        """Until `stop` is set."""
        register = self._register
        while not self._stop.is_set():
            with register.changed:
                if register.state is State.RETRYING and not register.rest_until(register.send_again_at):
                    self._go_on()
                keeping = register.keeping
                if keeping is None or not self._can_work():
                    register.changed.wait(POLL_S if register.state is State.RETRYING else None)
                    continue
            self._send(keeping)

    def resume(self) -> None:
        """Send again, and try again what waits by itself; the caller holds the register."""
        self._resumed = True
        self._register.held_back.clear()  # the next run sees for itself whether test mode is over
        self._register.accept_again_at = 0.0
        if self._register.state in (State.PAUSED, State.RETRYING):
            self._go_on()
        self._register.changed.notify_all()

    def end_run(self) -> None:
        """Whatever the run under way has not sent is sent by the next one; the caller holds the register."""
        if self._register.state is State.SENDING:
            self._resumed = True
            self._end_of_run.set()
        self._register.changed.notify_all()

    def open_anew(self) -> None:
        """The configuration is another: a run that could not begin is tried by this one; the caller holds the register."""
        self._register.held_back.clear()
        if any(one.code == NOT_OPENED for one in self._register.reasons):
            self._go_on()
        self.end_run()

    def _can_work(self) -> bool:
        return self._register.state is State.IDLE and (self._unwritten or self._register.in_line > 0)

    def _go_on(self) -> None:
        self._register.state = State.IDLE
        self._register.reasons = ()

    def _send(self, keeping: Keeping) -> None:
        register = self._register
        with register.changed:
            route = register.route
            self._run += 1
            run = self._run
            self._undecided = 0
            self._left.clear()
            register.held_back.clear()
            self._resumed = self._unwritten = False
            self._end_of_run = end_of_run = _EndOfRun(self._stop)
            register.state = State.SENDING
        broken: Reason | None = None
        try:
            self._tidy(keeping, route)
            with closing(route.open_sender(self._services)) as sender:
                self._tests_alone = route.in_test_mode()
                ledger = OutboxLedger(keeping.scope)
                deliver(
                    self._flow(run, keeping, ledger),
                    sender=sender,
                    about=route.about,
                    settings=route.settings,
                    services=self._services,
                    queue=StoredQueue(
                        keeping.database, keeping.scope, ledger, keeping.tally, self._services.clock
                    ),
                    on_outcomes=self._decide,
                    stop=end_of_run,
                )
        except NotOpenedError as error:
            broken = Reason.of(NOT_OPENED, register.codes, detail=str(error))
        except (QueueError, StoreError) as error:
            self._unwritten = True
            broken = Reason.of(error.code, register.codes, detail=str(error))
        except Exception as error:  # noqa: BLE001 - the thread must live on; the text may hold anything
            self._services.logger.error("delivery broke off: %s", type(error).__name__)  # noqa: TRY400 - as above
            broken = Reason.of(BROKE_OFF, register.codes)
        self._finish(broken)

    def _tidy(self, keeping: Keeping, route: Route) -> None:
        """What has been kept for long enough ends, once a day. Raises StoreError."""
        now = self._services.clock()
        if now - self._tidied_at >= _DAY_S:
            keeping.database.change(
                ending(keeping.scope.number, now - route.settings.retention_days * _DAY_S)
            )
            self._tidied_at = now

    def _flow(self, run: int, keeping: Keeping, ledger: OutboxLedger) -> Iterator[Prepared]:
        """The events of a run, in order, as long as more come. Read in a thread of `deliver`'s own. Raises StoreError."""
        after = 0
        while (upto := self._await_events(run, after)) is not None:
            page = list(islice(keeping.outbox.waiting(after), _PAGE))
            upto = min(upto, page[-1].number) if len(page) == _PAGE else upto
            for waiting in self._drawn(run, page, after, upto):
                yield ledger.hand(waiting)
            after = upto

    def _await_events(self, run: int, after: int) -> int | None:
        """Up to which number events may be drawn; None: no more come in this run."""
        register = self._register
        with register.changed:
            while run == self._run and not self._stop.is_set():
                if register.entered_to > after:
                    return register.entered_to
                more = register.inputs or register.further
                if not more or register.withheld is not None or register.is_full(self._undecided):
                    return None
                register.changed.wait()
            return None

    def _drawn(self, run: int, page: Sequence[Waiting], after: int, upto: int) -> list[Waiting]:
        """Those of a page that are in line, and may be sent in this run."""
        register = self._register
        with register.changed:
            if run != self._run:
                return []
            told = register.reject_damaged(after, upto, {one.number for one in page})
            drawn = [one for one in page if one.number <= upto and one.number not in register.set_aside]
            if self._tests_alone:
                told += register.hold_back(one.number for one in drawn if not one.event.test)
                drawn = [one for one in drawn if one.event.test]
            self._undecided += len(drawn)
            register.changed.notify_all()
        if told:
            self._announce(told)
        return drawn

    def _decide(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Hear of the next outcomes of a run, by the events' numbers."""
        register = self._register
        decided = []
        with register.changed:
            for told in outcomes:
                self._undecided -= 1
                outcome = register.decide(told)
                if outcome is None:
                    continue
                decided.append(outcome)
                if outcome.outcome is Outcome.PENDING and outcome.code != UNCERTAIN:
                    self._left[Reason.of_pending(outcome, register.codes)] = None
            register.changed.notify_all()
        if decided:
            self._announce(decided)

    def _finish(self, broken: Reason | None) -> None:
        register = self._register
        with register.changed:
            self._run += 1  # a thread that still reads for the run that has ended gets nothing more
            left = (one for one in self._left if broken is None or one.code != broken.code)
            reasons = (*(() if broken is None else (broken,)), *left)
            for_a_person = tuple(one for one in reasons if one.code not in _TRIED_AGAIN)
            if self._resumed or not reasons:
                self._go_on()
            elif for_a_person:
                register.state, register.reasons = State.PAUSED, for_a_person
            else:
                register.state, register.reasons = State.RETRYING, reasons
                register.send_again_at = self._services.monotonic() + self._retry_after_s
            register.changed.notify_all()


class _EndOfRun(threading.Event):
    """Ends one run; the end of all ends it too."""

    def __init__(self, end_of_all: threading.Event) -> None:
        super().__init__()
        self._end_of_all = end_of_all

    def is_set(self) -> bool:
        return super().is_set() or self._end_of_all.is_set()
