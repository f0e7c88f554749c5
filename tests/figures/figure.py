"""What a figure is, and what came of one: counts, measured values, breaches, passed or not."""

from __future__ import annotations

import itertools
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.figures.conservation import Tally

SHOWN = 3
"""Breaches of one case that are kept; the first says most."""


@dataclass(frozen=True)
class Effort:
    """How much is done."""

    short: bool
    tally: Tally = field(default_factory=Tally)
    """Of every run of delivery in this process, for the figure of conservation."""


@dataclass
class Happened:
    """What one case did and found."""

    counts: Counter[str] = field(default_factory=Counter)
    measured: dict[str, list[float]] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def measure(self, name: str, value: float) -> None:
        """Keep one measured value."""
        self.measured.setdefault(name, []).append(value)

    def expect(self, holds: object, breach: str) -> None:
        """Note a breach unless `holds`."""
        if not holds:
            self.breaches.append(breach)

    def add(self, other: Happened) -> None:
        """Take in what another case did."""
        self.counts += other.counts
        for name, values in other.measured.items():
            self.measured.setdefault(name, []).extend(values)
        self.breaches += other.breaches


Values = Mapping[str, Any]
Case = Callable[[int, Effort], Happened]


@dataclass(frozen=True)
class Figure:
    """One row of the table: what is done, and what has to come of it."""

    id: str
    name: str
    mark: str
    """What has to hold, in words."""
    case: Case
    """One case by its seed."""
    tell: Callable[[Happened], Values]
    """What the row shows, made of all cases together."""
    cases: int
    short_cases: int
    least: Mapping[str, float]
    """The fewest of each count for one case, on average: with less a run proves nothing."""
    short_least: Mapping[str, float] | None = None
    """The same for the short run, where its cases are smaller."""
    minutes: float = 6
    """No further case begins after this time."""

    @property
    def command(self) -> str:
        return f"python -m tests.figures {self.id}"


@dataclass(frozen=True)
class Row:
    """What came of a figure."""

    id: str
    name: str
    mark: str
    passed: bool
    counts: Mapping[str, int]
    values: Values
    breaches: Mapping[str, list[str]]
    """Seed → what did not hold in its case."""
    too_little: list[str]
    """What did not happen often enough."""
    first_seed: int
    seconds: float
    short: bool
    command: str

    @property
    def failing_seeds(self) -> list[int]:
        return sorted(map(int, self.breaches))

    def markdown(self) -> str:
        """One row of a table."""
        told = "; ".join(f"{name} {_shown(value)}" for name, value in self.values.items())
        seeds = f" by {', '.join(map(str, self.failing_seeds))}" if self.breaches else ""
        verdict = "met" if self.passed else f"**missed**{seeds}"
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        return f"| {self.id} | {self.name} | {counts} | {told} | {self.mark} | {verdict} | `{self.command}` |"


HEAD = (
    "| # | figure | what happened | found | mark | | command |\n| --- | --- | --- | --- | --- | --- | --- |"
)


def take(figure: Figure, effort: Effort, *, kept: Iterable[int] = (), first: int = 0) -> Row:
    """Run the kept cases and then as many as the effort asks for, from seed `first` on."""
    began = time.monotonic()
    seeds = range(first, first + (figure.short_cases if effort.short else figure.cases))
    kept = [seed for seed in kept if seed not in seeds]
    wanted = len(kept) + len(seeds)
    whole = Happened()
    breaches: dict[str, list[str]] = {}
    ran = 0
    for seed in itertools.chain(kept, seeds):
        if time.monotonic() - began > 60 * figure.minutes:
            break
        happened = run_case(figure, seed, effort)
        if happened.breaches:
            breaches[str(seed)] = happened.breaches[:SHOWN]
        whole.add(happened)
        ran += 1
    least = figure.short_least if effort.short and figure.short_least else figure.least
    too_little = [] if ran >= wanted else [f"{ran} of {wanted} cases within {figure.minutes:g} minutes"]
    too_little += [
        f"{what}: {whole.counts[what]:,} of at least {fewest * wanted:,.0f}"
        for what, fewest in least.items()
        if whole.counts[what] < fewest * wanted
    ]
    return Row(
        id=figure.id,
        name=figure.name,
        mark=figure.mark,
        passed=not breaches and not too_little,
        counts=dict(whole.counts),
        values=figure.tell(whole) if whole.counts else {},
        breaches=breaches,
        too_little=too_little,
        first_seed=first,
        seconds=round(time.monotonic() - began, 1),
        short=effort.short,
        command=figure.command + (" --short" if effort.short else ""),
    )


def run_case(figure: Figure, seed: int, effort: Effort) -> Happened:
    """One case; whatever it raises is a breach of its own."""
    known = len(effort.tally.breaches)
    try:
        happened = figure.case(seed, effort)
    except Exception:  # noqa: BLE001 - any exception at all fails the case, and the others go on
        happened = Happened(breaches=[traceback.format_exc()])
    happened.breaches += effort.tally.breaches[known:]
    return happened


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
