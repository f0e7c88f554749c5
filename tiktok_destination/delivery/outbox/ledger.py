"""The seam between a run and what it draws from: a file, or the outbox. Each writes down outcomes in its own way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from plugin_spec import EntryOutcome, Prepared
from tiktok_destination.store import Statement


class Ended(NamedTuple):
    """An event whose outcome is such that it is kept."""

    event: Prepared
    since: float | None
    """It may have arrived all the same: Unix seconds at which the first such attempt began."""


Place = tuple[int, int]
"""An entry's position and ordinal."""


class Ledger(Protocol):
    """Called from the delivering thread alone."""

    input: int
    """The input's number; 0 for the outbox."""
    keeps_pending: bool
    """Pending events are kept by this ledger, as well as those that were refused or have expired."""

    def own_key(self, event: Prepared) -> bytes:
        """For an event without a key of deduplication: 16 bytes that are its own."""

    def statements(
        self, decided: Sequence[EntryOutcome], ended: Mapping[Place, Ended], now: float
    ) -> list[Statement]:
        """What writes these outcomes down, the next ones in input order. `ended` holds every event of them that needs it."""

    def written(self, decided: Sequence[EntryOutcome], now: float) -> None:
        """It is written, at this moment: nothing of these outcomes is needed any more."""
