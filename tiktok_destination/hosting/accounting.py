"""The books of one run: every record and every entry is counted once, and both sums must come out.

Pure counting in bounded memory. Records covered = leading records + further rows of groups; entries = leading
records + further events of a record = the sum of the outcomes, of what counts and of test events, which count for nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from plugin_spec import EntryOutcome, Outcome
from tiktok_destination.redaction import shown_name

MAX_UNMAPPED_NAMES: Final = 1_000
OTHER_NAMES: Final = "(further names)"


class CodeKey(NamedTuple):
    """What is counted by itself of the entries that have a code."""

    outcome: Outcome
    code: str
    behind: str | None
    """For pending entries the code that stands behind it."""
    test: bool


class Account:
    """Add the outcomes in input order; read the counts at any time. A count may be zero."""

    def __init__(self, unknown_name_codes: Collection[str] = ()) -> None:
        """The codes are the destination's own, from its `About`."""
        self._unknown_name_codes = unknown_name_codes
        self.leading_records = 0
        """Records that stand alone or lead a group."""
        self.grouped_rows = 0
        """Records that joined the entry of an earlier one."""
        self.further_events = 0
        """Entries beyond the first of their record."""
        self.outcomes: Counter[Outcome] = Counter()
        """Of what counts."""
        self.test_outcomes: Counter[Outcome] = Counter()
        """Of test events, counted apart."""
        self.codes: Counter[CodeKey] = Counter()
        self.notes: Counter[str] = Counter()
        self.unmapped: Counter[tuple[str, str | None]] = Counter()
        """(name as it may be shown, nearest standard name) → entries."""
        self.last_position = 0

    @property
    def records(self) -> int:
        """Records that an entry covers."""
        return self.leading_records + self.grouped_rows

    @property
    def entries(self) -> int:
        return self.leading_records + self.further_events

    @property
    def all_outcomes(self) -> Counter[Outcome]:
        """Of every entry, whether it counts or not."""
        return self.outcomes + self.test_outcomes

    def next_input(self) -> None:
        """What is added from here on is of another input, whose records are numbered from 1 again."""
        self.last_position = 0

    def add(self, entries: Sequence[EntryOutcome]) -> None:
        """Count the next outcomes, in input order."""
        last, leading, plain = self.last_position, 0, 0
        for entry in entries:
            if entry.position != last:
                last = entry.position
                leading += 1
                if entry.rows:
                    self.grouped_rows += len(entry.rows) - 1
            if entry.outcome is Outcome.DELIVERED and not (entry.test or entry.notes or entry.code):
                plain += 1  # most entries of most runs
                continue
            self._count(entry, 1)
            if entry.code in self._unknown_name_codes:
                self._count_unmapped(entry)
        self.last_position = last
        self.leading_records += leading
        self.further_events += len(entries) - leading
        self.outcomes[Outcome.DELIVERED] += plain

    def change(self, before: EntryOutcome, after: EntryOutcome) -> None:
        """An event that was counted as pending has another outcome now, or waits for another reason."""
        self._count(before, -1)
        self._count(after, 1)

    def _count(self, entry: EntryOutcome, by: int) -> None:
        (self.test_outcomes if entry.test else self.outcomes)[entry.outcome] += by
        if entry.code is not None:
            # Elsewhere `reason` is a sentence about the code; here it is the last thing that stood in the way.
            behind = entry.reason or None if entry.outcome is Outcome.PENDING else None
            self.codes[CodeKey(entry.outcome, entry.code, behind, entry.test)] += by
        for note in entry.notes:
            self.notes[note.code] += by

    def _count_unmapped(self, entry: EntryOutcome) -> None:
        key = (shown_name(entry.event_name or ""), entry.suggestion)
        if key not in self.unmapped and len(self.unmapped) >= MAX_UNMAPPED_NAMES:
            key = (OTHER_NAMES, None)
        self.unmapped[key] += 1
