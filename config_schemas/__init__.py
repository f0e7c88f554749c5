"""JSON Schemas (draft 2020-12) as data: the YAML file, the settings for each event source, the wire event, the emulator's seed."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def load(name: str) -> dict[str, Any]:
    """The schema in `NAME.schema.json`. Raises FileNotFoundError for a name that is none of this folder's."""
    schema: dict[str, Any] = json.loads((files(__name__) / f"{name}.schema.json").read_text(encoding="utf-8"))
    return schema
