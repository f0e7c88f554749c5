"""The items of an event: `p_contents`, and what the fields after them need to know of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from tiktok_destination.catalog.fields import ItemField, item_fields
from tiktok_destination.mapping import contents
from tiktok_destination.mapping.compiling import runtime
from tiktok_destination.mapping.compiling.binding import every_path
from tiktok_destination.mapping.compiling.input_type import NotCompiledError, Shape, place
from tiktok_destination.mapping.compiling.pen import Pen, any_of
from tiktok_destination.mapping.compiling.shapes import COMMON
from tiktok_destination.mapping.compiling.wishes import item_path
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import FromPath

_NAMES: Final[dict[str, Any]] = {
    "items_of": contents.items_of,
    "read_item": runtime.read_item,
    "tally": runtime.tally,
}
_TALLIED: Final = {
    "content_id": "; ids[w] = None",
    "price": "; with_price += 1",
    "quantity": "; with_quantity += 1; pieces += w",
}
"""Field of an item → what is kept of it for the fields that follow from the items."""


def write_items(pen: Pen) -> None:
    """The items, by the first place that has some; rows are items themselves."""
    pen.hold(_NAMES)
    pen.write("complete = True")
    pen.write("ids = {}; with_price = with_quantity = pieces = 0")
    if pen.model.group is not None:
        _listed(pen, pen.root)
        return
    pen.write("listed = None")
    for at, source in enumerate(pen.model.items):
        path = item_path(source)
        shape = _shape_of(pen, path)
        with pen.block("if listed is None:" if at else "if True:"):
            if shape is not None and shape.is_object:
                _alone(pen, path)
            elif shape is not None and shape.element is not None:
                pen.write(f"listed = {pen.value(path)} or None")
                with pen.block("if listed is not None:"):
                    _listed(pen, shape.element)
            else:
                pen.write(f"listed = {pen.first_of([pen.value(path)])}.value")
                with pen.block("if listed is not None:"):
                    pen.write("items = items_of(model, listed)")
                    pen.write("p_contents = items.contents; complete = items.complete; notes += items.notes")
                    pen.write("ids, with_price, with_quantity, pieces = tally(p_contents)")


def _shape_of(pen: Pen, path: Path) -> Shape | None:
    """What is known of what stands there; None for a value."""
    found = pen.root
    for step in path.steps:
        if not isinstance(step, str) or step not in found.members:
            return None
        found = found.members[step]
    return None if found.value else found


def _listed(pen: Pen, element: Shape) -> None:
    """The elements of `listed`."""
    pen.write("p_contents = []; told = []")
    with pen.block("for e in listed:"):
        pen.write("item = {}")
        for row in item_fields():
            sources = _sources(pen, row, ())
            values = [_within("e", place(element, source.path).through) for source in sources]
            if pen.is_plain(sources, element):
                _field(pen, row, values, pen.first_of(values), _TALLIED.get(row.name, ""))
            else:
                _field(pen, row, [], pen.looked_up(sources, element, "e"), _TALLIED.get(row.name, ""))
        pen.write("if item: p_contents.append(item)")
    if pen.model.group is None:
        pen.write("complete = len(p_contents) == len(listed)")
    pen.write("if told: notes += dict.fromkeys(told)")


def _within(holder: str, through: tuple[str, ...]) -> str:
    """A value at these attributes, each of which may be missing, as an expression."""
    ways = [".".join((holder, *through[: depth + 1])) for depth in range(len(through))]
    return ways[0] if len(ways) == 1 else f"({' and '.join(ways)})"


def _alone(pen: Pen, path: Path) -> None:
    """An object that is an item itself, if it has an id."""
    if "content_id" not in pen.model.item_fields:
        return
    keys = tuple(step for step in path.steps if isinstance(step, str))
    bases = [
        pen.base(Path(inner.text, (*keys, *inner.steps)))
        for inner in every_path(pen.model.item_fields["content_id"].sources)
    ]
    with pen.block("if " + " or ".join(f"{base} is not None" for base in dict.fromkeys(bases)) + ":"):
        pen.write("item = {}; told = []")
        for row in item_fields():
            sources = _sources(pen, row, keys)
            if pen.is_plain(sources):
                _field(pen, row, pen.values(sources), pen.first_of(pen.values(sources)))
            elif any(source.when is not None for source in sources):
                raise NotCompiledError("an item's field under a condition")
            else:
                _field(pen, row, [], pen.looked_up(sources))
        with pen.block("if 'content_id' in item:"):
            pen.write("p_contents = [item]; notes += told")
            pen.write("ids[item['content_id']] = None; with_price = int('price' in item)")
            pen.write("if 'quantity' in item: with_quantity = 1; pieces = item['quantity']")


def _sources(pen: Pen, row: ItemField, keys: tuple[str, ...]) -> tuple[FromPath, ...]:
    """Where a field of an item is read, from the object in which the item stands at these keys."""
    rule = pen.model.item_fields.get(row.name)
    return tuple(
        replace(source, path=Path(source.path.text, (*keys, *source.path.steps)))
        for source in (rule.sources if rule is not None else ())
        if isinstance(source, FromPath)
    )


def _field(pen: Pen, row: ItemField, values: list[str], found: str, tallied: str = "") -> None:
    """One field: of plain values, of which the interpreter would find `found`, or of that alone."""
    name = pen.constant(f"ITEM_{row.name}", row)
    put = f"item[{row.name!r}] = w{tallied}"
    slow = f"(w := read_item({name}, {found}, told)) is not None"
    if not values:
        if found != pen.first_of([]):
            pen.write(f"if {slow}: {put}")
        return
    with pen.block(f"if {any_of(values)}:"):
        pen.write(f"if {COMMON[row.kind].when}: {put}")
        pen.write(f"elif {slow}: {put}")
