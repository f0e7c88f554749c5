"""What the rules of a model read of a record: said to its shape, before the types are made."""

from __future__ import annotations

from collections.abc import Iterator

from tiktok_destination.mapping.compiling.binding import condition_paths, every_path
from tiktok_destination.mapping.compiling.input_type import Shape
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import FromPath, Source


class NotCompiledError(Exception):
    """Rules that the compiler has no code for: the interpreter walks them."""


def want(model: Model, root: Shape) -> None:
    """Say what the rules of a model read of a record, but for its items. Raises NotCompiledError."""
    place_ = model.name_place
    sources: list[Source] = [*place_.rule.sources, *model.country]
    for rule in model.fields.values():
        sources += rule.sources
    for path in every_path(tuple(sources)):
        _want(path, root)
    if place_.type_path is not None:
        _want(place_.type_path, root)
    for rules in model.names.rules.values():
        for event_rule in rules if isinstance(rules, tuple) else ():
            for path in condition_paths(event_rule.when) if event_rule.when else ():
                _want(path, root)


def want_items(model: Model, root: Shape) -> None:
    """Say what they read of its items, when all else is known. Raises NotCompiledError."""
    for source in model.items:
        path = item_path(source)
        holder = root.at(tuple(step for step in path.steps if isinstance(step, str)))
        if holder.members:  # an object that may be an item itself
            if source is not model.items[-1]:
                raise NotCompiledError(
                    "an object among several places of items: whether it is empty is not known"
                )
            for inner in item_paths(model):
                _want(Path(inner.text, (*path.steps, *inner.steps)), root)
        else:
            holder.element = holder.element or Shape("item")
            for inner in item_paths(model):
                _want(inner, holder.element)


def _want(path: Path, root: Shape) -> None:
    if not isinstance(path.steps[0], str):
        raise NotCompiledError(path.text)
    root.want(path)


def item_path(source: Source) -> Path:
    """Where items stand. Raises NotCompiledError for what is not a plain path."""
    if isinstance(source, FromPath) and source.transform is None and source.when is None:
        path = source.path
        if all(isinstance(step, str) for step in path.steps):
            return path
    raise NotCompiledError("items that are not read at a plain path")


def item_paths(model: Model) -> Iterator[Path]:
    """What is read of each item. Raises NotCompiledError for what does not come from a path."""
    for rule in model.item_fields.values():
        if not all(isinstance(source, FromPath) for source in rule.sources):
            raise NotCompiledError(rule.target)
        yield from every_path(rule.sources)
