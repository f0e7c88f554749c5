"""Final outcomes, counted by hour, event name, outcome and code: what `outcomes` shows. No entry is counted twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from plugin_spec import EntryOutcome, Outcome
from tiktok_destination.redaction import shown_name
from tiktok_destination.store import Database, Row, Statement

HOUR_S: Final = 3600
MAX_NAMES: Final = 1_000
"""Names that are counted apart, for a scope and as long as the process lives: inputs may hold any number."""
FURTHER_NAMES: Final = "(further names)"
UNKNOWN_NAMES: Final = "(unknown names)"
_ADD: Final = (
    "INSERT INTO tally VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"
)


@dataclass(frozen=True)
class Counted:
    """One line of the tally."""

    hour: int
    """Unix seconds at which the hour begins."""
    name: str
    outcome: Outcome
    code: str
    test: bool
    count: int


class Tally:
    """Counts for one scope."""

    def __init__(self, scope: int, unknown_name_codes: Collection[str]) -> None:
        self._scope = scope
        self._unknown_name_codes = unknown_name_codes
        self._names: set[str] = set()

    def statements(self, decided: Iterable[EntryOutcome], now: float) -> list[Statement]:
        """What counts these outcomes, of which the pending ones are not final."""
        hour = int(now // HOUR_S) * HOUR_S
        counts = Counter([(one.event_name, one.outcome, one.code, one.test) for one in decided])
        rows = [
            (self._scope, hour, self._name(name or "", code), outcome.value, code or "", test, count)
            for (name, outcome, code, test), count in counts.items()
            if outcome is not Outcome.PENDING
        ]
        return [(_ADD, rows)]

    def _name(self, name: str, code: str | None) -> str:
        if code in self._unknown_name_codes:
            return UNKNOWN_NAMES
        if name not in self._names:
            if len(self._names) >= MAX_NAMES:
                return FURTHER_NAMES
            self._names.add(name)
        return shown_name(name)


def tally(database: Database, scopes: Sequence[int], since: float) -> list[Counted]:
    """What was counted from the hour of `since` (Unix seconds) on, oldest first. Raises StoreError."""
    marks = ", ".join("?" * len(scopes))
    rows: list[Row] = database.rows(
        "SELECT hour, name, outcome, code, test, SUM(count) FROM tally"  # noqa: S608 - marks alone
        f" WHERE scope IN ({marks}) AND hour >= ? GROUP BY hour, name, outcome, code, test ORDER BY hour, name",
        (*scopes, since // HOUR_S * HOUR_S),
    )
    return [
        Counted(hour, name, Outcome(outcome), code, bool(test), count)
        for hour, name, outcome, code, test, count in rows
    ]
