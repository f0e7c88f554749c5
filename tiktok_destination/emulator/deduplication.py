"""Which events TikTok would drop as copies: event source id, event name and event id seen within 48 hours.

One channel only (API and API). The window runs from the first copy's arrival, the first is kept, and a copy is no
error (tiktok-api.md D.1). App events have no documented event id, and events without one are never copies.
"""

from __future__ import annotations

from tiktok_destination.emulator.tables import LIMITS

Key = tuple[str, str, str]
"""Event source id, event name, event id."""


class Deduplication:
    """Remembers each key's first arrival for 48 hours."""

    def __init__(self) -> None:
        self._first_seen: dict[Key, float] = {}
        self._tidy_above = 100_000

    def is_copy(self, key: Key, now: float) -> bool:
        """Whether `key` arrived within the window before `now`; if not, this is the first of a new window."""
        first = self._first_seen.get(key)
        if first is not None and 0 <= now - first < LIMITS.dedup_window_s:
            return True
        self._first_seen[key] = now
        if len(self._first_seen) > self._tidy_above:
            self._tidy(now)
        return False

    def _tidy(self, now: float) -> None:
        oldest = now - LIMITS.dedup_window_s
        self._first_seen = {key: first for key, first in self._first_seen.items() if first > oldest}
        self._tidy_above = max(100_000, 2 * len(self._first_seen))
