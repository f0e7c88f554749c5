"""The deliveries of one destination: inputs come in, one thread in the background sends them, and everybody may look on.

- An entry has an outcome from the moment it is known, and it is pending until something is final. Nothing is dropped.
- One queue for the life of the destination recognises copies. What stayed pending is sent again as it was: the same bytes.
- When a run leaves events pending for a reason that only a person can remedy, the destination is paused: what comes in is
  prepared and held, and no call is made until `resume`. Where the receiver was only not to be reached, it is tried again.
- A configuration that is changed ends the run under way: what it has not sent waits, and the next run goes by the new one.
- An event that may have arrived, and whose copy the receiver would not recognise, is sent again on a person's word alone.
- All of it is in memory: what is pending when the process ends has to be given again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import msgspec

from plugin_spec import About, EntryOutcome, Note, Outcome, Plan, Prepared, Sender, Services, Settled
from tiktok_destination.delivery import DeliverySettings, MemoryQueue, deliver, of_event, of_settled
from tiktok_destination.delivery.codes import MAY_HAVE_ARRIVED, NO_PROGRESS, UNCERTAIN, WAITING
from tiktok_destination.formats import RecordFile
from tiktok_destination.harness.codes import BROKE_OFF, NOT_OPENED, known_codes
from tiktok_destination.harness.entries import Entry, EntryBook, Story
from tiktok_destination.harness.inputs import Input, InputState, Source, Taken, of_events, of_file, of_records
from tiktok_destination.harness.standing import Reason, Standing, State, standing

MAX_HELD: Final = 50_000
"""Events that may be held; beyond them inputs wait unread."""
MAX_INPUTS_WAITING: Final = 1_000
MAX_INPUTS_SHOWN: Final = 50
RETRY_AFTER_S: Final = 60.0
"""Rest between two runs, when the receiver was not to be reached for a whole run's patience."""
_POLL_S: Final = 0.5


class NotOpenedError(Exception):
    """There is no sender to be had at the moment. Holds lines for people, without a secret."""


class NotAcceptedError(Exception):
    """An input is not taken: the sentence says why."""


@dataclass(frozen=True)
class Route:
    """Where the events of a destination go."""

    name: str
    about: About
    settings: DeliverySettings
    open_sender: Callable[[Services], Sender]
    """With the credential of that moment. Raises NotOpenedError."""


class Deliveries:
    """One destination. Every method may be called from any thread."""

    def __init__(
        self,
        route: Route,
        services: Services,
        stop: threading.Event,
        *,
        announce: Callable[[Sequence[EntryOutcome]], None],
        retry_after_s: float = RETRY_AFTER_S,
    ) -> None:
        """`services.sleep` ends when `stop` is set; `announce` hears of outcomes as they are decided."""
        self._route = route
        self._services = services
        self._stop = stop
        self._announce = announce
        self._retry_after_s = retry_after_s
        self._codes = known_codes(route.about)
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._reading = threading.Lock()
        """Held by the one thread that reads inputs."""
        self._telling = threading.Lock()
        self._book = EntryBook(route.about.unknown_name_codes)
        self._queue = MemoryQueue()
        self._inputs: deque[Input] = deque()
        """Being read, and waiting to be."""
        self._shown: dict[int, Input] = {}
        self._inputs_taken = 0
        self._entries_taken = 0
        self._held: deque[int] = deque()
        """Pending entries that the next run takes first, in order."""
        self._set_aside: set[int] = set()
        """Pending entries that wait for a person's word."""
        self._handed: deque[int] = deque()
        """Entries that the present run has got and not decided, in order."""
        self._kept: list[int] = []
        """Entries that the present run leaves pending."""
        self._run = 0
        self._run_began_at = 0.0
        self._resumed = False
        """Somebody has resumed since the present run opened its sender."""
        self._end_of_run = _EndOfRun(stop)
        self._state = State.IDLE
        self._reasons: tuple[Reason, ...] = ()
        self._retry_at = 0.0
        self._thread = threading.Thread(target=self._work, name=f"deliveries of {route.name}", daemon=True)
        self._thread.start()

    def reroute(self, route: Route) -> None:
        """The configuration was changed: from the next run on its settings hold."""
        with self._lock:
            self._route = route
            self._codes = known_codes(route.about)

    def accept_file(self, records: RecordFile, plan: Plan) -> int:
        """Take an open file, which is closed here when it is done with; the input's number. Raises NotAcceptedError."""
        return self._accept(of_file(records, plan, self._services.clock))

    def accept_records(self, bodies: Sequence[bytes], name: str, plan: Plan) -> int:
        """Take records, JSON objects; the input's number. Raises NotAcceptedError."""
        return self._accept(of_records(bodies, name, plan, self._services.clock))

    def accept_events(self, events: Sequence[Prepared], name: str) -> int:
        """Take events that come from no record, at positions from 1; the input's number. Raises NotAcceptedError."""
        return self._accept(of_events(events, name))

    def resume(self) -> None:
        """Send again: held events first. By a person, or because there is a new credential."""
        with self._changed:
            self._resumed = True
            if self._state in (State.PAUSED, State.RETRYING):
                self._go_on()
            self._changed.notify_all()

    def open_anew(self) -> None:
        """The configuration is another: the run under way ends, and a run that could not begin is tried by this one."""
        with self._changed:
            if self._state is State.SENDING:
                self._resumed = True
                self._end_of_run.set()
            elif any(one.code == NOT_OPENED for one in self._reasons):
                self._go_on()
            self._changed.notify_all()

    def send_again(self, number: int) -> bool:
        """A person's word that an event which may have arrived is to be sent again; False: it does not wait for that."""
        with self._changed:
            if number not in self._set_aside:
                return False
            self._set_aside.discard(number)
            self._held.append(number)
            entry = self._book.pending[number]
            self._book.change(number, _pending_anew(entry, WAITING), self._now())
            self._changed.notify_all()
            return True

    def stop(self) -> int:
        """End the deliveries: what is in flight is awaited. How many events stay pending, which ends with the process."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        self._thread.join()
        with self._lock:
            self._state = State.STOPPED
            for waiting in self._inputs:
                waiting.stop()
            self._inputs.clear()
            return len(self._book.pending)

    def standing(self) -> Standing:
        """Everything that can be said of it now, as one consistent whole."""
        with self._lock:
            return standing(
                self._book,
                self._codes,
                name=self._route.name,
                state=self._state,
                reasons=self._reasons,
                retry_in_s=self._retry_in_s() if self._state is State.RETRYING else None,
                in_line=len(self._held) + len(self._handed) + len(self._kept),
                set_aside=len(self._set_aside),
                inputs=tuple(one.seen() for one in reversed(self._shown.values())),
            )

    def entries(self, fits: Callable[[Entry], bool], most: int) -> list[Entry]:
        """The newest entries that fit."""
        with self._lock:
            found = []
            for entry in self._book.latest():
                if fits(entry):
                    found.append(entry)
                if len(found) >= most:
                    break
            return found

    def entry(self, number: int) -> tuple[Entry, Story | None] | None:
        """One entry, and what its story is told from while that is kept."""
        with self._lock:
            entry = self._book.find(number)
            return None if entry is None else (entry, self._book.story(number))

    def await_input(self, number: int, longest_s: float) -> bool:
        """Wait until every entry of an input is decided, or nothing is sent; False: it still goes on."""

        def is_done() -> bool:
            source = self._shown.get(number)
            if source is None:
                return True
            read = source.state in (InputState.READ, InputState.BROKEN_OFF)
            held = self._state in (State.PAUSED, State.RETRYING, State.STOPPED)
            return read and (held or not source.outcomes[Outcome.PENDING])

        with self._changed:
            return self._changed.wait_for(is_done, longest_s)

    def waits_for_a_word(self, number: int) -> bool:
        """Whether this event is sent again on a person's word alone."""
        with self._lock:
            return number in self._set_aside

    # ---- taking in

    def _accept(self, source: Source) -> int:
        with self._changed:
            if self._stop.is_set():
                raise NotAcceptedError("The harness is being stopped.")
            if len(self._inputs) >= MAX_INPUTS_WAITING:
                raise NotAcceptedError(
                    f"{MAX_INPUTS_WAITING} inputs are waiting already: let them be sent first."
                )
            self._inputs_taken += 1
            taken = Input(self._inputs_taken, source)
            self._inputs.append(taken)
            self._shown[taken.number] = taken
            while (
                len(self._shown) > MAX_INPUTS_SHOWN and next(iter(self._shown.values())) not in self._inputs
            ):
                del self._shown[next(iter(self._shown))]
            self._changed.notify_all()
            return taken.number

    def _next_event(self) -> int | None:
        """Read on to the next event, which is held then; what needs no sending gets its outcome. None: nothing waits."""
        with self._reading:
            while not self._stop.is_set():
                with self._lock:
                    source = self._inputs[0] if self._inputs else None
                if source is None:
                    return None
                taken = source.next(self._services.logger)
                with self._lock:
                    if self._stop.is_set():
                        return None
                    if taken is None:
                        self._inputs.popleft()
                        self._changed.notify_all()
                        continue
                    number = self._enter(source, taken)
                if isinstance(taken.entry, Prepared):
                    return number
                self._tell([of_settled(taken.entry)])
        return None

    def _enter(self, source: Input, taken: Taken) -> int:
        entry = taken.entry
        event = entry if isinstance(entry, Prepared) else None
        outcome = of_settled(entry) if isinstance(entry, Settled) else self._pending_at_first(entry)
        self._entries_taken += 1
        now = self._now()
        self._book.enter(
            Entry(
                number=self._entries_taken,
                input=source.number,
                place=taken.place,
                outcome=outcome,
                entered_at=now,
                changed_at=now,
                event=event,
            ),
            Story(source.plan, taken.records) if source.plan else None,
        )
        source.account_for(outcome)
        if event is not None:
            self._held.append(self._entries_taken)
        return self._entries_taken

    def _pending_at_first(self, event: Prepared) -> EntryOutcome:
        if not self._reasons:
            return of_event(event, Outcome.PENDING, WAITING)
        first = self._reasons[0]
        return of_event(event, Outcome.PENDING, first.code, path=first.path, reason=first.behind_code)

    # ---- the thread

    def _work(self) -> None:
        while not self._stop.is_set():
            with self._changed:
                if self._state is State.RETRYING and self._retry_in_s() <= 0:
                    self._go_on()
                if not self._can_work():
                    self._changed.wait(_POLL_S if self._state is State.RETRYING else None)
                    continue
                sends = self._state is State.IDLE and bool(self._held)
            if sends:
                self._send()
            else:
                self._next_event()

    def _can_work(self) -> bool:
        if self._state is State.IDLE:
            return bool(self._held or self._inputs)
        return bool(self._inputs) and len(self._held) < MAX_HELD

    def _go_on(self) -> None:
        self._state = State.IDLE
        self._reasons = ()

    def _send(self) -> None:
        """One run: everything that is held, and the inputs to their ends."""
        with self._lock:
            route = self._route
            self._run += 1
            run = self._run
            self._run_began_at = self._now()
            self._resumed = False
            self._end_of_run = end_of_run = _EndOfRun(self._stop)
            self._state = State.SENDING
        broken: Reason | None = None
        try:
            with closing(route.open_sender(self._services)) as sender:
                deliver(
                    self._flow(run),
                    sender=sender,
                    about=route.about,
                    settings=route.settings,
                    services=self._services,
                    queue=self._queue,
                    on_outcomes=self._decide,
                    stop=end_of_run,
                )
        except NotOpenedError as error:
            broken = Reason.of(NOT_OPENED, self._codes, detail=str(error))
        except Exception as error:  # noqa: BLE001 - the thread must live on; the text may hold anything
            self._services.logger.error("delivery broke off: %s", type(error).__name__)  # noqa: TRY400 - as above
            broken = Reason.of(BROKE_OFF, self._codes)
        self._end_run(broken)

    def _flow(self, run: int) -> Iterator[Prepared]:
        """The events of a run, in order: the held ones, then those of the inputs. Read in a thread of `deliver`'s own."""
        while (event := self._hand(run)) is not None:
            yield event

    def _hand(self, run: int) -> Prepared | None:
        while True:
            with self._lock:
                if run != self._run or self._stop.is_set():
                    return None
                while self._held:
                    entry = self._book.pending[self._held.popleft()]
                    if self._must_not_be_repeated(entry):
                        self._wait_for_a_word(entry)
                        continue
                    self._handed.append(entry.number)
                    return _event(entry)
                if len(self._kept) >= MAX_HELD:
                    return None
            if self._next_event() is None:
                return None

    def _must_not_be_repeated(self, entry: Entry) -> bool:
        if entry.uncertain_since is None or _event(entry).test:
            return False
        # Less a run's patience, as the repetition may take that long.
        known_for_s = self._route.about.repeat_window_s - self._route.settings.patience_s
        return self._now() - entry.uncertain_since > known_for_s

    def _wait_for_a_word(self, entry: Entry) -> None:
        self._book.change(entry.number, _pending_anew(entry, UNCERTAIN), self._now(), entry.uncertain_since)
        self._set_aside.add(entry.number)

    def _decide(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Hear of the next outcomes of a run, in the order in which it was handed the events."""
        decided = []
        with self._lock:
            now = self._now()
            for told in outcomes:
                number = self._handed.popleft()
                entry = self._book.pending[number]
                outcome, uncertain_since = self._with_history(entry, told)
                if outcome.outcome is Outcome.PENDING:
                    if outcome.code == UNCERTAIN:
                        self._set_aside.add(number)
                    else:
                        self._kept.append(number)
                source = self._shown.get(entry.input)
                if source is not None:
                    source.outcomes[entry.outcome.outcome] -= 1
                    source.outcomes[outcome.outcome] += 1
                self._book.change(number, outcome, now, uncertain_since)
                decided.append(outcome)
            self._changed.notify_all()
        self._tell(decided)

    def _with_history(self, entry: Entry, told: EntryOutcome) -> tuple[EntryOutcome, float | None]:
        """The outcome with what earlier runs have to do with it."""
        attempts = entry.outcome.attempts + told.attempts
        uncertain_since = entry.uncertain_since
        own_notes = told.notes[len(_event(entry).notes) :]
        says_so = any(note.code == MAY_HAVE_ARRIVED for note in own_notes)
        if told.outcome is Outcome.DELIVERED:
            return msgspec.structs.replace(told, attempts=attempts), None
        if uncertain_since is None:
            uncertain_since = self._run_began_at if says_so or told.code == UNCERTAIN else None
        elif not says_so:
            told = msgspec.structs.replace(told, notes=(*told.notes, Note(MAY_HAVE_ARRIVED)))
        return msgspec.structs.replace(told, attempts=attempts), uncertain_since

    def _end_run(self, broken: Reason | None) -> None:
        with self._changed:
            self._run += 1  # a thread that still reads for the run that has ended gets nothing more
            kept = [self._book.pending[number].outcome for number in self._kept]
            reasons = tuple(dict.fromkeys(Reason.of_pending(one, self._codes) for one in kept))
            self._held = deque(sorted((*self._kept, *self._handed, *self._held)))
            self._kept = []
            self._handed.clear()
            for_a_person = tuple(one for one in reasons if one.code != NO_PROGRESS)
            if broken is not None:
                for_a_person = (broken, *for_a_person)
            if self._resumed or not (for_a_person or reasons):
                self._go_on()
            elif for_a_person:
                self._state, self._reasons = State.PAUSED, for_a_person
            else:
                self._state, self._reasons = State.RETRYING, reasons
                self._retry_at = self._services.monotonic() + self._retry_after_s
            self._changed.notify_all()

    def _tell(self, outcomes: Sequence[EntryOutcome]) -> None:
        with self._telling:
            self._announce(outcomes)

    def _retry_in_s(self) -> float:
        return max(self._retry_at - self._services.monotonic(), 0.0)

    def _now(self) -> float:
        return self._services.clock()


class _EndOfRun(threading.Event):
    """Ends one run; the end of all ends it too."""

    def __init__(self, end_of_all: threading.Event) -> None:
        super().__init__()
        self._end_of_all = end_of_all

    def is_set(self) -> bool:
        return super().is_set() or self._end_of_all.is_set()


def _pending_anew(entry: Entry, code: str) -> EntryOutcome:
    """Pending for another reason."""
    return msgspec.structs.replace(entry.outcome, code=code, reason=None, path=None)


def _event(entry: Entry) -> Prepared:
    """The event of a pending entry."""
    if entry.event is None:
        raise ValueError("only a pending entry has its event")
    return entry.event
