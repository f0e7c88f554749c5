"""Parts: events that travel together. A part is only ever divided, never merged, so its events share one history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin_spec import About, Prepared


class Part:
    """Events of one batch key, their places in the order of the input, and what they have been through together."""

    __slots__ = ("attempts", "earliest_end", "events", "places", "uncertain_since")

    def __init__(
        self,
        events: list[Prepared],
        places: list[int],
        *,
        attempts: int = 0,
        uncertain_since: float | None = None,
    ) -> None:
        self.events = events
        self.places = places
        self.attempts = attempts
        """Requests that carried these events."""
        self.uncertain_since = uncertain_since
        """Unix seconds at which the first attempt without a certain end began."""
        self.earliest_end = min(event.not_after for event in events) if events else 0.0

    def __len__(self) -> int:
        return len(self.events)

    def only(self, indexes: Iterable[int]) -> Part:
        """The events at these indexes, with the same history."""
        chosen = list(indexes)
        return Part(
            [self.events[index] for index in chosen],
            [self.places[index] for index in chosen],
            attempts=self.attempts,
            uncertain_since=self.uncertain_since,
        )

    def since(self, uncertain_since: float) -> Part:
        """The same events, which may have arrived by an attempt that began then (Unix seconds)."""
        return Part(self.events, self.places, attempts=self.attempts, uncertain_since=uncertain_since)

    def halves(self) -> tuple[Part, Part]:
        """Two parts, the first at most one event larger; needs two events or more."""
        middle = (len(self.events) + 1) // 2
        return self.only(range(middle)), self.only(range(middle, len(self.events)))


class Filling:
    """The part of one batch key that is still being filled, in input order."""

    __slots__ = ("_bytes", "_events", "_max_bytes", "_max_events", "_places")

    def __init__(self, *, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._events: list[Prepared] = []
        self._places: list[int] = []
        self._bytes = 0

    def add(self, event: Prepared, place: int) -> Part | None:
        """Add one event; the part that became full by it or had no room for it, if any.

        An event larger than `max_bytes` ends up in a part of its own.
        """
        size = len(event.body) + 1
        full = self.close() if self._bytes + size > self._max_bytes and self._events else None
        events = self._events
        events.append(event)
        self._places.append(place)
        self._bytes += size
        if len(events) >= self._max_events and full is None:
            return self.close()
        return full

    def close(self) -> Part | None:
        """What is there, to be sent as it is; None: nothing is there."""
        if not self._events:
            return None
        part = Part(self._events, self._places)
        self._events, self._places, self._bytes = [], [], 0
        return part

    def first_place(self) -> int | None:
        """The place of the oldest event that waits here."""
        return self._places[0] if self._places else None


def parts_of(
    events: Iterable[tuple[Prepared, int]], about: About, *, uncertain_since: float
) -> Iterator[Part]:
    """These events, each with its place, in as few parts as the receiver's limits allow."""
    filling = Filling(max_events=about.max_events, max_bytes=about.max_bytes)
    for event, place in events:
        full = filling.add(event, place)
        if full is not None:
            yield full.since(uncertain_since)
    last = filling.close()
    if last is not None:
        yield last.since(uncertain_since)
