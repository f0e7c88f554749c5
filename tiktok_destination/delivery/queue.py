"""The queue's seam: which events are already on their way or delivered, and what became of those that were taken.

The runtime offers an event before it sends it, and settles every event that was taken exactly once. Test events and
events without a `dedup_key` never take part. A queue that outlives the process fits behind the same seam.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol

from plugin_spec import Outcome, Prepared
from tiktok_destination.delivery.known import KnownKeys


class Offer(Enum):
    """The queue's answer to an event that is offered. True as a condition if the event was taken."""

    TAKEN = auto()
    """It is to be sent, and to be settled."""
    UNDECIDED = auto()
    """This run took another event with its key and has not settled it: offer again when that is done."""
    COPY = auto()
    """The same event is pending or delivered."""
    DIFFERS = auto()
    """An event with its key, but with another body, is pending or delivered."""

    def __bool__(self) -> bool:
        return self is Offer.TAKEN


class Queue(Protocol):
    """Called from the delivering thread alone."""

    def offer(self, event: Prepared) -> Offer:
        """Take the event, unless one with its `dedup_key` is undecided, pending or delivered."""

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """Say what became of an event that was taken: delivered, refused, expired, or pending for the rest of the run."""

    def end_run(self) -> None:
        """The run is over: what it left pending or, broken off, undecided may be offered again."""


class MemoryQueue:
    """Knows the events of this process. A delivered event keeps its key; any other outcome frees it in the end.

    Of each event it knows the key and, in place of the body, a digest of 8 bytes: two different bodies pass for copies
    once in 2**64 times. Its memory is bounded, however many there are (`known`).
    """

    def __init__(self) -> None:
        self._undecided: dict[bytes | None, int] = {}
        self._delivered = KnownKeys()
        self._pending = KnownKeys()

    def offer(self, event: Prepared) -> Offer:
        """Take the event unless its key is known."""
        key = event.dedup_key
        if key in self._undecided:
            return Offer.UNDECIDED
        digest = hash(event.body)
        if key is not None:
            known = self._delivered.get(key)
            if known is None and self._pending:
                known = self._pending.get(key)
            if known is not None:
                return Offer.COPY if known == digest else Offer.DIFFERS
        self._undecided[key] = digest
        return Offer.TAKEN

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """Free the key of an event that was refused or has expired; a pending one keeps it to the end of the run."""
        key = event.dedup_key
        digest = self._undecided.pop(key)
        if key is None:
            return
        if outcome is Outcome.DELIVERED:
            self._delivered.put(key, digest)
        elif outcome is Outcome.PENDING:
            self._pending.put(key, digest)

    def end_run(self) -> None:
        """Free the keys of what is not delivered."""
        self._pending.clear()
        self._undecided.clear()
