"""`python -m tests.figures`: all figures, or those that are named; `--repeat F6 SEED`: one case again."""

from __future__ import annotations

import argparse
import faulthandler
import sys
from pathlib import Path

from tests.figures import results
from tests.figures.figure import HEAD, Effort, Figure, Row, run_case, take
from tests.figures.kept import keep, kept_seeds
from tests.figures.table import FIGURES

_LONGEST_CASE_S = 300
"""After the time in which cases begin; a case that takes longer hangs."""


def main() -> int:
    """Run what the command line asks for; the exit code."""
    known = {figure.id: figure for figure in FIGURES}
    parser = argparse.ArgumentParser(prog="python -m tests.figures", description="Figures of reliability.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(known)}; none: all")
    parser.add_argument("--short", action="store_true", help="a small share, as `make test` runs it")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="begin with this seed")
    parser.add_argument("--json", type=Path, default=results.FILE, help="where the rows go")
    parser.add_argument("--repeat", nargs=2, metavar=("FIGURE", "SEED"), help="one case again")
    parser.add_argument(
        "--write-docs", action="store_true", help="write the rows into docs/reliability.md, and run nothing"
    )
    arguments = parser.parse_args()
    if arguments.write_docs:
        results.write_page(arguments.json)
        return 0
    unknown = {*arguments.figures, *(arguments.repeat or ())[:1]} - set(known)
    if unknown:
        parser.error(f"no figure is called {', '.join(sorted(unknown))}")
    if arguments.repeat:
        return _repeat(known[arguments.repeat[0]], int(arguments.repeat[1]), Effort(short=arguments.short))
    return _run([known[name] for name in arguments.figures] or list(FIGURES), arguments)


def _run(figures: list[Figure], arguments: argparse.Namespace) -> int:
    effort = Effort(short=arguments.short)
    rows: list[Row] = []
    print(HEAD, flush=True)
    for figure in figures:
        faulthandler.dump_traceback_later(60 * figure.minutes + _LONGEST_CASE_S, exit=True)
        row = take(figure, effort, kept=kept_seeds(figure.id), first=arguments.first)
        faulthandler.cancel_dump_traceback_later()
        rows.append(row)
        print(row.markdown(), flush=True)
        print(f"{figure.id}: {row.seconds:.0f} s", file=sys.stderr)
        _tell(row)
        results.write(rows, arguments.json)
        if figure.cases > 1:  # a single case runs each time as it is
            keep(row.id, row.failing_seeds)
    return 0 if all(row.passed for row in rows) else 1


def _tell(row: Row) -> None:
    for seed, breaches in row.breaches.items():
        print(f"FAILED {row.id} {seed}: python -m tests.figures --repeat {row.id} {seed}", file=sys.stderr)
        for breach in breaches:
            print("".join(f"  {line}\n" for line in breach.splitlines()[-12:]), end="", file=sys.stderr)
    for missing in row.too_little:
        print(f"TOO LITTLE HAPPENED in {row.id}: {missing}", file=sys.stderr)


def _repeat(figure: Figure, seed: int, effort: Effort) -> int:
    happened = run_case(figure, seed, effort)
    print(", ".join(f"{number:,} {what}" for what, number in happened.counts.items()))
    print("\n".join(happened.breaches) or "no breach")
    return 1 if happened.breaches else 0


if __name__ == "__main__":
    sys.exit(main())
