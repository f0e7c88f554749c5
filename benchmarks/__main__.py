"""`make bench`: interleaved rounds of every variant, each in a fresh process, and what follows from them."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

from benchmarks import inputs, report, startup
from benchmarks.measure import VARIANTS


def main() -> None:
    options = _options()
    inputs.track_file(options.events)
    inputs.row_file(options.events)
    inputs.row_csv(options.events)
    draw = random.Random(options.rounds)  # noqa: S311 - only the order of the measurements
    rounds = []
    for number in range(1, options.rounds + 1):
        print(f"round {number} of {options.rounds}", file=sys.stderr)
        rounds.append(_round(draw, options.events))
    run = report.summary(rounds, options.events)
    print("\n".join(report.lines(run)))
    path: Path = options.json
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(run | {"every_round": rounds}, indent=2, ensure_ascii=False), encoding="utf-8")
    print(f"\n{path}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="records of each workload (10000)")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each variant (5)")
    parser.add_argument(
        "--json", type=Path, default=inputs.RESULTS / "bench.json", help="where the figures go"
    )
    return parser.parse_args()


def _round(draw: random.Random, events: int) -> dict[str, dict[str, float]]:
    """Every variant once, in an order of its own; given back in the usual one."""
    order = [*VARIANTS, *startup.COMMANDS]
    measured = {name: _measured(name, events) for name in draw.sample(order, len(order))}
    return {name: measured[name] for name in order}


def _measured(name: str, events: int) -> dict[str, float]:
    if name in startup.COMMANDS:
        return {"all": startup.cpu_seconds(startup.COMMANDS[name])}
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "benchmarks.measure", name, str(events)],
        check=True,
        stdout=subprocess.PIPE,
    )
    parts: dict[str, float] = json.loads(done.stdout)
    return parts


if __name__ == "__main__":
    main()
