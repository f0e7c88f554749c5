"""Everything that the emulator knows and remembers, behind one lock.

Whoever reads or changes a member holds `lock`; a request is judged and stored under it as a whole. Only the seed, its
arrangement in `access` and the form token never change and are read without it.
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
from tiktok_destination.emulator.grants import Grants
from tiktok_destination.emulator.ledger import Ledger
from tiktok_destination.emulator.quotas import RateLimiter
from tiktok_destination.emulator.seed import Seed
from tiktok_destination.emulator.switches import Switches
from tiktok_destination.emulator.tokens import Tokens


class World:
    """The state of one emulator."""

    def __init__(
        self, seed: Seed, ledger_path: Path | None, clock: Callable[[], float], dice: random.Random
    ) -> None:
        """`clock` gives Unix seconds, `dice` makes ids, codes and tokens. Raises OSError if the ledger cannot be written."""
        self.lock = threading.Lock()
        self.seed = seed
        self.access = Access(seed)
        self._dice = dice
        self.form_token = f"{dice.getrandbits(128):032x}"
        """What the forms of the emulator's own pages bring back, and no other page knows."""
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
        self.tokens = Tokens(self.seed.tokens)
        self.grants = Grants(self._dice)

    def new_token(self) -> str:
        """A text for an access token that was never given out before."""
        return f"{self._dice.getrandbits(160):040x}"

    def reset(self) -> None:
        """Back to the seed: clock, switches, faults, poison, tokens, codes, quotas, copies, counters and lines in memory."""
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
