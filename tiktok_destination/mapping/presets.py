"""The presets: mappings shipped as data, one YAML file each.

A file may build on another (`extends`: its rows of `fields` win, its other keys replace), and may read fields of the
event's properties by their own names (`same_names`). A file whose name begins with `_` is a base and no preset.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

# libyaml's loader reads the same, in a tenth of the time; not every build of PyYAML has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def preset(name: str) -> dict[str, Any]:
    """The preset of that name. Raises KeyError for a name that is none."""
    if name not in preset_names():
        raise KeyError(name)
    return _read(name)


@cache
def preset_names() -> tuple[str, ...]:
    """All presets, in alphabetical order."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(
        sorted(
            name.removesuffix(".yaml")
            for name in names
            if name.endswith(".yaml") and not name.startswith("_")
        )
    )


def _read(name: str) -> dict[str, Any]:
    own: dict[str, Any] = yaml.load(
        (_folder() / f"{name}.yaml").read_text(encoding="utf-8"),
        Loader=_LOADER,  # noqa: S506 - either of them is a safe one
    )
    base = _read(own.pop("extends")) if "extends" in own else {}
    rows = {**_same_names(own.pop("same_names", {})), **own.get("fields", {})}
    return {**base, **own, "fields": {**base.get("fields", {}), **rows}}


def _same_names(data: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {
        f"properties.{name}": [path.format(name) for path in data["from"]] for name in data.get("fields", ())
    }


def _folder() -> Any:
    return files(__package__) / "presets"
