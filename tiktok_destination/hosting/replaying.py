"""Dead letters on their way back: each is sent as it was, or made anew from its records, or left with a reason.

- Where records are kept, they are mapped anew under the present mapping, and all letters of these records go together.
  What was delivered of them is known by its key.
- A letter leaves in the same change in which what it became enters the outbox: at every moment it is in one of the two.
- What may have arrived is left, unless the receiver would still know the copy, or a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from plugin_spec import About, Code, EntryOutcome, Outcome, Plan, Prepared, Settled
from tiktok_destination.delivery import of_settled
from tiktok_destination.delivery.outbox import (
    DeadLetter,
    Incoming,
    Origin,
    Outbox,
    Scope,
    Selection,
    dead_letters,
    is_dead,
    known_events,
    purging,
    together,
)
from tiktok_destination.hosting.kept_records import restored
from tiktok_destination.store import Database

_PORTION: Final = 500
"""Letters that are moved in one change."""


class Left(StrEnum):
    """Why a letter stays a dead letter."""

    NOT_KEPT = "not_kept"
    TOO_OLD = "too_old"
    MAY_HAVE_ARRIVED = "may_have_arrived"
    STILL_REJECTED = "still_rejected"
    TEST_MODE = "test_mode"


LEFT_CODES: Final[Mapping[str, Code]] = {
    left.value: Code(left.value, meaning, remedy)
    for left, meaning, remedy in (
        (
            Left.NOT_KEPT,
            "It never became an event, and its record was not kept.",
            "Send the input again: what was delivered is a duplicate. With `delivery.keep_records` it would be kept.",
        ),
        (
            Left.TOO_OLD,
            "The event is too old by now.",
            "Nothing can be done. Replay sooner.",
        ),
        (
            Left.MAY_HAVE_ARRIVED,
            "The event may have arrived by an earlier attempt, and the receiver would not recognise a second copy.",
            "Look for the event at the receiver. If it is missing there: `replay --force`.",
        ),
        (
            Left.STILL_REJECTED,
            "The present mapping rejects its record as well.",
            "Mend the configuration: `dead-letters show` says what is wrong with it.",
        ),
        (
            Left.TEST_MODE,
            "It is of a real event, and the configuration or its record asks for test events, which count for nothing.",
            "Take settings.test_event_code out of the configuration, then replay.",
        ),
    )
}


@dataclass(frozen=True)
class Replay:
    """What would become of letters that go together."""

    letters: tuple[DeadLetter, ...]
    entries: tuple[Incoming, ...] = ()
    left: Left | None = None
    """Why they stay; None: the entries take their place."""


class Replaying:
    """Judges letters of one scope. Nothing changes by that."""

    def __init__(  # noqa: PLR0913 (what judging stands on, each given once)
        self,
        database: Database,
        scope: Scope,
        plan: Plan,
        about: About,
        clock: Callable[[], float],
        *,
        force: bool,
    ) -> None:
        """`force`: also what may have arrived, on a person's word."""
        self._database = database
        self._scope = scope
        self._plan = plan
        self._about = about
        self._clock = clock
        self._force = force
        self._test_mode = plan.overview().test_mode

    def portions(self, selection: Selection) -> Iterator[list[Replay]]:
        """The letters selected now, in portions that can be moved in one change. Raises StoreError."""
        portion: list[tuple[int, ...]] = []
        for unit in together(self._database, self._scope.number, selection):
            portion.append(unit)
            if sum(map(len, portion)) >= _PORTION:
                yield self._judged(portion)
                portion = []
        if portion:
            yield self._judged(portion)

    def _judged(self, units: Sequence[tuple[int, ...]]) -> list[Replay]:
        numbers = tuple(number for unit in units for number in unit)
        found = dead_letters(self._database, [self._scope.number], Selection(numbers=numbers))
        letters = {letter.number: letter for letter in found}
        present = [tuple(letters[number] for number in unit if number in letters) for unit in units]
        return [self._replay(unit) for unit in present if unit]

    def _replay(self, letters: tuple[DeadLetter, ...]) -> Replay:
        letter = letters[0]
        if self._test_mode:
            return Replay(letters, left=Left.TEST_MODE)
        if letter.records:
            return self._made_anew(letters)
        if letter.event is None:
            return Replay(letters, left=Left.NOT_KEPT)
        if letter.event.not_after < self._clock():
            return Replay(letters, left=Left.TOO_OLD)
        known_since = self._known_since(letter, letter.event)
        if letter.since is not None and known_since is None and not self._force:
            return Replay(letters, left=Left.MAY_HAVE_ARRIVED)
        return Replay(letters, (Incoming(letter.event, letter.origin, since=known_since),))

    def _made_anew(self, letters: tuple[DeadLetter, ...]) -> Replay:
        letter = letters[0]
        entries = list(self._plan.prepare(restored(letter.records), self._clock))
        if any(entry.test for entry in entries):
            return Replay(letters, left=Left.TEST_MODE)
        settled = [of_settled(entry) for entry in entries if isinstance(entry, Settled)]
        if settled and all(map(is_dead, settled)) and not self._holds_news(entries):
            expired = all(one.outcome is Outcome.EXPIRED for one in settled)
            return Replay(letters, left=Left.TOO_OLD if expired else Left.STILL_REJECTED)
        ordinals = {one.outcome.ordinal for one in letters}
        taken = [entry for entry in entries if not _is_another(entry, ordinals)]
        if not taken and self._force:
            taken = entries
        if not taken:
            return Replay(letters, left=Left.MAY_HAVE_ARRIVED)
        sinces: dict[int, float] = {}
        for one in letters:
            if one.since is not None:
                at = next((at for at, entry in enumerate(taken) if _is_copy(entry, one.event)), None)
                entry = None if at is None else taken[at]
                since = self._known_since(one, entry) if isinstance(entry, Prepared) else None
                if at is not None and since is not None:
                    sinces[at] = min(since, sinces.get(at, since))
                elif not self._force:
                    return Replay(letters, left=Left.MAY_HAVE_ARRIVED)
        return Replay(
            letters, tuple(_incoming(letter, entry, sinces.get(at)) for at, entry in enumerate(taken))
        )

    def _holds_news(self, entries: Sequence[Prepared | Settled]) -> bool:
        """Some event among them is neither delivered nor in the outbox."""
        events = [entry for entry in entries if isinstance(entry, Prepared)]
        return not all(known_events(self._database, self._scope, events))

    def _known_since(self, letter: DeadLetter, event: Prepared) -> float | None:
        """Since when it may have arrived, if the receiver would know it for a copy; None otherwise."""
        recognised = event.repeatable and event.dedup_key is not None
        if letter.since is None or not recognised:
            return None
        return letter.since if self._clock() - letter.since <= self._about.repeat_window_s else None


def move(outbox: Outbox, scope: Scope, replays: Sequence[Replay]) -> list[EntryOutcome]:
    """Put what the letters became into the outbox; the outcomes of what needs no sending. Raises QueueError."""
    moved = [replay for replay in replays if replay.left is None]
    if not moved:
        return []
    numbers = tuple(letter.number for replay in moved for letter in replay.letters)
    entries = [entry for replay in moved for entry in replay.entries]
    outbox.accept(entries, also=[purging([scope.number], Selection(numbers=numbers))])
    return [of_settled(one.entry) for one in entries if isinstance(one.entry, Settled)]


def _is_another(entry: Prepared | Settled, ordinals: set[int]) -> bool:
    """A sibling of what came to nothing: without a key nobody could tell whether it was delivered."""
    return isinstance(entry, Prepared) and entry.dedup_key is None and entry.ordinal not in ordinals


def _is_copy(entry: Prepared | Settled, event: Prepared | None) -> bool:
    """The receiver would know one for a copy of the other."""
    if event is None or not isinstance(entry, Prepared):
        return False
    return entry.dedup_key is not None and entry.dedup_key == event.dedup_key


def _incoming(letter: DeadLetter, entry: Prepared | Settled, since: float | None) -> Incoming:
    """An entry that was made anew, with its own records: under another mapping rows may stand alone."""
    origin = letter.origin
    covered = entry.rows or (entry.position,)
    numbers = origin.rows or range(origin.record, origin.record + len(letter.records))
    first = numbers[covered[0] - 1]
    rows = tuple(numbers[position - 1] for position in entry.rows)
    line = origin.line if first == origin.record else None
    return Incoming(
        msgspec.structs.replace(entry, position=first, rows=rows),
        Origin(origin.input, first, line, entry.ordinal, rows, origin.source),
        tuple(letter.records[position - 1] for position in covered),
        since,
    )
