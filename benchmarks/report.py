"""From the rounds to medians, ratios and their spread; as a table and as JSON."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

Round = Mapping[str, Mapping[str, float]]
"""Variant → what was measured → µs per record, or seconds for a start."""

TARGETS: Final = (
    ("segment prepare", "segment floor", 2.0),
    ("segment prepare", "segment naive", 0.33),
    ("segment interpreter", "segment prepare", None),
    ("dicts prepare", "dicts naive", 0.5),
    ("rows prepare", "rows floor", 2.0),
    ("rows prepare", "rows naive", 0.33),
    ("rows interpreter", "rows prepare", None),
    ("csv prepare", "csv floor", 2.0),
    ("csv prepare", "csv naive", 0.33),
    ("csv interpreter", "csv prepare", None),
)
"""What is divided by what, and the most that it should be."""
STARTS: Final = {"start --help": 0.25, "start validate": 0.5}
"""Command → the most CPU seconds."""


def summary(rounds: Sequence[Round], events: int) -> dict[str, Any]:
    """All of a run, for the JSON file."""
    variants = [name for name in rounds[0] if name not in STARTS]
    return {
        "machine": machine(),
        "events": events,
        "rounds": len(rounds),
        "us_per_event": {name: _spread([_total(one, name) for one in rounds]) for name in variants},
        "floor_parts_us": {
            name: {part: statistics.median(one[name][part] for one in rounds) for part in rounds[0][name]}
            for name in variants
            if name.endswith(" floor")
        },
        "ratios": [
            {"of": above, "to": below, "target": target}
            | _spread([_total(one, above) / _total(one, below) for one in rounds])
            for above, below, target in TARGETS
        ],
        "start_cpu_s": {
            name: {"target": most} | _spread([_total(one, name) for one in rounds])
            for name, most in STARTS.items()
        },
    }


def lines(run: Mapping[str, Any]) -> Iterator[str]:
    """The same for people."""
    machine_ = run["machine"]
    yield f"{machine_['processor']} ({machine_['cores']} cores), Python {machine_['python']}, msgspec {machine_['msgspec']}"
    yield f"{run['events']:,} records, {run['rounds']} rounds in shuffled order, a process for each measurement; CPU time"
    yield ""
    yield f"{'':24}{'µs/record':>12}{'records/s':>12}   range of rounds"
    for name, held in run["us_per_event"].items():
        parts = run["floor_parts_us"].get(name, {})
        told = " + ".join(f"{part} {us:.2f}" for part, us in parts.items())
        yield (
            f"{name:24}{held['median']:12.2f}{1e6 / held['median']:12,.0f}   {held['least']:.2f}–{held['most']:.2f}"
            + (f"   {told}" if told else "")
        )
    yield ""
    yield f"{'ratio of the same round':44}{'median':>8}{'target':>10}   range"
    for ratio in run["ratios"]:
        yield _ratio_line(f"{ratio['of']} / {ratio['to']}", ratio, ratio["target"])
    yield ""
    yield f"{'CPU seconds':44}{'median':>8}{'target':>10}   range"
    for name, held in run["start_cpu_s"].items():
        yield _ratio_line(name, held, held["target"])


def machine() -> dict[str, Any]:
    """What the figures belong to."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "msgspec": version("msgspec"),
    }


def _processor() -> str:
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = (
        line.partition(":")[2].strip() for line in described.splitlines() if line.startswith("model name")
    )
    return next(names, platform.machine())


def _total(one: Round, name: str) -> float:
    return sum(one[name].values())


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def _ratio_line(name: str, held: Mapping[str, float], target: float | None) -> str:
    verdict = "" if target is None else "   met" if held["median"] <= target else "   MISSED"
    wanted = f"≤ {target:.2f}" if target is not None else ""
    return f"{name:44}{held['median']:8.2f}{wanted:>10}   {held['least']:.2f}–{held['most']:.2f}{verdict}"
