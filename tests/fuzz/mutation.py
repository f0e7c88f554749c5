"""Changes one place of a structure and leaves the original as it is: only the containers on the way there are copied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from tiktok_destination.mapping.paths import Where

Palette = Callable[[Random], Any]
"""Gives a new value."""


def mutated(rng: Random, structure: Any, palette: Palette, steps: int) -> Any:
    """The dict or list with that many changes."""
    for _ in range(steps):
        structure = _changed_once(rng, structure, palette)
    return structure


def planted(rng: Random, record: Mapping[str, Any], steps: Sequence[Any], value: Any) -> Any:
    """The record with `value` where a rule looks: the containers on the way there are made where they are missing."""
    return _with(rng, dict(record), steps, value)


def _with(rng: Random, below: Any, steps: Sequence[Any], value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, str):
        held = dict(below) if isinstance(below, dict) else {}
        held[step] = _with(rng, held.get(step), rest, value)
        return held
    first = below[0] if isinstance(below, list) and below else {}
    element = _with(rng, first, rest, value)
    if isinstance(step, Where) and isinstance(element, dict):
        element = {**element, step.key: step.value if rng.random() < 0.8 else value}
    kept = below[1:] if isinstance(below, list) else []
    return [element, *kept] if rng.random() < 0.8 else [*kept, element, element]


def _changed_once(rng: Random, structure: Any, palette: Palette) -> Any:
    top = here = structure.copy()
    while here:
        key = rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        below = here[key]
        if type(below) not in (dict, list) or not below or rng.random() < 0.2:
            _change(rng, here, key, palette)
            return top
        copy = here[key] = below.copy()
        here = copy
    return top


def _change(rng: Random, here: Any, key: Any, palette: Palette) -> None:
    held = here[key]
    draw = rng.random()
    if draw < 0.55:
        here[key] = palette(rng)
    elif draw < 0.67:
        del here[key]
    elif draw < 0.73:
        _rename(rng, here, key, palette)
    elif draw < 0.78:
        here[key] = [held] if rng.random() < 0.6 else [held, held]
    elif draw < 0.81:
        here[key] = {"value": held}
    elif draw < 0.85:
        here[key] = _as_text(held) if not isinstance(held, str) else f" {held}\n"
    elif draw < 0.92:
        other = rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        here[key], here[other] = here[other], held
    elif isinstance(here, list):
        here.insert(key, palette(rng))
    else:
        here[f"{key}{rng.choice(('', '_2', ' ', '.x', '[0]'))}"] = palette(rng)


def _as_text(held: Any) -> str:
    return str(held) if isinstance(held, int | float) and abs(held) < 1e300 else "text"


def _rename(rng: Random, here: Any, key: Any, palette: Palette) -> None:
    if isinstance(here, list):
        here.append(palette(rng))
        return
    name = str(key)
    new = rng.choice(
        (
            name.upper(),
            name.lower(),
            name.title(),
            f"{name} ",
            f" {name}",
            name[:-1],
            name + "s",
            "",
            name[::-1],
            name.replace("_", " "),
        )
    )
    here[new] = here.pop(key)
