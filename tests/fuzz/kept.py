"""The seeds of cases that failed once: kept beside this module, and run by every `make test`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tests.fuzz.campaign import KINDS, Failure

FILE = Path(__file__).with_name("seeds.json")


def kept_seeds() -> dict[str, list[int]]:
    """Kind → seeds."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return {kind: held[kind] for kind in KINDS}


def keep(failures: Iterable[Failure]) -> None:
    """Add the seeds of these cases to the file."""
    seeds = kept_seeds()
    for failure in failures:
        seeds[failure.kind] = sorted({*seeds[failure.kind], failure.seed})
    FILE.write_text(json.dumps(seeds, indent=2) + "\n", encoding="utf-8")
