"""The seeds of cases that failed once: kept beside this module, and repeated by every run."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

FILE = Path(__file__).with_name("seeds.json")


def kept_seeds(figure: str) -> list[int]:
    """Those of one figure."""
    held: dict[str, list[int]] = json.loads(FILE.read_text(encoding="utf-8"))
    return held.get(figure, [])


def keep(figure: str, seeds: Iterable[int]) -> None:
    """Add these to the file, if there are any."""
    seeds = set(seeds)
    if not seeds:
        return
    held: dict[str, list[int]] = json.loads(FILE.read_text(encoding="utf-8"))
    held[figure] = sorted(seeds.union(held.get(figure, [])))
    FILE.write_text(json.dumps(held, indent=2) + "\n", encoding="utf-8")
