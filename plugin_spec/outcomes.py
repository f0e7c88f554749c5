"""The eight outcomes. Every entry ends in exactly one; their counts add up to the number of entries."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """What became of an entry."""

    DELIVERED = "delivered"
    """The receiver accepted it."""
    REJECTED = "rejected"
    """We found it unfit; code and path say why."""
    REFUSED = "refused"
    """The receiver refused this very event; its code."""
    EXPIRED = "expired"
    """Outside the event window, judged again just before each send."""
    FILTERED = "filtered"
    """Switched off, a condition not met, or junk."""
    SUPPRESSED = "suppressed"
    """Consent."""
    DUPLICATE = "duplicate"
    """The same event is already pending or delivered."""
    PENDING = "pending"
    """Waiting, backing off, or held by a pause with a named reason."""


_WORST_FIRST = (
    Outcome.PENDING,
    Outcome.REFUSED,
    Outcome.REJECTED,
    Outcome.EXPIRED,
    Outcome.SUPPRESSED,
    Outcome.FILTERED,
    Outcome.DUPLICATE,
    Outcome.DELIVERED,
)
_RANK = {outcome: rank for rank, outcome in enumerate(_WORST_FIRST)}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """A record's own status: its worst entry. Raises ValueError for no outcomes, which no record may have."""
    return min(outcomes, key=_RANK.__getitem__)
