"""What a typed decode passes over: bytes that no rule reads, and that the interpreter's decode would refuse all the same."""

from __future__ import annotations

import sys

import msgspec

from tiktok_destination.mapping.units import MOST_LEVELS, is_too_deep

REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a record raises that the type does not hold; half a character as a key is a UnicodeError."""
_MOST_DIGITS = 4300
"""Of a whole number that the decoder takes, unless `sys.set_int_max_str_digits` says less."""
_LEAST_DEEP = 2 * MOST_LEVELS
"""Bytes that it takes to nest deeper than is read."""


def longest_sound() -> int:
    """The bytes below which no whole number in a record can be longer than the decoder takes."""
    return min(sys.get_int_max_str_digits() or _MOST_DIGITS, _MOST_DIGITS)


def is_sound(body: bytes, longest: int) -> bool:
    """Whether a body that the type takes is one that the interpreter decodes; `longest` by `longest_sound`.

    Raises UnicodeDecodeError.
    """
    size = len(body)
    if size > _LEAST_DEEP and not _is_shallow(body) and is_too_deep(body):
        return False
    if not body.isascii():
        body.decode()
    return size <= longest


def _is_shallow(body: bytes) -> bool:
    """Whether a body has so few brackets that it cannot be too deep. To replace them is faster than to count."""
    without = body.replace(b"[", b"{", MOST_LEVELS + 1).replace(b"{", b"}", MOST_LEVELS)
    return without.find(b"{") < 0
