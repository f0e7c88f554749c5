"""The deliveries of one destination: inputs come in, threads in the background accept and send them, everybody may look on.

- An entry has an outcome from the moment it is known, and it is pending until something is final. Nothing is dropped.
- It is known when the outbox has accepted it: from then on it outlives the harness, however that ends.
- `taking_in` accepts, `sending` sends, and `register` is what both know and pages show.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Final

from plugin_spec import EntryOutcome, Outcome, Plan, Prepared, Services
from tiktok_destination.formats import RecordFile
from tiktok_destination.harness.entries import Entry, Story
from tiktok_destination.harness.inputs import Input, InputState, Source, of_events, of_file, of_records
from tiktok_destination.harness.register import Register
from tiktok_destination.harness.route import Route
from tiktok_destination.harness.sending import Sending
from tiktok_destination.harness.standing import Standing, State
from tiktok_destination.harness.taking_in import TakingIn
from tiktok_destination.store import StoreError

MAX_INPUTS_WAITING: Final = 1_000
RETRY_AFTER_S: Final = 60.0
"""Rest before what may pass by itself is tried again: a receiver that was not to be reached, a disk that was full."""
_CHANCE_BYTES: Final = 16


class NotAcceptedError(Exception):
    """An input is not taken: the sentence says why."""


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
        self._services = services
        self._stop = stop
        self._announce = announce
        self._telling = threading.Lock()
        self._register = Register(route, services)
        self._changed = self._register.changed
        self._taking_in = TakingIn(self._register, services, stop, self._tell, retry_after_s)
        self._sending = Sending(self._register, services, stop, self._tell, retry_after_s)
        self._threads = [
            threading.Thread(target=work, name=f"{what} {route.name}", daemon=True)
            for what, work in (("taking in", self._taking_in.work), ("sending", self._sending.work))
        ]
        for thread in self._threads:
            thread.start()

    def reroute(self, route: Route) -> None:
        """The configuration was changed: from the next run on its settings hold."""
        with self._changed:
            self._register.set_route(route)

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
        """Send again: the oldest events first. By a person, or because there is a new credential."""
        with self._changed:
            self._sending.resume()

    def open_anew(self) -> None:
        """The configuration is another: the run under way ends, and a run that could not begin is tried by this one."""
        with self._changed:
            self._sending.open_anew()

    def send_again(self, number: int) -> bool:
        """A person's word that an event which may have arrived is to be sent again; False: it does not wait for that.

        Raises NotAcceptedError where the word cannot be written down.
        """
        with self._changed:
            stored, keeping = self._set_aside(number), self._register.keeping
            if stored is None or keeping is None:
                return False
            try:
                waits = keeping.outbox.send_again(stored)
            except StoreError as error:
                raise NotAcceptedError(str(error)) from error
            if waits:
                self._register.hear_word(stored)
                self._sending.end_run()  # which knows it as pending to its end
            return waits

    def stop(self) -> int:
        """End the deliveries: what is in flight is awaited. How many events stay pending in the outbox."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        with self._changed:
            self._register.state = State.STOPPED
            self._taking_in.close()
            return len(self._register.book.pending) + self._register.further

    def standing(self) -> Standing:
        """Everything that can be said of it now, as one consistent whole."""
        with self._changed:
            return self._register.standing()

    def entries(self, fits: Callable[[Entry], bool], most: int) -> list[Entry]:
        """The newest entries that fit."""
        with self._changed:
            found = []
            for entry in self._register.book.latest():
                if fits(entry):
                    found.append(entry)
                if len(found) >= most:
                    break
            return found

    def entry(self, number: int) -> tuple[Entry, Story | None] | None:
        """One entry, and what its story is told from while that is kept."""
        with self._changed:
            entry = self._register.book.find(number)
            return None if entry is None else (entry, self._register.book.story(number))

    def await_input(self, number: int, longest_s: float) -> bool:
        """Wait until every entry of an input is decided, or nothing is accepted or sent; False: it still goes on."""
        register = self._register

        def is_done() -> bool:
            source = register.shown.get(number)
            if source is None:
                return True
            if source.state not in (InputState.READ, InputState.BROKEN_OFF):
                return register.withheld is not None
            held = register.state in (State.PAUSED, State.RETRYING, State.STOPPED)
            return held or not source.outcomes[Outcome.PENDING]

        with self._changed:
            return self._changed.wait_for(is_done, longest_s)

    def waits_for_a_word(self, number: int) -> bool:
        """Whether this event is sent again on a person's word alone."""
        with self._changed:
            return self._set_aside(number) is not None

    def _set_aside(self, number: int) -> int | None:
        entry = self._register.book.pending.get(number)
        return entry.stored if entry is not None and entry.stored in self._register.set_aside else None

    def _accept(self, source: Source) -> int:
        register = self._register
        with self._changed:
            if self._stop.is_set():
                raise NotAcceptedError("The harness is being stopped.")
            if len(register.inputs) >= MAX_INPUTS_WAITING:
                raise NotAcceptedError(
                    f"{MAX_INPUTS_WAITING} inputs are waiting already: let them be sent first."
                )
            taken = Input(register.next_input_number(), source, secrets.token_bytes(_CHANCE_BYTES))
            register.inputs.append(taken)
            register.show(taken)
            self._changed.notify_all()
            return taken.number

    def _tell(self, outcomes: Sequence[EntryOutcome]) -> None:
        with self._telling:
            self._announce(outcomes)
