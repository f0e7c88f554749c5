"""The configurations that are measured, with everything on, and what a plan of them reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from benchmarks.naive import CURRENCY, PAGE, REGION
from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.plan import InterpretedPlan, compile_plan
from tiktok_destination.mapping.rules import Source, paths_of

_SETTINGS: Final = {
    "event_source": "web",
    "pixel_code": "C0PIXELCODE00000001A",
    "default_region": REGION,
    "default_currency": CURRENCY,
    "link_url": PAGE,
    "time_zone": "Europe/London",
}


def config(preset: str) -> dict[str, Any]:
    """What the plugin's hooks would get."""
    return {"name": f"benchmark-{preset}", "settings": dict(_SETTINGS), "mapping": {"preset": preset}}


def plan(preset: str) -> Any:
    """The plan that a host gets."""
    return compile_plan(config(preset))


def interpreted(preset: str) -> InterpretedPlan:
    """The same rules, walked for each record."""
    return InterpretedPlan(build(config(preset)))


def input_type(preset: str) -> Any:
    """The type that holds exactly what the plan reads: the plan's own, else one made of the paths in its rules."""
    known = getattr(plan(preset), "input_type", None)
    if known is not None:
        return known
    (model,) = build(config(preset)).models.values()
    return _of_paths(model)


def _of_paths(model: Model) -> Any:
    tree: dict[str, Any] = {}
    for path in _paths(model):
        _plant(tree, path)
    return _struct("Record", tree)


def _paths(model: Model) -> Iterator[tuple[str, ...]]:
    """The keys that lead to each value that a rule reads; an item's, where its list or object stands."""
    name = model.name_place
    sources = [*model.country, *name.rule.sources]
    sources += [
        source
        for rule in model.fields.values()
        for source in rule.sources
        if rule.target != "properties.contents[]"
    ]
    yield from map(_keys, _found(sources))
    if name.type_path is not None:
        yield _keys(name.type_path)
    of_item = [keys for rule in model.item_fields.values() for keys in map(_keys, _found(rule.sources))]
    for place in _found(model.items):
        # Grouped rows are the items themselves.
        at = () if model.group is not None else _keys(place)
        yield from ((*at, "[]" if at and _is_list(at) else "", *keys) for keys in of_item)


def _is_list(keys: tuple[str, ...]) -> bool:
    return len(keys) > 1


def _found(sources: Iterable[Source]) -> Iterator[Path]:
    for source in sources:
        yield from paths_of(source)


def _keys(path: Path) -> tuple[str, ...]:
    keys = []
    for step in path.steps:
        if not isinstance(step, str):
            break
        keys.append(step)
    return tuple(keys)


def _plant(tree: dict[str, Any], keys: tuple[str, ...]) -> None:
    for key in filter(None, keys):
        tree = tree.setdefault(key, {})


def _struct(name: str, tree: dict[str, Any]) -> Any:
    """Whatever stands at a leaf is taken as it is; what no path leads to is skipped."""
    if not tree:
        return Any
    if set(tree) == {"[]"}:
        return list[_struct(f"{name}Item", tree["[]"])]  # type: ignore[misc]  # made at run time
    fields = [
        (f"field_{at}", _struct(f"{name}_{at}", below), None) for at, (key, below) in enumerate(tree.items())
    ]
    names = {f"field_{at}": key for at, key in enumerate(tree)}
    return msgspec.defstruct(name, fields, rename=names, gc=False)
