"""F14: the campaign of `tests.fuzz`, as `make fuzz` runs it, and answers as the sender may get them."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.figures.figure import Effort, Happened
from tests.fuzz.bench import bench
from tests.fuzz.campaign import KINDS, Report, campaign, open_pool, run_cases
from tests.fuzz.enough import missing
from tests.fuzz.kept import keep

WANTED = {"answers": 1_000_000, "inputs": 20_000, "configs": 50_000, "records": 1_000_000}
"""Records last: they take what is left of the time."""
SHORT_CASES = {"records": 20, "configs": 50, "inputs": 50, "answers": 30}
KIND_S = {"answers": 100.0, "inputs": 80.0, "configs": 180.0, "records": 600.0}
ALL_S = 600.0
"""The longest that one kind takes, and all of them."""
PROCESSES = 2
_SHORT_FIRST = 20_000_000
"""Other cases than those of the campaign and of its own tests."""


def case(seed: int, effort: Effort) -> Happened:
    """`seed` moves where the campaign begins."""
    found = Happened()
    for report in _short(seed) if effort.short else _long(seed):
        found.counts.update({report.kind: report.units, "cases": report.cases})
        found.measure("CPU seconds", report.seconds)
        found.breaches += [f"{failure.kind} {failure.seed}: {failure.story}" for failure in report.failures]
        if not effort.short:
            found.breaches += missing(report)
            keep(report.failures)
    return found


def tell(whole: Happened) -> dict[str, Any]:
    failed = [breach.partition(":")[0] for breach in whole.breaches]
    return {
        "cases in which anything else came": ", ".join(failed) or 0,
        "CPU minutes": round(sum(whole.measured["CPU seconds"]) / 60, 1),
    }


def _long(seed: int) -> list[Report]:
    ends_at = time.monotonic() + ALL_S
    reports = []
    for kind, units in WANTED.items():
        deadline = min(ends_at, time.monotonic() + KIND_S[kind])
        with open_pool(PROCESSES) as pool:
            reports.append(
                campaign(
                    kind,
                    units=units,
                    first=seed * 100_000_000,
                    deadline=deadline,
                    pool=pool,
                    progress=lambda report: None,
                )
            )
    return reports


def _short(seed: int) -> list[Report]:
    first = _SHORT_FIRST + seed
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        held = bench(Path(folder))
        return [run_cases(kind, range(first, first + SHORT_CASES[kind]), held) for kind in KINDS]
