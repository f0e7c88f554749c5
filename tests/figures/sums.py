"""F9: the sums, looked at during every run of the other figures; where none has run in this process, during a few of them."""

from __future__ import annotations

from typing import Any

from tests.figures import chaos, outage, scripted_outcomes
from tests.figures.figure import Effort, Happened

_RUNS = ((chaos.case, 26), (scripted_outcomes.case, 6), (outage.case, 1))


def case(seed: int, effort: Effort) -> Happened:
    """What the tally holds."""
    tally = effort.tally
    found = Happened()
    if not tally.runs:
        for run, cases in _RUNS:
            for number in range(seed, seed + cases):
                run(number, Effort(short=True, tally=tally))
        # A breach that was found before belongs to the figure in whose case it was found.
    found.counts.update(samples=tally.samples, entries=tally.entries, runs=tally.runs)
    found.measure("breaches", len(tally.breaches))
    found.expect(not tally.breaches, f"{len(tally.breaches)} breaches, such as: {tally.breaches[:1]}")
    return found


def tell(whole: Happened) -> dict[str, Any]:
    return {"samples at which a sum did not hold": int(sum(whole.measured["breaches"]))}
