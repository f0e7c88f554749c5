"""Hands outcomes on in the order of the input, and bounds how many entries may be without a handed-on outcome."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from plugin_spec import EntryOutcome


class OrderBuffer:
    """One place for each entry that was read and not yet handed on."""

    def __init__(self, *, window: int, hand_on: Callable[[Sequence[EntryOutcome]], None]) -> None:
        self._window = window
        self._hand_on = hand_on
        self._places: deque[EntryOutcome | None] = deque()
        self._first = 0
        self._next = 0

    def room(self) -> int:
        """How many entries may still be read."""
        return self._window - len(self._places)

    def is_empty(self) -> bool:
        """Every entry that was read has been handed on."""
        return not self._places

    def reserve(self) -> int:
        """A place at the end; the number that `put` takes."""
        place = self._next
        self._next = place + 1
        self._places.append(None)
        return place

    def put(self, place: int, outcome: EntryOutcome) -> None:
        """Fill a place, once."""
        self._places[place - self._first] = outcome

    def flush(self) -> None:
        """Hand on what is decided from the front."""
        places = self._places
        portion = []
        while places and (outcome := places[0]) is not None:
            portion.append(outcome)
            places.popleft()
        if portion:
            self._first += len(portion)
            self._hand_on(portion)
