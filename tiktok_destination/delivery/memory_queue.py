"""A queue for one process: deduplication in bounded memory, and nothing that outlives it.

For what is only looked at (`preview`) and for test events. Test events and events without a `dedup_key` are taken always.
"""

from __future__ import annotations

from collections.abc import Sequence

from plugin_spec import EntryOutcome, Outcome, Prepared
from tiktok_destination.delivery.known import KnownKeys
from tiktok_destination.delivery.queue import Offer


class MemoryQueue:
    """Knows the events of this process. A delivered event keeps its key; any other outcome frees it in the end.

    Of each event it knows the key and, in place of the body, a digest of 8 bytes: two different bodies pass for copies
    once in 2**64 times. Its memory is bounded, however many there are (`known`).
    """

    def __init__(self) -> None:
        self._undecided: dict[bytes, int] = {}
        self._delivered = KnownKeys()
        self._pending = KnownKeys()

    def offer(self, events: Sequence[Prepared]) -> Sequence[Offer]:
        """Take each event unless its key is known."""
        return [self._offer(event) for event in events]

    def uncertain_since(self, event: Prepared) -> float:
        """No event is taken again: nothing is known of earlier runs."""
        raise LookupError(event.position)

    def begin(self, flight: int, events: Sequence[Prepared], at: float) -> None:
        """Nothing is kept of requests."""

    def land(self, flight: int) -> None:
        """Nothing is kept of requests."""

    def doubt(self, events: Sequence[Prepared], since: float) -> None:
        """The run itself knows it; nothing outlives the run."""

    def commit(self, decided: Sequence[EntryOutcome]) -> None:
        """Nothing is written."""

    def _offer(self, event: Prepared) -> Offer:
        key = event.dedup_key
        if key is None or event.test:
            return Offer.TAKEN
        if key in self._undecided:
            return Offer.UNDECIDED
        digest = hash(event.body)
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
        if key is None or event.test:
            return
        digest = self._undecided.pop(key)
        if outcome is Outcome.DELIVERED:
            self._delivered.put(key, digest)
        elif outcome is Outcome.PENDING:
            self._pending.put(key, digest)

    def end_run(self) -> None:
        """Free the keys of what is not delivered."""
        self._pending.clear()
        self._undecided.clear()
