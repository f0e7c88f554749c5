"""One run: reads entries, keeps requests under way, and hands outcomes on until every entry that was read has one.

- The calling thread owns all state. Threads of the pool run `sender.send` and nothing else; where the input may wait, one
  thread reads ahead.
- At most (in_flight + 1) · max_events entries are held between reading and handing on; reading stops meanwhile.
- A turn of the loop decides, writes down, and acts: no request begins and no outcome is told before the queue has it.
- Nothing is dropped: what cannot be sent in this run ends as pending, with the code of what stands in the way.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from plugin_spec import About, EntryOutcome, Prepared, Reply, Sender, Services, Settled
from tiktok_destination.delivery.answers import Answers, Flight, failed_reply
from tiktok_destination.delivery.books import Admitted, Books, admitted_of
from tiktok_destination.delivery.codes import INTERRUPTED, NO_ANSWER, NO_PROGRESS
from tiktok_destination.delivery.inlet import DirectInlet, Inlet, ThreadedInlet
from tiktok_destination.delivery.lane import Lane, Pause
from tiktok_destination.delivery.lanes import Lanes
from tiktok_destination.delivery.order import OrderBuffer
from tiktok_destination.delivery.outcomes import of_settled
from tiktok_destination.delivery.parts import Part, parts_of
from tiktok_destination.delivery.queue import Queue, QueueError
from tiktok_destination.delivery.settings import DeliverySettings
from tiktok_destination.delivery.split import Split

_IDLE_S = 0.5
"""Real time without an arrival after which parts that are not full are sent."""
_POLL_S = 0.5
"""Longest rest: a signal handler sets `stop` without ringing the bell."""
_SHORTEST_SLEEP_S = 0.001
"""So that a rounded clock comes past the moment that is waited for."""
_READ_AHEAD = 512
"""Entries that may wait in the inlet: enough that reading and sending do not wake each other for every entry."""


def deliver(  # noqa: PLR0913 (the seam between a host and its run: each argument is one thing that the host owns)
    entries: Iterable[Prepared | Settled],
    *,
    sender: Sender,
    about: About,
    settings: DeliverySettings,
    services: Services,
    queue: Queue,
    on_outcomes: Callable[[Sequence[EntryOutcome]], None],
    stop: threading.Event,
    may_wait: bool = True,
) -> None:
    """Send every event of `entries` and hand on one outcome for each entry, in their order, in portions.

    `entries` is read lazily, in another thread, and may block. Not `may_wait`: it waits for nothing but this machine, and
    is read in the calling thread, which is quicker. Once `stop` is set no request begins; those under way
    are awaited, what was read and not decided becomes pending, and what was not yet read has no outcome. The sender is
    not closed.

    Raises what `entries` raised, after every entry before it has its outcome, and what `on_outcomes` raises. Raises
    QueueError, in the end as well, where outcomes that were handed on could not be written down: nothing more was sent
    from that moment on.
    """
    _Run(entries, sender, about, settings, services, queue, on_outcomes, stop, may_wait).to_the_end()


@dataclass
class _Run:
    """What `deliver` was given, and the state of the run."""

    entries: Iterable[Prepared | Settled]
    sender: Sender
    about: About
    settings: DeliverySettings
    services: Services
    queue: Queue
    on_outcomes: Callable[[Sequence[EntryOutcome]], None]
    stop: threading.Event
    may_wait: bool

    def __post_init__(self) -> None:
        window = (self.settings.in_flight + 1) * self.about.max_events
        random = self.services.random
        self._bell = threading.Event()
        self._inlet = self._inlet_of(self.entries)
        self._order = OrderBuffer(window=window)
        self._books = Books(self._order, self.queue)
        self._lanes = Lanes(self.about, coin=lambda: random.random() < 0.5)
        self._answers = Answers(
            lanes=self._lanes,
            books=self._books,
            queue=self.queue,
            services=self.services,
            repeat_window_s=self.about.repeat_window_s,
        )
        self._pool = ThreadPoolExecutor(self.settings.in_flight, thread_name_prefix="delivery")
        self._landed: deque[tuple[Flight, Future[Reply]]] = deque()
        self._in_flight = 0
        self._begun = 0
        self._staged: list[Flight] = []
        """Requests that begin as soon as it is written down that they do."""
        self._decided: list[EntryOutcome] = []
        """The next outcomes to hand on, not written down yet."""
        self._fault: QueueError | None = None
        """Why the queue could not be asked or written; None: it always could."""
        self._interrupted = False
        self._moved_at = self.services.monotonic()
        self._answered_since = False
        """Some answer came after `_moved_at`, though nothing moved by it."""
        self._arrived_at = time.monotonic()

    def to_the_end(self) -> None:
        """Run until everything that was read is handed on."""
        self._inlet.open()
        try:
            while True:
                # Cleared before looking: whatever comes after the look rings again.
                self._bell.clear()
                self._take_answers()
                self._heed_stop()
                self._admit_successors()
                self._read()
                self._heed_patience()
                self._stage_requests()
                self._settle_held()
                self._lanes.rest_idle()
                self._write_down()
                if self._is_over():
                    break
                if not self._books.has_successors():
                    self._rest()
        finally:
            self._inlet.close()
            self._pool.shutdown(wait=True)
            self.queue.end_run()
        if self._fault is not None:
            raise self._fault
        if self._inlet.error is not None and not self._interrupted:
            raise self._inlet.error

    def _inlet_of(self, entries: Iterable[Prepared | Settled]) -> Inlet:
        if not self.may_wait:
            return DirectInlet(entries)
        return ThreadedInlet(entries, capacity=min(_READ_AHEAD, self.about.max_events), bell=self._bell)

    def _take_answers(self) -> None:
        while self._landed:
            flight, future = self._landed.popleft()
            self._in_flight -= 1
            flight.lane.in_flight -= 1
            if self._answers.take(flight, self._reply_of(flight, future), last_begun=self._begun):
                self._moved()
            else:
                self._answered_since = True

    def _moved(self) -> None:
        self._moved_at = self.services.monotonic()
        self._answered_since = False

    def _reply_of(self, flight: Flight, future: Future[Reply]) -> Reply:
        error = future.exception()
        if error is None:
            reply = future.result()
            if isinstance(reply, Reply) and len(reply.verdicts) == len(flight.part):
                return reply
            self.services.logger.error("the sender's reply does not hold one verdict for each event")
        else:
            self.services.logger.error("the sender raised %s", type(error).__name__)
        return failed_reply(len(flight.part))

    def _heed_stop(self) -> None:
        if self.stop.is_set() and not self._interrupted:
            self._read_no_further(Pause(INTERRUPTED))

    def _read_no_further(self, pause: Pause) -> None:
        self._interrupted = True
        self._inlet.close()
        self._answers.pause_all(pause)

    def _read(self) -> None:
        room = self._order.room()
        arrived = self._inlet.take(room) if room > 0 and not self._interrupted else []
        if arrived:
            self._moved()
            self._admit(arrived)
        if arrived or room <= 0:
            self._arrived_at = time.monotonic()
        idle = time.monotonic() - self._arrived_at >= _IDLE_S
        full_and_still = room <= 0 and not self._in_flight
        if idle or full_and_still or self._inlet.has_ended():
            self._lanes.close_fillings()

    def _admit(self, arrived: list[Prepared | Settled]) -> None:
        events: list[Prepared] = []
        places: list[int] = []
        for place, entry in enumerate(arrived, start=self._order.reserve(len(arrived))):
            if isinstance(entry, Settled):
                self._order.put(place, of_settled(entry))
            else:
                events.append(entry)
                places.append(place)
        if not events:
            return
        try:
            admitted = self._books.admit(events, places)
        except QueueError as error:
            self._fault = error
            self._read_no_further(Pause(error.code))
            admitted = admitted_of(events, places)
        self._line_up(admitted)

    def _admit_successors(self) -> None:
        self._line_up(self._books.take_successors())

    def _line_up(self, admitted: Sequence[Admitted]) -> None:
        again: dict[tuple[str, float], list[Admitted]] = {}
        batch_key: str | None = None
        for one in admitted:
            event, place, uncertain_since = one
            if event.batch_key != batch_key:
                batch_key = event.batch_key
                lane = self._lanes.of(batch_key)
                pause, fill = lane.pause or self._lanes.pause, lane.filling.add
            if pause is not None:
                self._books.not_sent(event, place, pause, uncertain_since)
            elif uncertain_since is not None:
                again.setdefault((batch_key, uncertain_since), []).append(one)
            else:
                full = fill(event, place)
                if full is not None:
                    lane.add(full)
        for (batch_key, since), alike in again.items():
            self._line_up_again(self._lanes.of(batch_key), since, alike)

    def _line_up_again(self, lane: Lane, since: float, alike: Sequence[Admitted]) -> None:
        """Events that may have arrived go in parts of their own, as the events of a part share one history."""
        for part in parts_of(
            ((event, place) for event, place, _ in alike), self.about, uncertain_since=since
        ):
            known = [self._answers.may_repeat(event) for event in part.events]
            repeated = part.only(index for index, may in enumerate(known) if may)
            if len(repeated) < len(part):
                self._books.uncertain(part.only(index for index, may in enumerate(known) if not may), None)
            if repeated:
                lane.add(repeated)

    def _heed_patience(self) -> None:
        if self._lanes.have_work() and self._patience_left_s() <= 0:
            self._answers.pause_all(Pause(NO_PROGRESS, self._obstacle()))

    def _obstacle(self) -> str | None:
        """The code of what stood in the way while nothing moved."""
        gated = self._lanes.next_opening(self.services.monotonic()) is not None
        if self._in_flight and not gated and not self._answered_since:
            return NO_ANSWER
        return self._answers.last_reason

    def _patience_left_s(self) -> float:
        return self._moved_at + self.settings.patience_s - self.services.monotonic()

    def _stage_requests(self) -> None:
        while self._in_flight < self.settings.in_flight:
            now_s = self.services.monotonic()
            found = self._lanes.next_part(now_s, hurry=self._order.room() <= 0)
            if found is None:
                return
            lane, part, split = found
            clock_s = self.services.clock()
            fit = self._still_fit(part, clock_s)
            if fit:
                self._stage(lane, fit, split, clock_s)
            else:
                lane.leaves_split(split, answered=False)
                lane.forget_finished()

    def _still_fit(self, part: Part, clock_s: float) -> Part:
        """The events that may still be sent at `clock_s`; the others get their outcome."""
        if part.earliest_end < clock_s:
            ends = [event.not_after < clock_s for event in part.events]
            self._books.expired(part.only(index for index, ended in enumerate(ends) if ended))
            part = part.only(index for index, ended in enumerate(ends) if not ended)
            self._moved()
        since = part.uncertain_since
        if since is not None and clock_s - since > self.about.repeat_window_s:
            tests = [event.test for event in part.events]
            forgotten = part.only(index for index, test in enumerate(tests) if not test)
            self._books.uncertain(forgotten, self._answers.last_reason)
            part = part.only(index for index, test in enumerate(tests) if test)
        return part

    def _stage(self, lane: Lane, part: Part, split: Split | None, clock_s: float) -> None:
        self._begun += 1
        self._in_flight += 1
        lane.in_flight += 1
        self._staged.append(Flight(self._begun, clock_s, lane, part, split))
        self.queue.begin(self._begun, part.events, clock_s)

    def _write_down(self) -> None:
        """Let the queue know what this turn decided; then begin what is staged, and hand on what is decided."""
        self._decided += self._order.take()
        try:
            self.queue.commit(self._decided)
        except QueueError as error:
            self._fault = error
            self._withdraw(error)
            if not self._is_decided():
                return  # tried again before the end
        for flight in self._staged:
            bodies = [event.body for event in flight.part.events]
            future = self._pool.submit(self.sender.send, flight.lane.batch_key, bodies)
            future.add_done_callback(partial(self._land, flight))
        self._staged.clear()
        decided, self._decided = self._decided, []
        if decided:
            self.on_outcomes(decided)

    def _withdraw(self, error: QueueError) -> None:
        """Nothing is sent of which nobody could know after a crash, and nothing is read that would be held in memory alone."""
        self._read_no_further(Pause(error.code))
        for flight in self._staged:
            self._in_flight -= 1
            flight.lane.in_flight -= 1
            flight.lane.leaves_split(flight.split, answered=False)
            self._books.pending(flight.part, Pause(error.code))
            self.queue.land(flight.number)
        self._staged.clear()
        self._decided += self._order.take()

    def _land(self, flight: Flight, future: Future[Reply]) -> None:
        self._landed.append((flight, future))
        self._bell.set()

    def _settle_held(self) -> None:
        """Held refusals are final when nothing more of their key can come, or when they alone fill the window."""
        ended = self._inlet.has_ended()
        stuck = self._order.room() <= 0 and not self._in_flight and not self._lanes.have_work()
        for lane in self._lanes:
            if lane.held and (stuck or (ended and lane.is_idle())):
                self._answers.refuse_held(lane)

    def _is_over(self) -> bool:
        return self._is_decided() and not self._decided

    def _is_decided(self) -> bool:
        """Every entry that was read, and that ever will be, has its outcome."""
        read = self._interrupted or self._inlet.has_ended()
        return read and self._order.is_empty()

    def _rest(self) -> None:
        """Wait for the next thing that can happen, and no longer."""
        can_read = self._order.room() > 0 and not self._interrupted and not self._inlet.has_ended()
        if self._landed or (can_read and not self._inlet.is_empty()):
            return
        idle_s = time.monotonic() - self._arrived_at
        now_s = self.services.monotonic()
        opening = self._lanes.next_opening(now_s)
        rest_s = _POLL_S
        if can_read and self._lanes.are_filling():
            rest_s = min(rest_s, _IDLE_S - idle_s)
        if opening is not None:
            rest_s = min(rest_s, opening - now_s, self._patience_left_s())
        rest_s = max(rest_s, _SHORTEST_SLEEP_S)
        # The host's own sleep passes only where no answer can come, and nobody has just been writing.
        if opening is not None and not self._in_flight and not (can_read and idle_s < _IDLE_S):
            self.services.sleep(rest_s)
        else:
            self._bell.wait(rest_s)
