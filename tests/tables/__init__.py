"""The tables: facts and rules as data, readable by any language. `rows("digests")` gives pytest parameters."""

import json
from pathlib import Path

import pytest


def load(name):
    return json.loads((Path(__file__).parent / f"{name}.json").read_text(encoding="utf-8"))["rows"]


def rows(name):
    return [
        pytest.param(row, id=row.get("id") or "-".join(str(value) for value in list(row.values())[:2]))
        for row in load(name)
    ]
