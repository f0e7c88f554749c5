"""The queue's seam: which events are already pending or delivered, and what became of those that were taken.

The runtime offers each event once, before it sends it, and settles every event that was taken exactly once. Test
events and events without a `dedup_key` never take part. A queue that outlives the process fits behind the same seam.
"""

from __future__ import annotations

from typing import Protocol

from plugin_spec import Outcome, Prepared


class Queue(Protocol):
    """Called from the delivering thread alone."""

    def offer(self, event: Prepared) -> bool:
        """Take the event, unless one with its `dedup_key` is pending or delivered: then False."""

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """Say what became of an event that was taken: delivered, refused, expired, or pending for the rest of the run."""

    def end_run(self) -> None:
        """The run is over: what it left pending may be offered again."""


class MemoryQueue:
    """Knows the events of this process. A delivered event keeps its key; any other outcome frees it."""

    def __init__(self) -> None:
        self._taken: set[bytes | None] = set()
        self._left_pending: set[bytes | None] = set()

    def offer(self, event: Prepared) -> bool:
        """Take the event unless its key is known."""
        if event.dedup_key in self._taken:
            return False
        self._taken.add(event.dedup_key)
        return True

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """Free the key of an event that was refused or has expired; a pending one keeps it to the end of the run."""
        if outcome is Outcome.DELIVERED:
            return
        if outcome is Outcome.PENDING:
            self._left_pending.add(event.dedup_key)
        else:
            self._taken.discard(event.dedup_key)

    def end_run(self) -> None:
        """Free the keys of what is pending."""
        self._taken -= self._left_pending
        self._left_pending.clear()
