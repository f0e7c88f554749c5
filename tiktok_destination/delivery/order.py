"""Puts outcomes into the order of the input, and bounds how many entries may be without one."""

from __future__ import annotations

from collections import deque

from plugin_spec import EntryOutcome


class OrderBuffer:
    """One place for each entry that was read and not yet taken out with its outcome."""

    def __init__(self, *, window: int) -> None:
        self._window = window
        self._places: deque[EntryOutcome | None] = deque()
        self._first = 0
        self._next = 0

    def room(self) -> int:
        """How many entries may still be read."""
        return self._window - len(self._places)

    def is_empty(self) -> bool:
        """Every entry that was read has been taken out."""
        return not self._places

    def reserve(self, count: int) -> int:
        """Places at the end, one after the other; the number of the first that `put` takes."""
        first = self._next
        self._next = first + count
        self._places.extend([None] * count)
        return first

    def put(self, place: int, outcome: EntryOutcome) -> None:
        """Fill a place, once."""
        self._places[place - self._first] = outcome

    def take(self) -> list[EntryOutcome]:
        """What is decided from the front, taken out."""
        places = self._places
        portion: list[EntryOutcome] = []
        for outcome in places:
            if outcome is None:
                break
            portion.append(outcome)
        take = places.popleft
        for _ in portion:
            take()
        self._first += len(portion)
        return portion
