"""A wall clock and a monotonic clock that pass only while somebody sleeps, and that may disagree."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Clock:
    """Both clocks of one run. `wall` may be put forward or back, `monotonic` never goes back."""

    def __init__(self, wall: float) -> None:
        self._wall = wall
        self._monotonic = 1_000.0
        self._moved = threading.Condition()
        self._at: list[tuple[float, Callable[[], object]]] = []
        self.began = wall

    def wall(self) -> float:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    def passed(self) -> float:
        """Seconds since the start, by the monotonic clock."""
        return self._monotonic - 1_000.0

    def sleep(self, seconds: float) -> None:
        """Let this time pass on both clocks; whatever is due happens on the way."""
        end = self._monotonic + seconds
        while self._at and self._at[0][0] <= end:
            due, act = self._at.pop(0)
            self._pass(max(0.0, due - self._monotonic))
            act()
        self._pass(end - self._monotonic)

    def at(self, passed: float, act: Callable[[], object]) -> None:
        """Call `act` once this much time has passed since the start."""
        self._at.append((1_000.0 + passed, act))
        self._at.sort(key=lambda pair: pair[0])

    def step(self, seconds: float) -> None:
        """Put the wall clock forward (or back), as NTP may; no time passes."""
        self._wall += seconds

    def wait_until(self, wall: float) -> None:
        """Block the calling thread until the wall clock shows this moment."""
        with self._moved:
            while self._wall < wall:
                self._moved.wait()

    def _pass(self, seconds: float) -> None:
        with self._moved:
            self._wall += seconds
            self._monotonic += seconds
            self._moved.notify_all()
