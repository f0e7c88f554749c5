"""The presets: mappings shipped as data, one YAML file each."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


@cache
def preset(name: str) -> dict[str, Any]:
    """The preset of that name. Raises KeyError for a name that is none."""
    if name not in preset_names():
        raise KeyError(name)
    content: dict[str, Any] = yaml.safe_load((_folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    return content


@cache
def preset_names() -> tuple[str, ...]:
    """All presets, in alphabetical order."""
    return tuple(
        sorted(
            entry.name.removesuffix(".yaml") for entry in _folder().iterdir() if entry.name.endswith(".yaml")
        )
    )


def _folder() -> Any:
    return files(__package__) / "presets"
