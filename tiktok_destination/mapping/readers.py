"""Reads a found value as what a field of the event holds: text, amount, count, flag, choice, list, or an identifier.

A reader returns a `Reading`: the value for the wire, or None with the note code that says why. It never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from tiktok_destination.catalog.fields import Field
from tiktok_destination.catalog.limits import limit, mileage_units
from tiktok_destination.catalog.places import currencies
from tiktok_destination.mapping.normalise import NORMALISERS, normalise
from tiktok_destination.mapping.scalars import as_flag, as_text, read_number


class Reading(NamedTuple):
    """What a field will hold; the codes of what was left out; what was done."""

    value: Any
    notes: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


def read(field: Field, value: Any, region: str | None) -> Reading:
    """Read `value` (never empty) for `field`."""
    if field.kind in NORMALISERS:
        return _identifiers(field, value, region) if field.many else _identifier(field.kind, value, region)
    if field.kind == "choice":
        return _choice(field, value)
    return _READERS[field.kind](value)


def _identifier(kind: str, value: Any, region: str | None) -> Reading:
    if isinstance(value, list | tuple):
        if len(value) != 1:
            return Reading(None, ("not_one_value",))
        value = value[0]
    written = as_text(value)
    if written is None:
        return Reading(None, ("not_text",))
    normalised = normalise(kind, written, region)
    return Reading(normalised.value, (normalised.note,) if normalised.note else (), normalised.steps)


def _identifiers(field: Field, value: Any, region: str | None) -> Reading:
    if not isinstance(value, list | tuple):
        return _identifier(field.kind, value, region)
    readings = [_identifier(field.kind, element, region) for element in value]
    fit = list(dict.fromkeys(reading.value for reading in readings if reading.value is not None))
    notes = tuple(dict.fromkeys(note for reading in readings for note in reading.notes))
    steps = next((reading.steps for reading in readings if reading.value is not None), ())
    if not fit:
        return Reading(None, notes)
    return Reading(fit[0] if len(fit) == 1 else fit, notes, steps)


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def text(value: Any) -> Reading:
    """Trimmed text."""
    written = as_text(_single(value))
    if written is None:
        return Reading(None, ("unreadable_text" if isinstance(value, str) else "not_text",))
    return Reading(written.strip() or None)


def amount(value: Any) -> Reading:
    """A number that is not below zero."""
    number = read_number(_single(value))
    if number is None:
        return Reading(None, ("not_a_number",))
    return Reading(None, ("negative_number",)) if number < 0 else Reading(number)


def count(value: Any) -> Reading:
    """A whole number that is not below zero."""
    reading = amount(value)
    if reading.value is None:
        return reading
    whole = int(reading.value)
    return Reading(whole) if whole == reading.value else Reading(None, ("not_a_whole_number",))


def flag(value: Any) -> Reading:
    """True or false."""
    known = as_flag(_single(value))
    return Reading(known) if known is not None else Reading(None, ("not_a_flag",))


def strings(value: Any) -> Reading:
    """A list of texts; one text is a list of one."""
    readings = [text(element) for element in (value if isinstance(value, list | tuple) else [value])]
    fit = [reading.value for reading in readings if reading.value]
    return Reading(fit or None, tuple(dict.fromkeys(note for reading in readings for note in reading.notes)))


def currency(value: Any) -> Reading:
    """A currency that TikTok supports, upper case."""
    written = as_text(_single(value))
    # Only ASCII is upper-cased: a long s would become an S, and the text another currency than it says.
    code = written.strip().upper() if written and written.isascii() else ""
    if code not in currencies():
        return Reading(None, ("currency_unsupported",))
    return Reading(code, (), () if code == written else ("upper-cased",))


def share(value: Any) -> Reading:
    """A share, 0 to 1."""
    reading = amount(value)
    return reading if reading.value is None or reading.value <= 1 else Reading(None, ("not_a_share",))


def vin(value: Any) -> Reading:
    """A vehicle identification number."""
    reading = text(value)
    if reading.value is None or len(reading.value) <= limit("max_vin_chars"):
        return reading
    return Reading(None, ("vin_unfit",))


def mileage(value: Any) -> Reading:
    """An object of a distance and its unit, miles or kilometres."""
    parts = value if isinstance(value, Mapping) else {}
    distance, unit = read_number(parts.get("value")), (as_text(parts.get("unit")) or "").strip().upper()
    if distance is None or distance < 0 or unit not in mileage_units():
        return Reading(None, ("mileage_unfit",))
    return Reading({"value": distance, "unit": unit})


def price_range(value: Any) -> Reading:
    """The least and the most, in this order."""
    ends = [read_number(end) for end in value] if isinstance(value, list | tuple) else []
    if len(ends) != 2 or ends[0] is None or ends[1] is None or not 0 <= ends[0] <= ends[1]:
        return Reading(None, ("price_range_unfit",))
    return Reading(ends)


def _choice(field: Field, value: Any) -> Reading:
    written = as_text(_single(value))
    word = written.strip().casefold() if written else ""
    fit = next((choice for choice in field.choices if choice.casefold() == word), None)
    return Reading(fit) if fit else Reading(None, ("not_allowed",))


_READERS: Final[dict[str, Callable[[Any], Reading]]] = {
    "text": text,
    "amount": amount,
    "count": count,
    "flag": flag,
    "strings": strings,
    "currency": currency,
    "share": share,
    "vin": vin,
    "mileage": mileage,
    "price_range": price_range,
}
ITEM_READERS: Final = {kind: _READERS[kind] for kind in ("text", "amount", "count")}
"""The readers for the fields of an item of `contents`."""
