"""The queue's seam: which events are already on their way or delivered, and what is written down of those that are taken.

The runtime offers every event before it sends it. What it settles, begins and doubts meanwhile takes effect with the
next `commit`, together with the outcomes that it is about to hand on: no request begins, and no outcome is told, before
that. A queue that outlives the process therefore never knows less than the receiver or the host.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from typing import Protocol

from plugin_spec import EntryOutcome, Outcome, Prepared


class Offer(Enum):
    """The queue's answer to an event that is offered."""

    TAKEN = auto()
    """It is to be sent, and to be settled."""
    TAKEN_AGAIN = auto()
    """The same, but it may have arrived by an earlier attempt: `uncertain_since` says since when."""
    UNDECIDED = auto()
    """This run took another event with its key and has not settled it: offer again when that is done."""
    COPY = auto()
    """The same event is pending or delivered."""
    DIFFERS = auto()
    """An event with its key, but with another body, is pending or delivered."""
    ARRIVED = auto()
    """This very event was delivered by an earlier run, which ended before it could say so."""


class QueueError(Exception):
    """What was decided cannot be written down. `code` is one of `CODES`; the text says what to do and holds no value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Queue(Protocol):
    """Called from the delivering thread alone."""

    def offer(self, events: Sequence[Prepared]) -> Sequence[Offer]:
        """Take each event, in order, unless one with its key is undecided, pending or delivered. Raises QueueError."""

    def uncertain_since(self, event: Prepared) -> float:
        """Unix seconds at which the first attempt without a certain end began, of an event that was taken again."""

    def begin(self, flight: int, events: Sequence[Prepared], at: float) -> None:
        """A request with these events is about to begin (Unix seconds)."""

    def land(self, flight: int) -> None:
        """The request has ended, and what it came to is settled, doubted, or known to be undone."""

    def doubt(self, events: Sequence[Prepared], since: float) -> None:
        """These may have arrived: an attempt that began at `since` (Unix seconds) had no certain end."""

    def settle(self, event: Prepared, outcome: Outcome) -> None:
        """Say what became of an event that was taken: delivered, refused, expired, or pending for the rest of the run."""

    def commit(self, decided: Sequence[EntryOutcome]) -> None:
        """Write down everything since the last time, and these outcomes, the next ones in input order.

        Raises QueueError, after which the next call tries again with what it could not write.
        """

    def end_run(self) -> None:
        """The run is over: what it left pending or, broken off, undecided may be offered again."""
