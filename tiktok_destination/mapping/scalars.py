"""Reading numbers, texts and flags strictly, and adding money exactly.

A number is a JSON number or a plain decimal text (`12`, `-3.50`); symbols, thousands separators and exponents are not
guessed at. Sums are made in decimals, so that 0.1 + 0.2 is 0.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any
from uuid import UUID

_PLAIN = re.compile(r"[+-]?(\d{1,18}(\.\d{1,30})?|\.\d{1,30})")
LARGEST = 10**18
"""Beyond this a float loses whole units, so an amount is surely a fault of the record."""
_LARGEST_ID = 10**64
"""TikTok's own ids have 19 digits; what is longer than this is no id of anybody's."""

Number = int | float


def read_number(value: Any) -> Number | None:
    """An int or a finite float (of exactly these types: subclasses cannot be encoded), or None for what is no plain number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value) if -LARGEST < value < LARGEST else None
    if isinstance(value, float):
        return float(value) if -LARGEST < value < LARGEST else None
    if isinstance(value, Decimal):
        return to_wire(value) if value.is_finite() and -LARGEST < value < LARGEST else None
    if isinstance(value, str):
        text = value.strip()
        return to_wire(Decimal(text)) if _PLAIN.fullmatch(text) else None
    return None


def to_wire(value: Decimal) -> Number:
    """A decimal as a JSON number: an int where it is whole, otherwise the nearest float."""
    return int(value) if value == value.to_integral_value() else float(value)


def sum_of_products(pairs: Iterable[tuple[Number, Number]]) -> Number:
    """Σ a × b, exact in decimals."""
    with localcontext() as context:
        context.prec = 60
        total = sum((Decimal(str(a)) * Decimal(str(b)) for a, b in pairs), Decimal(0))
        return to_wire(total)


def as_text(value: Any) -> str | None:
    """A text that can be written as UTF-8, or a number or UUID written out (ids are such in many records); None for the rest."""
    if isinstance(value, str):
        return value if value.isascii() or _is_utf8(value) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST_ID else None
    if isinstance(value, Decimal) and _is_whole_id(value):
        return str(int(value))  # a database's NUMBER(38, 0), with all its digits
    if isinstance(value, UUID):
        return str(value)
    number = read_number(value)
    if number is None:
        return None
    return str(int(number)) if number == int(number) else str(number)


def as_flag(value: Any) -> bool | None:
    """True and false, in the spellings that exports use: JSON, `TRUE`, 1 and 0."""
    if isinstance(value, bool):
        return value
    return _FLAGS.get((as_text(value) or "").strip().lower())


_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _is_whole_id(value: Decimal) -> bool:
    # Compared, not abs(): a comparison never overflows.
    return value.is_finite() and -_LARGEST_ID < value < _LARGEST_ID and value == value.to_integral_value()


def _is_utf8(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
