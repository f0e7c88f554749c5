"""Takes in what is given to a destination: inputs are read in portions, and each portion is accepted by the outbox, or waits.

- One thread. It opens the books when they are first needed: an input is there, or something waits in the outbox from before.
- What waits from before is entered first, so that events keep their order.
- What the outbox does not accept stays in hand and is tried again; meanwhile nothing more is read, and the reason is shown.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final

from plugin_spec import EntryOutcome, Outcome, Services
from tiktok_destination.delivery import QueueError
from tiktok_destination.delivery.codes import OUTBOX_FULL
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Waiting,
    count_waiting,
    handed_to_the_end,
    handed_up_to,
)
from tiktok_destination.harness.books import NotKeptError, look_into, open_books
from tiktok_destination.harness.codes import BROKE_OFF
from tiktok_destination.harness.inputs import PORTION, Input, Taken
from tiktok_destination.harness.register import MAX_INPUTS_SHOWN, Register
from tiktok_destination.harness.standing import Reason
from tiktok_destination.hosting.keeping import Keeping
from tiktok_destination.hosting.kept_records import kept
from tiktok_destination.store import StoreError

POLL_S: Final = 0.5
_ROOM_AFTER_S: Final = 1.0
"""Rest of a full outbox, from which events are being sent."""


class TakingIn:
    """For one destination. `work` is the thread's; `close` is called when it has ended."""

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
        self._waits_there = False
        """Something is in the outbox from before, and not entered yet."""
        self._looked = False
        self._recalled: Iterator[Waiting] | None = None
        self._portion: list[Taken] = []
        """In hand, and not accepted yet."""
        self._close: Callable[[], None] = lambda: None

    def work(self) -> None:
        """Until `stop` is set."""
        register = self._register
        while not self._stop.is_set():
            with register.changed:
                if not self._can_work():
                    register.changed.wait(None if register.withheld is None else POLL_S)
                    continue
                keeping = register.keeping
            try:
                if not self._looked:
                    self._look()
                elif keeping is None:
                    self._open()
                elif self._waits_there:
                    self._recall(keeping)
                else:
                    self._take(keeping)
            except (NotKeptError, QueueError, StoreError) as error:
                self._withhold(error.code, str(error))
            except Exception as error:  # noqa: BLE001 - the thread must live on; the text may hold anything
                self._services.logger.error("taking in broke off: %s", type(error).__name__)  # noqa: TRY400 - as above
                self._withhold(BROKE_OFF, None)

    def close(self) -> None:
        """Close the books, so that others may send; inputs are read no further."""
        with self._register.changed:
            for source in self._register.inputs:
                source.stop()
            self._register.inputs.clear()
            self._register.withheld = self._register.keeping = None
        self._close()

    def _can_work(self) -> bool:
        register = self._register
        if register.withheld is not None and register.rest_until(register.accept_again_at):
            return False
        if not self._looked:
            return True
        return bool(self._waits_there or register.inputs) and not register.is_full()

    def _look(self) -> None:
        left = look_into(self._register.route, MAX_INPUTS_SHOWN)
        with self._register.changed:
            for handed in reversed(left.inputs):
                self._register.show_unfinished(handed)
            self._looked = True
            self._waits_there = self._register.is_opening = bool(left.events)
            self._goes_on()

    def _open(self) -> None:
        keeping, self._close = open_books(self._register.route, self._services.clock)
        waiting = count_waiting(keeping.database, keeping.scope)
        with self._register.changed:
            self._register.keeping = keeping
            self._register.further = waiting
            self._register.is_opening = False
            self._waits_there = bool(waiting)
            self._goes_on()

    def _recall(self, keeping: Keeping) -> None:
        register = self._register
        recalled = self._recalled or keeping.outbox.waiting(register.entered_to)
        self._recalled = None  # a fault ends it
        portion = list(islice(recalled, PORTION))
        with register.changed:
            for waiting in portion:
                register.recall(waiting)
            self._recalled = recalled
            if len(portion) < PORTION:
                self._waits_there = False
                register.further = 0
            self._goes_on()

    def _take(self, keeping: Keeping) -> None:
        register = self._register
        with register.changed:
            source = register.inputs[0]
        portion = self._portion = self._portion or source.portion(self._services.logger)
        numbers = self._accept(keeping, source, portion)
        with register.changed:
            outcomes = [
                register.enter(source, taken, number) for taken, number in zip(portion, numbers, strict=True)
            ]
            self._portion = []
            if source.was_read:
                source.finish()
                register.inputs.popleft()
            self._goes_on()
        settled = [one for one in outcomes if one.outcome is not Outcome.PENDING]
        if settled:
            self._announce(settled)

    def _accept(self, keeping: Keeping, source: Input, portion: Sequence[Taken]) -> list[int | None]:
        """Raises QueueError."""
        keeps_records = self._register.route.settings.keep_records
        incoming = [
            Incoming(
                taken.entry,
                Origin(
                    source.name, taken.place.record, taken.place.line, taken.entry.ordinal, taken.place.rows
                ),
                tuple(map(kept, taken.records)) if keeps_records else (),
            )
            for taken in portion
        ]
        if source.was_read_to_its_end:
            how_far = handed_to_the_end(keeping.scope, source.chance)
        else:
            now = self._services.clock()
            how_far = handed_up_to(keeping.scope, source.chance, source.name, source.last_record, now)
        return keeping.outbox.accept(incoming, also=[how_far])

    def _withhold(self, code: str, text: str | None) -> None:
        register = self._register
        rest_s = min(self._retry_after_s, _ROOM_AFTER_S) if code == OUTBOX_FULL else self._retry_after_s
        with register.changed:
            register.withheld = Reason.of(code, register.codes, detail=text)
            register.accept_again_at = self._services.monotonic() + rest_s
            register.changed.notify_all()

    def _goes_on(self) -> None:
        self._register.withheld = None
        self._register.changed.notify_all()
