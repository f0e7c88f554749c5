"""What entries would come to at best, without sending: settled, a copy of an earlier one, or sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tiktok_destination.delivery import MemoryQueue, Offer, of_event, of_settled
from tiktok_destination.delivery.codes import COPY_DIFFERS, DUPLICATE
from tiktok_destination.hosting.codes import PREVIEW


def judged(entries: Iterable[Prepared | Settled]) -> Iterator[tuple[EntryOutcome, Prepared | None]]:
    """What each entry would come to at best: settled, a duplicate of an earlier one, or (with its event) sent."""
    queue = MemoryQueue()
    for entry in entries:
        if isinstance(entry, Settled):
            yield of_settled(entry), None
        elif (copy := _copy(entry, queue)) is not None:
            yield of_event(entry, Outcome.DUPLICATE, copy), None
        else:
            yield of_event(entry, Outcome.PENDING, PREVIEW), entry


def _copy(entry: Prepared, queue: MemoryQueue) -> str | None:
    """The code of an event that is a copy of an earlier one, as a run in which all is accepted would give it."""
    (offer,) = queue.offer([entry])
    if offer is Offer.TAKEN:
        queue.settle(entry, Outcome.DELIVERED)
        return None
    return COPY_DIFFERS if offer is Offer.DIFFERS else DUPLICATE
