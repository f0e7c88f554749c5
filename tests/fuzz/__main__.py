"""`python -m tests.fuzz`: the long run, `make fuzz`; and one case again, `--repeat KIND SEED`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.bench import bench
from tests.fuzz.campaign import KINDS, UNITS, Failure, Report, campaign, open_pool, run_case
from tests.fuzz.enough import missing
from tests.fuzz.kept import keep

_SHOWN = 5
"""Failures of one kind that are told at length."""


def main() -> int:
    """Run what the command line asks for; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Fuzz records, configurations, inputs and answers."
    )
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--configs", type=int, default=50_000)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        metavar="SEED",
        help="begin with this seed (the kept run begins with 0)",
    )
    parser.add_argument("--minutes", type=float, default=30, help="end in this time, whatever was reached")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--repeat", nargs=2, metavar=("KIND", "SEED"), help=f"one case again; KIND: {', '.join(KINDS)}"
    )
    arguments = parser.parse_args()
    if arguments.repeat:
        return _repeat(arguments.repeat[0], int(arguments.repeat[1]))
    return _run(arguments)


def _repeat(kind: str, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        counted, failure = run_case(kind, seed, bench(Path(folder)))
    if failure is None:
        print(", ".join(f"{what} {number}" for what, number in sorted(counted.items())))
        print("1 passed, 0 failed")
        return 0
    _tell(failure)
    print("0 passed, 1 failed")
    return 1


def _run(arguments: argparse.Namespace) -> int:
    deadline = time.monotonic() + 60 * arguments.minutes
    reports: list[Report] = []
    complaints: list[str] = []
    for kind in KINDS:
        wanted = getattr(arguments, kind)
        began = time.monotonic()
        with open_pool(arguments.processes) as pool:
            report = campaign(
                kind,
                units=wanted,
                first=arguments.first,
                deadline=deadline,
                pool=pool,
                progress=_Progress(wanted),
            )
        reports.append(report)
        _summarise(report, time.monotonic() - began)
        complaints += missing(report)
        if report.units < wanted:
            complaints.append(f"{kind}: {report.units:,} of {wanted:,} {UNITS[kind]} within the time")
    failures = [failure for report in reports for failure in report.failures]
    for complaint in complaints:
        print(f"NOT ENOUGH: {complaint}")
    if not complaints:
        print("Enough happened: every outcome, and nearly every code, many times.")
    if failures:
        keep(failures)
    cases = sum(report.cases for report in reports)
    print(f"{cases - len(failures):,} passed, {len(failures):,} failed")
    return 1 if failures or complaints else 0


def _summarise(report: Report, seconds: float) -> None:
    happened = ", ".join(
        f"{number:,} {what.partition(' ')[2]}"
        for what, number in sorted(report.counted.items())
        if what.partition(" ")[0] in ("entry", "file", "input", "answer")
    )
    codes = sum(what.startswith("code ") for what in report.counted)
    told = f", {codes} different codes" if codes else ""
    print(
        f"{report.kind}: {report.units:,} in {report.cases:,} cases: {happened}{told};"
        f" {seconds:.0f} s, {report.units / max(seconds, 0.001):,.0f} {UNITS[report.kind]}/s"
    )
    for failure in report.failures[:_SHOWN]:
        _tell(failure)
    if len(report.failures) > _SHOWN:
        print(
            f"… and {len(report.failures) - _SHOWN:,} more: {[failure.seed for failure in report.failures[_SHOWN:]]}"
        )


def _tell(failure: Failure) -> None:
    print(f"FAILED {failure.kind} {failure.seed}")
    print(f"  again: python -m tests.fuzz --repeat {failure.kind} {failure.seed}")
    print("".join(f"  {line}\n" for line in failure.story.splitlines()[-12:]), end="")


class _Progress:
    """A line on stderr now and then, so that a long run is seen to live."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._told = time.monotonic()

    def __call__(self, report: Report) -> None:
        if time.monotonic() - self._told > 20:
            self._told = time.monotonic()
            print(f"  {report.kind}: {report.units:,} of {self._wanted:,} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
