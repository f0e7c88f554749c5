"""Finds the bad events of a part that the receiver refused as a whole, by halving: a pure state machine.

- k bad events among n cost at most 2·k·⌈log2 n⌉ calls beyond the first, and every good event is accepted on the way.
- Both halves of a failed part are tried before any part of them is divided further: one bad event costs two calls a level.
- While nothing is accepted, the search through a part of eight or more goes straight down, so that within `limit` calls it has either met a good event
  or shown that the events are not what is wrong. Which failed half it enters is left to chance: no arrangement of a
  few bad events can then steer it past the good ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tiktok_destination.delivery.parts import Part

FEWEST_TO_ACQUIT = 8
"""Fewer events than this may well all be bad, so they are judged one by one rather than held back together."""


class Split:
    """The search through one refused part."""

    def __init__(self, part: Part, *, coin: Callable[[], bool]) -> None:
        """`coin` decides, where both halves failed, which of them is divided first."""
        deep = len(part) >= FEWEST_TO_ACQUIT
        self.limit: float = 2 * (len(part) - 1).bit_length() if deep else math.inf
        """Calls after which a search that met nothing good says that something else is wrong: 2·⌈log2 n⌉."""
        self.calls = 0
        """Calls that were answered about the events; waits are none."""
        self._coin = coin
        self._failed = [part]
        self._older = 0
        self._outstanding = 0

    def next_pair(self, *, eager: bool) -> tuple[Part, Part] | None:
        """Two halves to try. Without `eager` only when the last pair is done with; None: nothing to try now."""
        if not self._failed or (self._outstanding and not eager):
            return None
        pair = self._failed.pop().halves()
        self._older = len(self._failed)
        self._outstanding += 2
        return pair

    def answered(self, failed: Part | None) -> None:
        """One half was answered. `failed`: what of it, two events or more, was refused as a whole."""
        self.calls += 1
        if failed is not None:
            self._failed.append(failed)
        self.withdrawn()

    def withdrawn(self) -> None:
        """One half needs no (further) try: it was answered, its events expired, or they wait for a person."""
        self._outstanding -= 1
        if not self._outstanding and len(self._failed) == self._older + 2 and self._coin():
            self._failed[-2:] = reversed(self._failed[-2:])

    def is_finished(self) -> bool:
        """Every event has its verdict."""
        return not self._outstanding and not self._failed

    def give_up(self) -> list[Part]:
        """The failed parts that have not been divided, taken out of the search."""
        left, self._failed = self._failed, []
        return left
