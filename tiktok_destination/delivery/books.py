"""Writes down what became of each event: in the order buffer for the host, and in the queue for deduplication."""

from __future__ import annotations

from collections.abc import Iterable

from plugin_spec import EntryOutcome, Note, Outcome, Prepared
from tiktok_destination.delivery.codes import DUPLICATE, EXPIRED, UNCERTAIN
from tiktok_destination.delivery.lane import Pause, Refusal
from tiktok_destination.delivery.order import OrderBuffer
from tiktok_destination.delivery.outcomes import of_event
from tiktok_destination.delivery.parts import Part
from tiktok_destination.delivery.queue import Queue

_MAY_HAVE_ARRIVED = (Note(UNCERTAIN),)


class Books:
    """One event enters by `admit` and leaves by exactly one of the other methods."""

    def __init__(self, order: OrderBuffer, queue: Queue) -> None:
        self._order = order
        self._queue = queue

    def admit(self, event: Prepared, place: int) -> bool:
        """Whether the event is to be sent. If not, it is a duplicate, and that is written down."""
        if event.dedup_key is None or event.test or self._queue.offer(event):
            return True
        self._order.put(place, of_event(event, Outcome.DUPLICATE, DUPLICATE))
        return False

    def delivered(
        self,
        part: Part,
        indexes: Iterable[int],
        *,
        notes: tuple[Note, ...] = (),
        request_id: str | None = None,
    ) -> None:
        """The receiver accepted these events of a part, with these notes."""
        events, places, attempts = part.events, part.places, part.attempts
        settle, put = self._queue.settle, self._order.put
        for index in indexes:
            event = events[index]
            if event.dedup_key is not None and not event.test:
                settle(event, Outcome.DELIVERED)
            # Most events of most runs end here, so the outcome is made without a further call.
            put(
                places[index],
                EntryOutcome(
                    position=event.position,
                    ordinal=event.ordinal,
                    outcome=Outcome.DELIVERED,
                    event_name=event.event_name,
                    event_id=event.event_id,
                    rows=event.rows,
                    notes=event.notes + notes if notes else event.notes,
                    test=event.test,
                    attempts=attempts,
                    request_id=request_id,
                ),
            )

    def refused(self, refusal: Refusal) -> None:
        """The receiver refused this very event."""
        self._write(
            refusal.event,
            refusal.place,
            Outcome.REFUSED,
            refusal.code,
            attempts=refusal.attempts,
            request_id=refusal.request_id,
        )

    def held_back(self, refusal: Refusal, pause: Pause) -> None:
        """The receiver refused it, but something else turned out to be wrong: it stays pending."""
        self._write(
            refusal.event,
            refusal.place,
            Outcome.PENDING,
            pause.code,
            reason=pause.reason,
            attempts=refusal.attempts,
            request_id=refusal.request_id,
        )

    def expired(self, part: Part) -> None:
        """Too old when its turn came."""
        for event, place in zip(part.events, part.places, strict=True):
            self._write(event, place, Outcome.EXPIRED, EXPIRED, attempts=part.attempts, notes=_notes(part))

    def uncertain(self, part: Part, reason: str | None, request_id: str | None = None) -> None:
        """It may have arrived, and a second copy would count twice: a person decides."""
        self._all_pending(part, Pause(UNCERTAIN, reason), request_id, ())

    def pending(self, part: Part, pause: Pause, request_id: str | None = None) -> None:
        """It waits for the next run."""
        self._all_pending(part, pause, request_id, _notes(part))

    def not_sent(self, event: Prepared, place: int, pause: Pause) -> None:
        """It came while nothing of its scope was sent any more."""
        self._write(event, place, Outcome.PENDING, pause.code, reason=pause.reason)

    def _all_pending(self, part: Part, pause: Pause, request_id: str | None, notes: tuple[Note, ...]) -> None:
        for event, place in zip(part.events, part.places, strict=True):
            self._write(
                event,
                place,
                Outcome.PENDING,
                pause.code,
                reason=pause.reason,
                attempts=part.attempts,
                request_id=request_id,
                notes=notes,
            )

    def _write(  # noqa: PLR0913 (private, and each argument is one member of the outcome)
        self,
        event: Prepared,
        place: int,
        outcome: Outcome,
        code: str | None,
        *,
        reason: str | None = None,
        attempts: int = 0,
        request_id: str | None = None,
        notes: tuple[Note, ...] = (),
    ) -> None:
        if event.dedup_key is not None and not event.test:
            self._queue.settle(event, outcome)
        self._order.put(
            place,
            of_event(
                event,
                outcome,
                code,
                reason=reason,
                attempts=attempts,
                request_id=request_id,
                notes=notes,
            ),
        )


def _notes(part: Part) -> tuple[Note, ...]:
    return () if part.uncertain_since is None else _MAY_HAVE_ARRIVED
