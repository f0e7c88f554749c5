"""From records to units: a unit is one record, or the adjacent rows that make one event. Lazy, in input order.

A record that cannot be read is a unit with a fault, in its place.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import msgspec

from plugin_spec import Note, OverlayValue, Record
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.event_names import fold
from tiktok_destination.mapping.looking import look
from tiktok_destination.mapping.model import GroupRule
from tiktok_destination.mapping.rules import Source, columns
from tiktok_destination.mapping.scalars import as_text
from tiktok_destination.mapping.times import read_moment

Overlay = Mapping[str, OverlayValue]
Key = tuple[str, ...]
_decoder = msgspec.json.Decoder(float_hook=float)
"""A number that no float holds becomes infinity, as in a host's own objects: a fault of its field, if a rule reads it."""
MOST_LEVELS = 256
"""Deeper nesting is no record of anybody's. The decoder's own limit depends on how deep the caller's stack is, and would
judge one record in two ways."""
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[{\]}]', re.DOTALL)
"""Brackets outside of texts: texts are matched to pass over them."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What one or several entries will come of."""

    position: int
    record: Mapping[str, Any]
    rows: tuple[int, ...] = ()
    overlay: Overlay = field(default_factory=dict)
    fault: Note | None = None
    notes: tuple[Note, ...] = ()


def units(records: Iterable[Record], group: GroupRule | None, zone: tzinfo) -> Iterator[Unit]:
    """One unit for each record, or for each run of rows of one event."""
    if group is None:
        for record in records:
            yield unit_of(record)
        return
    waiting = Joining(group, zone)
    for record in records:
        unit = unit_of(record)
        key = key_of_unit(unit, group)
        if waiting.parts and (key is None or key != waiting.key):
            yield waiting.unit()
            waiting = Joining(group, zone)
        if unit.fault:
            yield unit
            continue
        waiting.add(unit, key)
        if key is None:
            yield waiting.unit()
            waiting = Joining(group, zone)
    if waiting.parts:
        yield waiting.unit()


class Joining:
    """Adjacent rows of one event, as far as they have been read."""

    def __init__(self, group: GroupRule, zone: tzinfo) -> None:
        self._group = group
        self._zone = zone
        self.key: Key | None = None
        self.parts: list[Unit] = []
        self._surplus: list[int] = []

    def add(self, unit: Unit, key: Key | None) -> None:
        """One more row. Beyond the limit only its position is kept, so that it has its outcome."""
        self.key = key
        if len(self.parts) < limit("max_group_rows"):
            self.parts.append(unit)
        else:
            self._surplus.append(unit.position)

    def unit(self) -> Unit:
        """The rows as one unit."""
        if self._surplus:
            first, fault = self.parts[0], Note("group_too_large", "event_id")
            positions = (*_positions(self.parts), *self._surplus)
            return Unit(first.position, first.record, positions, fault=fault)
        return _merged(self.parts, self._group, self._zone)


def decode(body: bytes | Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The record as an object, or None for what is none."""
    if isinstance(body, Mapping):
        return body
    if body.count(b"[") + body.count(b"{") > MOST_LEVELS and is_too_deep(body):
        return None
    try:
        decoded = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    return decoded if isinstance(decoded, dict) else None


def is_too_deep(body: bytes) -> bool:
    """Whether a body is nested deeper than is read."""
    level = 0
    for found in _BRACKETS.finditer(body):
        if found[0] in (b"[", b"{"):
            level += 1
            if level > MOST_LEVELS:
                return True
        elif found[0] in (b"]", b"}"):
            level -= 1
    return False


def unit_of(record: Record) -> Unit:
    """One record, read."""
    overlay = record.overlay or {}
    if record.fault is not None:
        return Unit(record.position, {}, overlay=overlay, fault=record.fault)
    decoded = decode(record.body)
    if decoded is None:
        return Unit(record.position, {}, overlay=overlay, fault=Note("unreadable_record"))
    return Unit(record.position, decoded, overlay=overlay)


def group_key(record: Record, group: GroupRule | None) -> bytes | None:
    """A digest that the rows of one event share, wherever they stand; None for what stands alone."""
    if group is None or record.fault is not None:
        return None
    key = key_of_unit(unit_of(record), group)
    return None if key is None else hashlib.sha256(msgspec.json.encode(key)).digest()[:16]


def key_of_unit(unit: Unit, group: GroupRule) -> Key | None:
    """What the rows of one event share; None for what stands alone."""
    return None if unit.fault else key_of(unit.record, group, unit.record.get(group.event_set))


def key_of(row: Any, group: GroupRule, event_set: Any) -> Key | None:
    """The same of a row that is read by paths of its own kind, and of its event set."""

    def cell(sources: tuple[Source, ...]) -> str:
        return (as_text(look(sources, row).value) or "").strip()

    shared = (as_text(event_set) or "").strip(), fold(cell(group.event))
    if event_id := cell(group.event_id):
        return (*shared, "event_id", event_id)
    if order_id := cell(group.order_id):
        return (*shared, "order_id", order_id)
    return None


def _positions(parts: list[Unit]) -> tuple[int, ...]:
    return tuple(part.position for part in parts) if len(parts) > 1 else ()


def _merged(parts: list[Unit], group: GroupRule, zone: tzinfo) -> Unit:
    rows = [part.record for part in parts]
    currencies = {(as_text(value) or "").strip().upper() for value in _found(rows, group.currency)}
    moments = {read_moment(value, zone) or as_text(value) for value in _found(rows, group.event_time)}
    for sources, different in ((group.currency, currencies), (group.event_time, moments)):
        if len(different) > 1:
            path = next(columns(sources), None)
            return Unit(
                parts[0].position, parts[0].record, _positions(parts), fault=Note("group_conflict", path)
            )
    merged: dict[str, Any] = {}
    notes: list[Note] = []
    for column in dict.fromkeys(column for row in rows for column in row):
        values = _held(rows, column)
        if not values:
            continue
        merged[column] = values[0]
        if column in group.one_value and any(_differ(value, values[0]) for value in values[1:]):
            notes.append(Note("group_values_differ", column))
    for column in group.lists:
        values = [value for row in rows for value in _each(row.get(column)) if not is_empty(value)]
        if values:
            merged[column] = values
    if not is_empty(merged.get(group.misplaced)):
        notes.append(Note("event_source_ignored", group.misplaced))
    merged["rows"] = rows
    overlay = {path: value for part in reversed(parts) for path, value in part.overlay.items()}
    return Unit(parts[0].position, merged, _positions(parts), overlay, notes=tuple(notes))


def _found(rows: list[Mapping[str, Any]], sources: tuple[Source, ...]) -> list[Any]:
    return [found.value for row in rows if (found := look(sources, row)).source is not None]


def _held(rows: list[Mapping[str, Any]], column: str) -> list[Any]:
    return [row[column] for row in rows if not is_empty(row.get(column))]


def _differ(left: Any, right: Any, levels: int = 3) -> bool:
    """Whether two cells hold different things. What is nested deeper than a cell ever is counts as different."""
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if not levels or len(left) != len(right):
            return True
        return any(_differ(*pair, levels - 1) for pair in zip(left, right, strict=True))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if not levels or left.keys() != right.keys():
            return True
        return any(_differ(left[key], right[key], levels - 1) for key in left)
    try:
        return bool(left != right)
    except ArithmeticError:  # a signalling NaN
        return True


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
