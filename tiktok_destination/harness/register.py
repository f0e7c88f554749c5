"""What is known of one destination's deliveries: its inputs, its entries, and which of these wait in the outbox.

- Shared by the threads of the destination: whoever uses it holds `changed`, and notifies it of what others wait for.
- An event is entered when the outbox has accepted it, so the outbox never knows less. It may know more: what waits there
  from before is entered in portions, and of what lies behind `entered_to` nothing is sent.
- Entries are pages' memory alone. What is sent, counted for good and kept is in the books.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable
from typing import Final

import msgspec

from plugin_spec import EntryOutcome, Outcome, Prepared, Services, Settled
from tiktok_destination.delivery import of_event, of_settled
from tiktok_destination.delivery.codes import DAMAGED, UNCERTAIN, WAITING
from tiktok_destination.delivery.outbox import HandedInput, Waiting
from tiktok_destination.harness.codes import TEST_MODE, known_codes
from tiktok_destination.harness.entries import Entry, EntryBook, Story
from tiktok_destination.harness.inputs import Input, InputAccount, InputState, Taken, accepted_up_to
from tiktok_destination.harness.route import Route
from tiktok_destination.harness.standing import Reason, Standing, State, standing
from tiktok_destination.hosting.intake import Place
from tiktok_destination.hosting.keeping import Keeping

MAX_HELD: Final = 50_000
"""Events in line of which pages know; beyond them inputs wait unread, and what is in the outbox waits there."""
MAX_INPUTS_SHOWN: Final = 50


class Register:
    """Not for several threads at once."""

    def __init__(self, route: Route, services: Services) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.route = route
        self.codes = known_codes(route.about)
        self.keeping: Keeping | None = None
        """The books; None: they are not open."""
        self.book = EntryBook(route.about.unknown_name_codes)
        self.inputs: deque[Input] = deque()
        """Being read, and waiting to be."""
        self.shown: dict[int, InputAccount] = {}
        self.state = State.IDLE
        self.reasons: tuple[Reason, ...] = ()
        """Why nothing is sent."""
        self.withheld: Reason | None = None
        """Why nothing is accepted."""
        self.send_again_at = 0.0
        """On the monotonic clock: when sending is tried again, where it waits by itself."""
        self.accept_again_at = 0.0
        """The same of accepting."""
        self.is_opening = True
        """What waits in the outbox from before is being looked for."""
        self.further = 0
        """Events in the outbox that are not entered yet."""
        self.entered_to = 0
        """The number in the outbox of the last event that is entered."""
        self.set_aside: set[int] = set()
        """Numbers in the outbox of events that wait for a person's word."""
        self.held_back: set[int] = set()
        """Those of events that would count, and wait as the configuration is in test mode."""
        self._services = services
        self._entry_of: dict[int, int] = {}
        """Of pending events: by the number in the outbox that of the entry, in rising order."""
        self._earlier: dict[str, int] = {}
        """Inputs of earlier starts, by name."""
        self._inputs_known = 0
        self._entries_known = 0

    @property
    def in_line(self) -> int:
        """Events that are entered, pending, and sent without a further word."""
        return len(self.book.pending) - len(self.set_aside) - len(self.held_back)

    def is_full(self, undecided: int = 0) -> bool:
        """So many are held that no more are entered; `undecided` of them are on their way."""
        return self.in_line + len(self.held_back) - undecided >= MAX_HELD

    def set_route(self, route: Route) -> None:
        """By this one from now on."""
        self.route = route
        self.codes = known_codes(route.about)

    # ---- inputs

    def next_input_number(self) -> int:
        """For an input that is about to be shown."""
        self._inputs_known += 1
        return self._inputs_known

    def show(self, account: InputAccount) -> None:
        """An input that a page shows, as long as it is among the latest."""
        self.shown[account.number] = account
        while len(self.shown) > MAX_INPUTS_SHOWN and next(iter(self.shown.values())) not in self.inputs:
            del self.shown[next(iter(self.shown))]

    def show_unfinished(self, handed: HandedInput) -> None:
        """An input of an earlier start, which was not accepted to its end."""
        account = InputAccount(self.next_input_number(), handed.name, InputState.BROKEN_OFF)
        account.problem = f"The harness ended before its end. {accepted_up_to(handed.record)}"
        self._earlier.setdefault(handed.name, account.number)
        self.show(account)

    # ---- entries

    def enter(self, source: Input, taken: Taken, stored: int | None) -> EntryOutcome:
        """What the outbox has accepted, an event under this number: the outcome that it has at first."""
        entry = taken.entry
        outcome = of_settled(entry) if isinstance(entry, Settled) else self._pending_at_first(entry)
        source.account_for(outcome)
        story = Story(source.plan, taken.records) if source.plan else None
        self._enter(source.number, taken.place, outcome, stored, story)
        return outcome

    def recall(self, waiting: Waiting) -> None:
        """An event that waits in the outbox from before."""
        origin = waiting.origin
        whole = msgspec.structs.replace(
            waiting.event, position=origin.record, ordinal=origin.entry, rows=origin.rows
        )
        outcome = of_event(
            whole,
            Outcome.PENDING,
            waiting.code,
            path=waiting.path,
            reason=waiting.reason,
            attempts=waiting.attempts,
        )
        account = self._account_of(origin.input)
        account.account_for(outcome)
        place = Place(origin.record, origin.line or 0, origin.rows)
        self._enter(account.number, place, outcome, waiting.number, None)
        if waiting.code == UNCERTAIN:
            self.set_aside.add(waiting.number)
        self.further = max(self.further - 1, 0)

    def decide(self, told: EntryOutcome) -> EntryOutcome | None:
        """What a run came to with an event, by its number in the outbox: the entry's outcome. None: it has one already."""
        number = self._entry_of.get(told.position)
        if number is None:
            return None
        before = self.book.pending[number].outcome
        outcome = msgspec.structs.replace(
            told,
            position=before.position,
            ordinal=before.ordinal,
            rows=before.rows,
            attempts=before.attempts + told.attempts,
        )
        self._change(told.position, outcome)
        if outcome.outcome is Outcome.PENDING and outcome.code == UNCERTAIN:
            self.set_aside.add(told.position)
        return outcome

    def reject_damaged(self, after: int, upto: int, whole: Collection[int]) -> list[EntryOutcome]:
        """Of the numbers behind `after` and up to `upto` the outbox has these; any other was damaged there."""
        lost = [n for n in range(after + 1, upto + 1) if n in self._entry_of and n not in whole]
        outcomes = []
        for number in lost:
            self.set_aside.discard(number)
            self.held_back.discard(number)
            before = self.book.pending[self._entry_of[number]].outcome
            outcome = msgspec.structs.replace(
                before, outcome=Outcome.REJECTED, code=DAMAGED, reason=None, path=None
            )
            self._change(number, outcome)
            outcomes.append(outcome)
        return outcomes

    def hold_back(self, numbers: Iterable[int]) -> list[EntryOutcome]:
        """In test mode these wait, as they would count: the outcomes of those whose reason for waiting is a new one."""
        outcomes = []
        for number in numbers:
            if number not in self._entry_of:
                continue
            self.held_back.add(number)
            before = self.book.pending[self._entry_of[number]].outcome
            if before.code != TEST_MODE:
                outcome = msgspec.structs.replace(before, code=TEST_MODE, reason=None, path=None)
                self._change(number, outcome)
                outcomes.append(outcome)
        return outcomes

    def hear_word(self, stored: int) -> None:
        """A person's word: this event is in line again."""
        self.set_aside.discard(stored)
        before = self.book.pending[self._entry_of[stored]].outcome
        self._change(stored, msgspec.structs.replace(before, code=WAITING, reason=None, path=None))

    def standing(self) -> Standing:
        """Everything that can be said of it now, as one consistent whole."""
        state, reasons, again_at = self.state, self.reasons, self.send_again_at
        if self.keeping is None and self.withheld is not None:
            state, reasons, again_at = State.RETRYING, (self.withheld,), self.accept_again_at
        elif self.is_opening and state is State.IDLE:
            state = State.OPENING
        return standing(
            self.book,
            self.codes,
            name=self.route.name,
            state=state,
            reasons=reasons,
            is_open=self.keeping is not None,
            withheld=None if self.keeping is None else self.withheld,
            retry_in_s=self.rest_until(again_at) if state is State.RETRYING else None,
            in_line=self.in_line,
            set_aside=len(self.set_aside),
            held_back=len(self.held_back),
            further=self.further,
            is_full=self.is_full(),
            inputs=tuple(one.seen() for one in reversed(self.shown.values())),
        )

    def rest_until(self, moment: float) -> float:
        """Seconds until this moment on the monotonic clock; 0: it has come."""
        return max(moment - self._services.monotonic(), 0.0)

    def _enter(
        self, source: int, place: Place, outcome: EntryOutcome, stored: int | None, story: Story | None
    ) -> None:
        self._entries_known += 1
        number, now = self._entries_known, self._services.clock()
        entry = Entry(
            number=number,
            input=source,
            place=place,
            outcome=outcome,
            entered_at=now,
            changed_at=now,
            stored=stored,
        )
        if stored is not None:
            self._entry_of[stored] = number
            self.entered_to = stored
        self.book.enter(entry, story)

    def _change(self, stored: int, outcome: EntryOutcome) -> None:
        number = self._entry_of[stored]
        entry = self.book.pending[number]
        account = self.shown.get(entry.input)
        if account is not None:
            account.change(entry.outcome.outcome, outcome.outcome)
        if outcome.outcome is not Outcome.PENDING:
            del self._entry_of[stored]
        self.book.change(number, outcome, self._services.clock())

    def _pending_at_first(self, event: Prepared) -> EntryOutcome:
        if not self.reasons:
            return of_event(event, Outcome.PENDING, WAITING)
        first = self.reasons[0]
        return of_event(event, Outcome.PENDING, first.code, path=first.path, reason=first.behind_code)

    def _account_of(self, name: str) -> InputAccount:
        known = self.shown.get(self._earlier.get(name, 0))
        if known is None:
            known = InputAccount(self.next_input_number(), name, InputState.EARLIER)
            self._earlier[name] = known.number
            self.show(known)
        return known
