"""The entries of one destination: each with its present outcome, and all of them counted.

- An entry is counted from the moment it is known. At every moment the entries are the sum of their outcomes.
- What is sent of a pending entry is in the outbox, under a number of its own. Of decided ones the latest are kept; the counts
  are of all.
- Of the latest entries the records are kept as well, so that their story can be told; never longer, and nowhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

import msgspec

from plugin_spec import EntryOutcome, Outcome, Plan, Record
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.intake import Place
from tiktok_destination.redaction import shown_name

MAX_DECIDED: Final = 10_000
"""Decided entries that can still be looked at."""
MAX_STORIES: Final = 500
"""Latest entries whose records are kept."""
MAX_STORY_BYTES: Final = 64 * 1024
"""An entry with larger records keeps none."""
MAX_EVENT_NAMES: Final = 200
OTHER_EVENTS: Final = "(further names)"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it is now."""

    number: int
    """From 1, in the order in which the destination came to know them."""
    input: int
    """The number of its input."""
    place: Place
    outcome: EntryOutcome
    entered_at: float
    """Unix seconds: when it was judged."""
    changed_at: float
    stored: int | None = None
    """Its event's number in the outbox; None: it never was there."""


class Story(NamedTuple):
    """What is needed to explain an entry again."""

    plan: Plan
    records: tuple[Record, ...]


class EventKey(NamedTuple):
    """What is counted by itself of the entries of one event name."""

    event: str
    outcome: Outcome
    code: str | None
    test: bool


class EntryBook:
    """Not for several threads at once: whoever owns it holds a lock."""

    def __init__(self, unknown_name_codes: Collection[str]) -> None:
        self.account = Account(unknown_name_codes)
        self.by_event: Counter[EventKey] = Counter()
        """A count may be zero."""
        self.pending: dict[int, Entry] = {}
        self._decided: dict[int, Entry] = {}
        self._stories: dict[int, Story] = {}
        self._names: set[str] = set()
        self._last_input = 0

    def enter(self, entry: Entry, story: Story | None) -> None:
        """An entry that is known from now on, and what its story is told from, if anything."""
        if entry.input != self._last_input:
            self._last_input = entry.input
            self.account.next_input()
        self.account.add([entry.outcome])
        self.by_event[self._key(entry.outcome)] += 1
        self._file(entry)
        if story is not None and _size(story.records) <= MAX_STORY_BYTES:
            self._stories[entry.number] = story
            while len(self._stories) > MAX_STORIES:
                del self._stories[next(iter(self._stories))]

    def change(self, number: int, outcome: EntryOutcome, now: float) -> None:
        """A pending entry has this outcome now. Raises KeyError for one that is not pending."""
        entry = self.pending.pop(number)
        self.account.change(entry.outcome, outcome)
        self.by_event[self._key(entry.outcome)] -= 1
        self.by_event[self._key(outcome)] += 1
        self._file(msgspec.structs.replace(entry, outcome=outcome, changed_at=now))

    def find(self, number: int) -> Entry | None:
        """The entry, unless it was decided long ago."""
        return self.pending.get(number) or self._decided.get(number)

    def story(self, number: int) -> Story | None:
        """The entry's records and the plan that judged them, while they are kept."""
        return self._stories.get(number)

    def latest(self) -> Iterator[Entry]:
        """Every entry that is kept, the newest first."""
        numbers = sorted((*self.pending, *self._decided), reverse=True)
        return (self.pending.get(number) or self._decided[number] for number in numbers)

    def _file(self, entry: Entry) -> None:
        if entry.outcome.outcome is Outcome.PENDING:
            self.pending[entry.number] = entry
            return
        self._decided[entry.number] = entry
        while len(self._decided) > MAX_DECIDED:
            del self._decided[next(iter(self._decided))]

    def _key(self, outcome: EntryOutcome) -> EventKey:
        name = shown_name(outcome.event_name or "")
        if name not in self._names:
            if len(self._names) >= MAX_EVENT_NAMES:
                name = OTHER_EVENTS
            self._names.add(name)
        return EventKey(name, outcome.outcome, outcome.code, outcome.test)


def _size(records: tuple[Record, ...]) -> int:
    """Bytes, roughly: cells and keys of mappings as text."""
    total = 0
    for record in records:
        if isinstance(record.body, bytes):
            total += len(record.body)
        else:
            total += sum(len(key) + len(str(value)) for key, value in record.body.items())
    return total
