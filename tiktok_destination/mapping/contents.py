"""The items of an event: `properties.contents`, and what follows from them (ids, number of items, their sum)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from plugin_spec import Note
from tiktok_destination.catalog.fields import ItemField, item_fields
from tiktok_destination.mapping.looking import look, where
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.readers import ITEM_READERS
from tiktok_destination.mapping.scalars import Number, sum_of_products

CONTENTS = "properties.contents"


class Items(NamedTuple):
    """The items as they are sent, where they stood, and what was left out."""

    contents: list[dict[str, Any]]
    source: str | None = None
    notes: tuple[Note, ...] = ()
    complete: bool = True
    """Every element of the record's list is among the contents, so that sums mean the whole order."""


def read_items(model: Model, record: Mapping[str, Any]) -> Items:
    """The items of a record. A list gives its elements; one object counts as one item if it has an id."""
    found = look(model.items, record)
    if found.source is None:
        return Items([])
    return items_of(model, found.value, where(found.source, record))


def items_of(model: Model, held: Any, source: str | None = None) -> Items:
    """The items that stand in `held` (never empty)."""
    notes: list[Note] = []
    if isinstance(held, Mapping):
        alone = _item(model, held, notes)
        return Items([alone], source, tuple(notes)) if "content_id" in alone else Items([])
    elements = held if isinstance(held, list | tuple) else [held]
    contents = [item for element in elements if (item := _item(model, element, notes))]
    # Grouped rows need not be items: a row without item columns is part of the event all the same.
    complete = model.group is not None or len(contents) == len(elements)
    return Items(contents, source, tuple(dict.fromkeys(notes)), complete)


def _item(model: Model, element: Any, notes: list[Note]) -> dict[str, Any]:
    if not isinstance(element, Mapping):
        notes.append(Note("item_unreadable", CONTENTS))
        return {}
    item: dict[str, Any] = {}
    for row in item_fields():
        value = _item_value(model, row, element, notes)
        if value is not None:
            item[row.name] = value
    return item


def _item_value(model: Model, row: ItemField, element: Mapping[str, Any], notes: list[Note]) -> Any:
    rule = model.item_fields.get(row.name)
    if rule is None:
        return None
    found = look(rule.sources, element)
    if found.note:
        notes.append(Note(found.note, f"{CONTENTS}[].{row.name}"))
    if found.source is None:
        return None
    reading = ITEM_READERS[row.kind](found.value)
    notes.extend(Note(code, f"{CONTENTS}[].{row.name}") for code in reading.notes)
    return reading.value


def ids_of(contents: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of the items, each once, in order."""
    return list(dict.fromkeys(item["content_id"] for item in contents if "content_id" in item))


def number_of(items: Items) -> int | None:
    """How many pieces there are; None unless every item says its quantity."""
    if not items.contents or not items.complete or any("quantity" not in item for item in items.contents):
        return None
    quantities: list[int] = [item["quantity"] for item in items.contents]
    return sum(quantities)


def sum_of(items: Items) -> Number | None:
    """Σ price × quantity; None unless every item has both."""
    held = items.contents
    if not held or not items.complete or any("price" not in item or "quantity" not in item for item in held):
        return None
    return sum_of_products((item["price"], item["quantity"]) for item in held)
