"""`make bench-send`: a long file of NDJSON through prepare, batching and HTTP to a bare sink in another process.

Each round runs every stage; the round with the median share is shown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks import inputs, report
from benchmarks.sending import STAGES

_BARE: Final = (
    "from pathlib import Path\nprint(Path('/proc/self/status').read_text().partition('VmHWM:')[2].split()[0])"
)
LEAST_SHARE: Final = 0.6
MOST_MB: Final = 120.0


def main() -> None:
    options = _options()
    path = inputs.long_track_file(options.records)
    with _sink() as port:
        rounds = [{stage: _run(stage, path, port) for stage in STAGES} for _ in range(max(options.rounds, 1))]
    rounds.sort(key=_share)
    run = summary(rounds[len(rounds) // 2])
    run["share_of_prepare_alone"]["of_each_round"] = [_share(stages) for stages in rounds]
    print("\n".join(lines(run)))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(run, indent=2, ensure_ascii=False), encoding="utf-8")
    print(f"\n{options.json}")


def summary(stages: dict[str, Any]) -> dict[str, Any]:
    """All of a run, for the JSON file."""
    whole = stages["send"]
    bare_mb = _bare_mb()
    return {
        "machine": report.machine(),
        "stages": stages,
        "share_of_prepare_alone": {
            "target": LEAST_SHARE,
            "is": _share(stages),
        },
        "above_the_interpreter_mb": {
            "target": MOST_MB,
            "is": None if bare_mb is None else whole["peak_mb"] - bare_mb,
        },
    }


def _share(stages: dict[str, Any]) -> float:
    """What is left of the throughput of prepare alone. Of one round: the machine is not as fast at every moment."""
    alone, whole = stages["prepare"], stages["send"]
    return float((whole["records"] / whole["wall_s"]) / (alone["records"] / alone["wall_s"]))


def lines(run: dict[str, Any]) -> Iterator[str]:
    """The same for people."""
    machine = run["machine"]
    whole = run["stages"]["send"]
    yield f"{machine['processor']} ({machine['cores']} cores), Python {machine['python']}, msgspec {machine['msgspec']}"
    yield f"{whole['records']:,} records, {whole['delivered']:,} delivered by {whole['requests']:,} requests"
    yield ""
    yield f"{'':24}{'records/s':>12}{'wall s':>10}{'CPU s':>10}{'µs CPU':>10}{'peak MB':>10}"
    for stage, told in run["stages"].items():
        yield (
            f"{stage:24}{told['records'] / told['wall_s']:12,.0f}{told['wall_s']:10.2f}{told['cpu_s']:10.2f}"
            f"{told['cpu_s'] / told['records'] * 1e6:10.2f}{told['peak_mb'] or 0:10.0f}"
        )
    yield ""
    for name, seconds in whole["cpu_by_stage_s"].items():
        yield f"  of it {name:28}{seconds:20.2f}{'':10}{seconds / whole['records'] * 1e6:10.2f}"
    yield f"  books on the disk {whole['books_mb']:.0f} MB, {whole['books_mb'] / whole['delivered'] * 1e6:.0f} MB for a million events"
    yield ""
    share, above = run["share_of_prepare_alone"], run["above_the_interpreter_mb"]
    rounds = "".join(f" · {one:.2f}" for one in share.get("of_each_round", ()))
    yield f"throughput to that of prepare alone: {share['is']:.2f} (at least {share['target']}){rounds}"
    if above["is"] is not None:
        yield f"memory above the bare interpreter: {above['is']:.0f} MB (at most {above['target']:.0f})"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.send", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, help="how many are sent (1000000)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median one is shown (3)")
    parser.add_argument(
        "--json", type=Path, default=inputs.RESULTS / "send.json", help="where the figures go"
    )
    return parser.parse_args()


@contextmanager
def _sink() -> Iterator[int]:
    """The receiver's port, for as long as it runs."""
    command = [sys.executable, "-m", "benchmarks.sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        try:
            yield int(process.stdout.readline() if process.stdout else 0)
        finally:
            process.communicate()


def _run(stage: str, path: Path, port: int) -> dict[str, Any]:
    print(stage, file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks.sending", stage, str(path), str(port)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603 - our own module
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _bare_mb() -> float | None:
    """What the interpreter holds by itself."""
    done = subprocess.run([sys.executable, "-c", _BARE], check=False, capture_output=True, text=True)  # noqa: S603 - our own program
    return int(done.stdout) / 1024 if done.returncode == 0 else None


if __name__ == "__main__":
    main()
