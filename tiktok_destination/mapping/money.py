"""What an event is worth: the value and its currency, by the rule in force. Never a guessed amount or currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from plugin_spec import Note
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.contents import Items, sum_of
from tiktok_destination.mapping.scalars import Number, read_number, sum_of_products

VALUE = "properties.value"
CURRENCY = "properties.currency"


class Worth(NamedTuple):
    """A value, where it comes from, and the note if it had to be left out."""

    value: Number | None
    source: str | None = None
    note: str | None = None


def from_items(items: Items) -> Worth:
    """`sum_of_items`: Σ price × quantity."""
    total = sum_of(items)
    if total is None:
        return Worth(None, note="value_incomplete") if items.contents or not items.complete else Worth(None)
    return Worth(total, "sum of price × quantity")


def from_rows(rule: str, rows: Sequence[Mapping[str, Any]], column: str, items: Items) -> Worth:
    """The value of grouped rows by `by_rows`, `order_total` or `sum_of_rows`."""
    if rule == "by_rows" and len(items.contents) == len(rows) and (total := sum_of(items)) is not None:
        return Worth(total, "sum of price × quantity")
    given = [row.get(column) for row in rows]
    if all(is_empty(value) for value in given):
        return Worth(None)
    numbers = [read_number(value) for value in given]
    if any(number is None and not is_empty(value) for number, value in zip(numbers, given, strict=True)):
        return Worth(None, note="not_a_number")
    held = [number for number in numbers if number is not None]
    if any(number < 0 for number in held):
        return Worth(None, note="negative_number")
    if rule == "sum_of_rows":
        if len(held) != len(rows):
            return Worth(None, note="value_ambiguous")
        return Worth(sum_of_products((number, 1) for number in held), f"sum of {column}")
    everywhere = rule == "order_total" or len(held) == len(rows)
    if everywhere and all(number == held[0] for number in held):
        return Worth(held[0], column)
    return Worth(None, note="value_ambiguous")


def settle(properties: dict[str, Any], default: str | None) -> tuple[Note, ...]:
    """Give the default currency to money without one, in place; the notes of what was done."""
    priced = "value" in properties or any("price" in item for item in properties.get("contents", ()))
    if "currency" in properties or not priced:
        return ()
    if default is not None:
        properties["currency"] = default
        return (Note("currency_defaulted", CURRENCY),)
    return (Note("currency_missing", CURRENCY),)
