"""Whether the sums hold while a run goes on: looked at each time outcomes are handed on.

What was read is either handed on or within the window; what is handed on is the next entry that was read, once, in order.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled

Entry = Prepared | Settled


@dataclass
class Tally:
    """Of all runs of one process."""

    runs: int = 0
    samples: int = 0
    entries: int = 0
    breaches: list[str] = field(default_factory=list)


class Watch:
    """Stands on both sides of one run: what goes in, and what is handed on."""

    def __init__(self, tally: Tally, *, window: int) -> None:
        """`window`: the most entries that may be read and not handed on."""
        self._tally = tally
        self._window = window
        self._undecided: deque[tuple[int, int]] = deque()
        self.read = 0
        self.handed_on = 0
        self.outcomes: Counter[Outcome] = Counter()
        tally.runs += 1

    def entries(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """The same entries, counted as they are read."""
        for entry in entries:
            self._undecided.append((entry.position, entry.ordinal))
            self.read += 1
            yield entry

    def listener(
        self, then: Callable[[Sequence[EntryOutcome]], object]
    ) -> Callable[[Sequence[EntryOutcome]], None]:
        """Takes one sample at each hand-on."""

        def on_outcomes(outcomes: Sequence[EntryOutcome]) -> None:
            self.sample(outcomes)
            then(outcomes)

        return on_outcomes

    def sample(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Look at the sums as these are handed on."""
        self._tally.samples += 1
        read = self.read  # may grow meanwhile, by the thread that reads
        if read - self.handed_on > self._window:
            self._breach(
                f"{read - self.handed_on} entries are undecided, beyond the window of {self._window}"
            )
        for outcome in outcomes:
            expected = self._undecided.popleft() if self._undecided else None
            if (outcome.position, outcome.ordinal) != expected:
                self._breach(
                    f"entry {outcome.position}.{outcome.ordinal} is handed on in place of {expected}"
                )
        self.outcomes.update(outcome.outcome for outcome in outcomes)
        self.handed_on += len(outcomes)
        if self.outcomes.total() != self.handed_on:
            self._breach(f"{self.outcomes.total()} outcomes for {self.handed_on} entries")

    def end(self, *, interrupted: bool = False) -> None:
        """The run is over: all that was read is handed on (a stopped run may leave entries that it never looked at)."""
        self._tally.samples += 1
        self._tally.entries += self.handed_on
        if not interrupted and (self._undecided or self.read != self.outcomes.total()):
            self._breach(f"{self.read} entries were read, {self.outcomes.total()} have an outcome")

    def _breach(self, what: str) -> None:
        self._tally.breaches.append(what)
