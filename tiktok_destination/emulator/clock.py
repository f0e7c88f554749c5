"""The emulator's own clock: the machine's, shifted by an offset, or frozen. Deduplication, quotas and ages run on it.

Not locked by itself: whoever changes it holds the emulator's lock.
"""

from __future__ import annotations

from collections.abc import Callable


class Clock:
    """Unix seconds that can be shifted, frozen and advanced."""

    def __init__(self, base: Callable[[], float]) -> None:
        self._base = base
        self._offset_s = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        return self._base() + self._offset_s if self._frozen_at is None else self._frozen_at

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    @property
    def offset_s(self) -> float:
        """How far this clock is from the machine's."""
        return self._offset_s if self._frozen_at is None else self._frozen_at - self._base()

    def set(self, now: float) -> None:
        """Make it `now`; a frozen clock stays frozen there."""
        if self._frozen_at is None:
            self._offset_s = now - self._base()
        else:
            self._frozen_at = now

    def advance(self, seconds: float) -> None:
        self.set(self.now() + seconds)

    def freeze(self) -> None:
        self._frozen_at = self.now()

    def run(self) -> None:
        """Let a frozen clock run on from where it stands."""
        if self._frozen_at is not None:
            self._offset_s = self._frozen_at - self._base()
            self._frozen_at = None

    def reset(self) -> None:
        self._offset_s, self._frozen_at = 0.0, None
