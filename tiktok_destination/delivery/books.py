"""Writes down what became of each event: in the order buffer for the host, and in the queue for what outlives the run.

- A copy of an event that is still undecided waits, its place open, so that it counts in the window. When the event is
  delivered or pending, the copy is a duplicate; when it is refused or has expired, the first copy takes its place.
- An outcome of a copy therefore never depends on how far it stands behind the event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import repeat

from plugin_spec import EntryOutcome, Note, Outcome, Prepared
from tiktok_destination.delivery.codes import (
    BY_EARLIER_RUN,
    COPY_DIFFERS,
    DUPLICATE,
    EXPIRED,
    MAY_HAVE_ARRIVED,
    UNCERTAIN,
)
from tiktok_destination.delivery.lane import Pause, Refusal
from tiktok_destination.delivery.order import OrderBuffer
from tiktok_destination.delivery.outcomes import of_event
from tiktok_destination.delivery.parts import Part
from tiktok_destination.delivery.queue import Offer, Queue

_MAY_HAVE_ARRIVED = (Note(MAY_HAVE_ARRIVED),)
_BY_EARLIER_RUN = (Note(BY_EARLIER_RUN),)


Admitted = tuple[Prepared, int, float | None]
"""An event that is to be sent now, and its place. Where the receiver may have it already: the Unix seconds at which the
first such attempt began."""


def admitted_of(events: Sequence[Prepared], places: Sequence[int]) -> list[Admitted]:
    """Events that the receiver surely does not have."""
    return list(zip(events, places, repeat(None), strict=False))


class Books:
    """One event enters by `admit` and leaves by exactly one of the methods that say what became of it."""

    def __init__(self, order: OrderBuffer, queue: Queue) -> None:
        self._order = order
        self._queue = queue
        self._waiting: dict[bytes | None, deque[tuple[Prepared, int]]] = {}
        self._successors: list[Admitted] = []

    def admit(self, events: Sequence[Prepared], places: Sequence[int]) -> list[Admitted]:
        """The events that are to be sent now, in order. The others are copies, and are written down or wait.

        Raises QueueError.
        """
        offers = self._queue.offer(events)
        if offers.count(Offer.TAKEN) == len(offers):  # most portions of most runs
            return admitted_of(events, places)
        admitted: list[Admitted] = []
        for event, place, offer in zip(events, places, offers, strict=True):
            if offer is Offer.TAKEN:
                admitted.append((event, place, None))
            elif offer is Offer.TAKEN_AGAIN:
                admitted.append((event, place, self._queue.uncertain_since(event)))
            elif offer is Offer.UNDECIDED:
                self._waiting.setdefault(event.dedup_key, deque()).append((event, place))
            else:
                self._known(event, place, offer)
        return admitted

    def has_successors(self) -> bool:
        """Some copy is to be sent now."""
        return bool(self._successors)

    def take_successors(self) -> list[Admitted]:
        """The copies that are to be sent now, as the events that they waited for came to nothing."""
        successors, self._successors = self._successors, []
        return successors

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
        outcome = Outcome.DELIVERED
        for index in indexes:
            event = events[index]
            settle(event, outcome)
            if self._waiting:
                self._settle_copies(event)
            # Most events of most runs end here, so the outcome is made without a further call.
            put(
                places[index],
                EntryOutcome(
                    position=event.position,
                    ordinal=event.ordinal,
                    outcome=outcome,
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
            path=refusal.path,
            attempts=refusal.attempts,
            request_id=refusal.request_id,
            uncertain_since=refusal.uncertain_since,
        )

    def held_back(self, refusal: Refusal, pause: Pause) -> None:
        """The receiver refused it, but something else turned out to be wrong: it stays pending."""
        self._write(
            refusal.event,
            refusal.place,
            Outcome.PENDING,
            pause.code,
            path=pause.path,
            reason=pause.reason,
            attempts=refusal.attempts,
            request_id=refusal.request_id,
            uncertain_since=refusal.uncertain_since,
        )

    def expired(self, part: Part) -> None:
        """Too old when its turn came."""
        for event, place in zip(part.events, part.places, strict=True):
            self._write(
                event,
                place,
                Outcome.EXPIRED,
                EXPIRED,
                attempts=part.attempts,
                uncertain_since=part.uncertain_since,
            )

    def uncertain(self, part: Part, reason: str | None, request_id: str | None = None) -> None:
        """It may have arrived, and a second copy would count twice: a person decides."""
        self._all_pending(part, Pause(UNCERTAIN, reason), request_id, None)

    def pending(self, part: Part, pause: Pause, request_id: str | None = None) -> None:
        """It waits for the next run."""
        self._all_pending(part, pause, request_id, part.uncertain_since)

    def not_sent(self, event: Prepared, place: int, pause: Pause, uncertain_since: float | None) -> None:
        """It came while nothing of its scope was sent any more."""
        self._write(
            event,
            place,
            Outcome.PENDING,
            pause.code,
            path=pause.path,
            reason=pause.reason,
            uncertain_since=uncertain_since,
        )

    def _all_pending(
        self, part: Part, pause: Pause, request_id: str | None, uncertain_since: float | None
    ) -> None:
        for event, place in zip(part.events, part.places, strict=True):
            self._write(
                event,
                place,
                Outcome.PENDING,
                pause.code,
                path=pause.path,
                reason=pause.reason,
                attempts=part.attempts,
                request_id=request_id,
                uncertain_since=uncertain_since,
            )

    def _write(  # noqa: PLR0913 (private, and each argument is one member of the outcome)
        self,
        event: Prepared,
        place: int,
        outcome: Outcome,
        code: str | None,
        *,
        path: str | None = None,
        reason: str | None = None,
        attempts: int = 0,
        request_id: str | None = None,
        uncertain_since: float | None = None,
    ) -> None:
        """Note the outcome of one event that is not delivered."""
        self._order.put(
            place,
            of_event(
                event,
                outcome,
                code,
                path=path,
                reason=reason,
                attempts=attempts,
                request_id=request_id,
                notes=() if uncertain_since is None else _MAY_HAVE_ARRIVED,
            ),
        )
        self._settle(event, outcome, uncertain_since)

    def _known(self, event: Prepared, place: int, offer: Offer) -> None:
        """It is delivered, or it is a copy of what is delivered or pending."""
        if offer is Offer.ARRIVED:
            self._order.put(place, of_event(event, Outcome.DELIVERED, notes=_BY_EARLIER_RUN))
            return
        code = COPY_DIFFERS if offer is Offer.DIFFERS else DUPLICATE
        self._order.put(place, of_event(event, Outcome.DUPLICATE, code))

    def _settle(self, event: Prepared, outcome: Outcome, uncertain_since: float | None = None) -> None:
        """Settle one event that the queue took, and decide what that decides for the copies that wait for it."""
        self._queue.settle(event, outcome)
        if self._waiting:
            self._settle_copies(event, uncertain_since)

    def _settle_copies(self, event: Prepared, uncertain_since: float | None = None) -> None:
        if event.dedup_key is None or event.test:
            return
        copies = self._waiting.pop(event.dedup_key, None)
        while copies:
            copy, place = copies.popleft()
            (offer,) = self._queue.offer([copy])
            if offer in (Offer.TAKEN, Offer.TAKEN_AGAIN):
                self._successors.append((copy, place, uncertain_since))
                if copies:
                    self._waiting[copy.dedup_key] = copies
                return
            self._known(copy, place, offer)
