"""F9: the sums, looked at during every run of the other figures; where hardly any has run in this process, during a few."""

from __future__ import annotations

from typing import Any

from tests.figures import chaos, outage, scripted_outcomes
from tests.figures.figure import Effort, Happened

_RUNS = ((chaos.case, 39, 4), (scripted_outcomes.case, 6, 2), (outage.case, 1, 1))
"""Cases, and cases of a short run, where the other figures have left too few entries to look at."""
_FEW = 10_000


def case(seed: int, effort: Effort) -> Happened:
    """What the tally holds."""
    tally = effort.tally
    found = Happened()
    if tally.entries < _FEW:
        for run, cases, short_cases in _RUNS:
            for number in range(seed, seed + (short_cases if effort.short else cases)):
                run(number, Effort(short=True, tally=tally))
    found.counts.update(samples=tally.samples, entries=tally.entries, runs=tally.runs)
    found.measure("breaches", len(tally.breaches))
    found.expect(not tally.breaches, f"{len(tally.breaches)} breaches, such as: {tally.breaches[:1]}")
    return found


def tell(whole: Happened) -> dict[str, Any]:
    return {"samples at which a sum did not hold": int(sum(whole.measured["breaches"]))}
