"""What generated code calls: exact readers for what is not of the common shape, and the rare turns of an event's making.

Everything here gives what the interpreter gives, because it calls what the interpreter calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, Final

from plugin_spec import Note, Outcome, Settled
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import Field, ItemField
from tiktok_destination.catalog.limits import limit, test_event_code
from tiktok_destination.catalog.places import countries
from tiktok_destination.mapping import readers
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.contents import CONTENTS, ids_of
from tiktok_destination.mapping.event_names import EventRule, NameTable, NoEvent
from tiktok_destination.mapping.looking import NOTHING, Found
from tiktok_destination.mapping.scalars import as_flag, as_text, sum_of_products
from tiktok_destination.mapping.times import read_moment
from tiktok_destination.mapping.tracking import DENIED

_MOST_NAMES_KEPT = 1024
_LONGEST_NAME_KEPT = 100
_SECONDS: Final = range(1, 10**11)
_from_iso = datetime.fromisoformat
_PLAIN_ADDRESS = re.compile(r"https?://[!$-Z\\^-~]*").fullmatch
"""Without space, fragment or brackets: all after the first `?` is its query."""
UNSURE: Final = object()
"""What stands for a value that the interpreter has to look for."""
_PARTS = 10_000
_MOST_PARTS = 10**15
_MOST_DIGITS = 15
"""Before the point, and after it."""

Rules = tuple[EventRule, ...] | NoEvent


class Names:
    """A record's name → its rules, kept by how records write it; what a name leads to never changes."""

    def __init__(self, table: NameTable, fallback: str | None) -> None:
        self._table = table
        self._fallback = fallback
        self.kept: dict[str, tuple[str | None, Rules]] = {}

    def __call__(self, written: Any) -> tuple[str | None, Rules]:
        """The name, and the rules or why there are none."""
        name = (as_text(written) or "").strip() or self._fallback
        if name is None:
            return None, NoEvent("event_name_missing", rejected=True)
        found = name, self._table.resolve(name)
        if (
            isinstance(written, str)
            and written
            and not written.isspace()
            and len(written) <= _LONGEST_NAME_KEPT
        ):
            if len(self.kept) >= _MOST_NAMES_KEPT:
                self.kept.clear()
            self.kept[written] = found
        return found


def kind_of(value: Any) -> str:
    """What kind of call a record says it is."""
    return (as_text(value) or "").strip().lower()


def first(values: Iterable[Any]) -> Found:
    """The first value that holds something, as a rule of plain paths finds it."""
    for value in values:
        if not is_empty(value):
            return Found(value, None)
    return NOTHING


def parameter(address: Any, name: str) -> Any:
    """What a parameter of a plain web address holds: its text, None for nothing, and UNSURE for what is not plain."""
    if address.__class__ is not str or not _PLAIN_ADDRESS(address):
        return UNSURE
    _, _, query = address.partition("?")
    _, found, rest = f"&{query}".partition(f"&{name}=")
    if not found:
        return None
    value = rest.partition("&")[0]
    return value if value and "%" not in value else UNSURE


def read(field: Field, found: Found, region: str | None, notes: list[Note]) -> Any:
    """The value of a field, by the interpreter's reader."""
    if found is NOTHING:
        return None
    if found.note:
        notes.append(Note(found.note, field.target))
    if found.value is None:
        return None
    reading = readers.read(field, found.value, region)
    for code in reading.notes:
        notes.append(Note(code, field.target))  # noqa: PERF401 - nearly always none or one
    return reading.value


def read_item(row: ItemField, found: Found, notes: list[Note]) -> Any:
    """The value of an item's field, by the interpreter's reader."""
    if found.note:
        notes.append(Note(found.note, f"{CONTENTS}[].{row.name}"))
    if found.value is None:
        return None
    reading = readers.ITEM_READERS[row.kind](found.value)
    notes.extend(Note(code, f"{CONTENTS}[].{row.name}") for code in reading.notes)
    return reading.value


def tally(items: list[dict[str, Any]]) -> tuple[dict[str, None], int, int, int]:
    """The ids of items, each once; how many have a price and how many a quantity; how many pieces there are."""
    quantities = [item["quantity"] for item in items if "quantity" in item]
    priced = sum("price" in item for item in items)
    return dict.fromkeys(ids_of(items)), priced, len(quantities), sum(quantities)


def total(items: list[dict[str, Any]]) -> int | float:
    """Σ price × quantity of items that have both, exact in decimals."""
    parts = 0
    for item in items:
        price = item["price"]
        scaled = round(price * _PARTS)
        # Up to 15 digits a float is one decimal alone: the one that it is written as.
        if scaled / _PARTS != price or scaled >= _MOST_PARTS:
            return sum_of_products((held["price"], held["quantity"]) for held in items)
        parts += scaled * item["quantity"]
    return parts / _PARTS if parts % _PARTS else parts // _PARTS


def decimal(text: str) -> int | float | None:
    """A plain decimal text that is not below zero; None for whatever else it is."""
    whole, point, fraction = text.partition(".")
    if not (text.isascii() and whole.isdigit() and len(whole) <= _MOST_DIGITS):
        return None
    if not point:
        return int(whole)
    if not (fraction.isdigit() and len(fraction) <= _MOST_DIGITS):
        return None
    return float(text) if fraction.strip("0") else int(whole)


def seconds(written: Any) -> int | None:
    """Unix seconds of a time in ISO 8601 with an offset, or of seconds; None for whatever else it is."""
    if written.__class__ is str:
        try:
            moment = _from_iso(written)
        except ValueError:
            return None
        whole = 0 if moment.tzinfo is None else int(moment.timestamp())
        return whole if whole > 0 else None
    return written if written.__class__ is int and written in _SECONDS else None


def moment(found: Found, zone: tzinfo, notes: list[Note]) -> tuple[int | None, Note | None]:
    """The time of an event, and why no event can come of it."""
    if found.value is None:
        return None, Note("event_time_missing", "event_time")
    read_as = read_moment(found.value, zone)
    if read_as is None:
        return None, Note("event_time_unreadable", "event_time")
    if read_as.without_offset:
        notes.append(Note("time_without_offset", "event_time"))
    return read_as.seconds, None


def clicked(found: Found, zone: tzinfo, notes: list[Note]) -> int | None:
    """When the ad was clicked."""
    if found.value is None:
        return None
    read_as = read_moment(found.value, zone)
    if read_as is None:
        notes.append(Note("click_time_unreadable", "click_time"))
        return None
    return read_as.seconds


def event_id(found: Found, notes: list[Note]) -> str | None:
    """The record's own id."""
    if found.value is None:
        return None
    text = (as_text(found.value) or "").strip()
    if not text or len(text) > limit("max_event_id_chars"):
        notes.append(Note("event_id_unfit", "event_id"))
        return None
    if "@" in text:
        notes.append(Note("event_id_personal", "event_id"))
    return text


def test_code(found: Found, default: str | None, fault: Note | None) -> tuple[str | None, Note | None]:
    """The test event code in force, and why no event can come of the record."""
    if found.value is None:
        return default, fault
    code = (as_text(found.value) or "").strip()
    if test_event_code().fullmatch(code):
        return code, fault
    return default, fault or Note("test_event_code_unfit", "test_event_code")


def region_of(found: Found, default: str | None) -> str | None:
    """The region by which a record's phones are read."""
    if found.value is None:
        return default
    text = (as_text(found.value) or "").strip()
    return text.upper() if text.isascii() and text.upper() in countries() else None


def drop_ids(user: dict[str, Any], enabled: Found, notes: list[Note]) -> None:
    """Under denied tracking no advertising id is sent."""
    if user.get("att_status") in DENIED or as_flag(enabled.value) is False:
        dropped = [name for name in ("idfa", "gaid") if user.pop(name, None) is not None]
        notes.extend(Note("tracking_denied", f"user.{name}") for name in dropped)


def settled(
    place: tuple[int, int, tuple[int, ...], bool],
    rule: EventRule,
    refusal: tuple[Outcome, Note],
    event_id: str | None,
    notes: Iterable[Note],
) -> tuple[Settled]:
    """The entry of an event that is not sent; `place` is its record's position, its ordinal, its rows, whether a test."""
    position, ordinal, rows, test = place
    outcome, fault = refusal
    return (
        Settled(
            position=position,
            ordinal=ordinal,
            outcome=outcome,
            code=fault.code,
            path=fault.path,
            reason=codes()[fault.code].meaning,
            event_name=rule.name,
            event_id=event_id,
            notes=tuple(notes),
            rows=rows,
            test=test,
        ),
    )
