"""What the rules of a model read of a record: said to its shape, before the types are made."""

from __future__ import annotations

from collections.abc import Iterator

from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping.compiling.binding import comparisons, condition_paths, every_path
from tiktok_destination.mapping.compiling.input_type import NotCompiledError, Shape
from tiktok_destination.mapping.conditions import Condition
from tiktok_destination.mapping.model import GroupRule, Model
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import FromPath, Source


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


def want_rows(model: Model, group: GroupRule, root: Shape) -> tuple[int, int]:
    """Say what they read of a row: its head first. How many cells are compared, and how many the head has.

    Raises NotCompiledError for rules that would see in one row what they do not see in several joined.
    """
    _check_lists(model, group)
    _check_blanks(model)
    (rows,) = model.items if len(model.items) == 1 else (None,)
    if rows is None or item_path(rows).steps != ("rows",):
        raise NotCompiledError("items that are not the rows")
    root.at((group.event_set,)).value = True
    for sources in (group.event, group.event_id, group.order_id, group.event_time, group.currency):
        for path in every_path(sources):
            _want(path, root)
    compared = len(root.members)
    root.at((group.misplaced,)).value = True
    want(model, root)
    if "rows" in root.members:
        raise NotCompiledError("a rule that reads the rows")
    for column in sorted(
        group.one_value
    ):  # compared as a whole, also where this event source has no use for it
        root.at((column,)).value = True
    heads = len(root.members)
    root.at((group.value,)).value = True
    for path in item_paths(model):
        _want(path, root)
    return compared, heads


def _check_lists(model: Model, group: GroupRule) -> None:
    """Cells of which every row has its own are read by fields that take several values, as they are."""
    alone = [*model.name_place.rule.sources, *model.country, *group.event, *group.event_id, *group.order_id]
    for target, rule in model.fields.items():
        if target in fields() and fields()[target].many:
            alone += () if all(map(is_cell, rule.sources)) else rule.sources
        else:
            alone += rule.sources
    read = {path.steps[0] for path in every_path(tuple(alone))}
    read |= {path.steps[0] for condition in _conditions(model) for path in condition_paths(condition)}
    if read & group.lists:
        raise NotCompiledError("a column of several values that is read as one")


def is_cell(source: Source) -> bool:
    """Whether a source reads one cell of a row, as it is."""
    return (
        isinstance(source, FromPath)
        and source.transform is None
        and source.when is None
        and len(source.path.steps) == 1
    )


def _check_blanks(model: Model) -> None:
    """No condition asks for a blank text: joined rows have none."""
    for condition in _conditions(model):
        for comparison in comparisons(condition):
            operand = comparison.operand
            for text in operand if isinstance(operand, list | tuple) else [operand]:
                if isinstance(text, str) and not text.strip():
                    raise NotCompiledError("a condition that asks for a blank text")


def _conditions(model: Model) -> Iterator[Condition]:
    """Every condition on a joined record."""
    for rules in model.names.rules.values():
        for rule in rules if isinstance(rules, tuple) else ():
            if rule.when is not None:
                yield rule.when
    for field_rule in (*model.fields.values(), model.name_place.rule):
        for source in field_rule.sources:
            if isinstance(source, FromPath) and source.when is not None:
                yield source.when


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
