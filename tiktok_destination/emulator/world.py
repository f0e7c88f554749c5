"""Everything that the emulator knows and remembers, behind one lock.

Whoever reads or changes a member holds `lock`; a request is judged and stored under it as a whole.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tiktok_destination.emulator.access import Access
from tiktok_destination.emulator.answers import RequestIds
from tiktok_destination.emulator.clock import Clock
from tiktok_destination.emulator.deduplication import Deduplication
from tiktok_destination.emulator.faults import Faults
from tiktok_destination.emulator.ledger import Ledger
from tiktok_destination.emulator.quotas import RateLimiter
from tiktok_destination.emulator.seed import Seed
from tiktok_destination.emulator.switches import Switches


class World:
    """The state of one emulator."""

    def __init__(
        self, seed: Seed, ledger_path: Path | None, clock: Callable[[], float], dice: random.Random
    ) -> None:
        """`clock` gives Unix seconds, `dice` makes request ids. Raises OSError if the ledger cannot be written."""
        self.lock = threading.Lock()
        self.access = Access(seed)
        self.clock = Clock(clock)
        self.request_ids = RequestIds(dice)
        self.ledger = Ledger(ledger_path)
        self.faults = Faults()
        self.closed = False
        self._forget()

    def _forget(self) -> None:
        self.switches = Switches()
        self.deduplication = Deduplication()
        self.rate_limiter = RateLimiter()
        self.poisoned: set[str] = set()

    def reset(self) -> None:
        """Back to the seed: clock, switches, faults, poison, quotas, copies, counters and lines in memory."""
        self._forget()
        self.clock.reset()
        self.faults.clear()
        self.ledger.reset()

    def close(self) -> None:
        """Close the ledger's file. A request that still comes gets HTTP 503."""
        with self.lock:
            self.closed = True
            self.ledger.close()

    def clock_shown(self) -> dict[str, Any]:
        now = self.clock.now()
        return {
            "now": now,
            "utc": datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"),
            "frozen": self.clock.frozen,
            "offset_s": round(self.clock.offset_s, 3),
        }

    def summary(self) -> dict[str, Any]:
        """Counters, faults, switches and clock as a JSON object."""
        counters: dict[str, Any] = msgspec.to_builtins(self.ledger.counters)
        return {
            **counters,
            "events_stored": sum(self.ledger.counters.events_by_disposition.values()),
            "next_sequence": self.ledger.next_sequence,
            "poisoned": len(self.poisoned),
            "faults": self.faults.shown(),
            "switches": msgspec.to_builtins(self.switches),
            "clock": self.clock_shown(),
        }
