"""Telephone numbers of the common shape, by patterns that are made of the library's own tables when they are first needed.

Taken are only numbers in which the library's parser would change nothing but take away what is between the digits, and
a trunk prefix: no exit code, no carrier's code, no second country code, a length that the country has. What is not
taken may be right all the same; then the library reads it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final, NamedTuple

_BETWEEN = str.maketrans("", "", " ().-")
_LEAST, _LONGEST = 8, 16
"""Characters of a number in E.164, its + included."""
_DIGITS_OF_CODE = 3


class _International(NamedTuple):
    """What E.164 asks of the numbers of one country code."""

    sizes: frozenset[int]
    """Characters of such a number, its + and its code included."""
    fits: Callable[[str], re.Match[str] | None]


class _National(NamedTuple):
    """How people of a country write its numbers."""

    calling_code: str
    prefix: str
    """What stands before a number within the country, and is left out of E.164."""
    strip: Callable[[str], re.Match[str] | None]
    """Matches what the library would take off at the beginning."""
    exits: Callable[[str], re.Match[str] | None]
    """Matches the beginning of a call to another country."""
    fits: Callable[[str], re.Match[str] | None]
    """Takes a number without prefix."""


def e164(text: str, region: str | None) -> str | None:
    """A number with + and country code, or as it is written in its region, in E.164."""
    plan = _PLANS[text[1 : _DIGITS_OF_CODE + 1]]
    if plan is not None and len(text) in plan.sizes and plan.fits(text):
        return text
    if not text.startswith("+"):
        return _written_at_home(text, region)
    number = text.translate(_BETWEEN)
    plan = _PLANS[number[1 : _DIGITS_OF_CODE + 1]]
    return number if plan is not None and len(number) in plan.sizes and plan.fits(number) else None


def _written_at_home(text: str, region: str | None) -> str | None:
    """A number that begins with the trunk prefix of its region → E.164."""
    plan = _national(region)
    digits = text.translate(_BETWEEN)
    if plan is None or not digits.isascii() or not digits.startswith(plan.prefix) or plan.exits(digits):
        return None
    stripped = plan.strip(digits)
    own = digits[len(plan.prefix) :]
    if stripped is None or stripped.lastindex is not None or stripped[0] != plan.prefix or not plan.fits(own):
        return None
    number = f"+{plan.calling_code}{own}"
    return number if _LEAST <= len(number) <= _LONGEST else None


class _Plans(dict[str, _International | None]):
    """First digits after the + → what E.164 asks of numbers that begin so. Whatever is no digits is not kept."""

    def __missing__(self, start: str) -> _International | None:
        if not (start.isascii() and start.isdigit()) or len(start) < _DIGITS_OF_CODE or start.startswith("0"):
            return None
        self[start] = plan = _international(start)
        return plan


_PLANS: Final = _Plans()


def _international(start: str) -> _International | None:
    import phonenumbers  # noqa: PLC0415 - 40 ms at import, and only phones need it

    codes = (start[:digits] for digits in range(1, _DIGITS_OF_CODE + 1))
    code = next((code for code in codes if int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), None)
    if code is None:
        return None
    region = phonenumbers.COUNTRY_CODE_TO_REGION_CODE[int(code)][0]
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(int(code), region)
    prefix = metadata.national_prefix_for_parsing
    unstripped = f"(?!{prefix})" if prefix else ""
    sizes = (length + len(code) + 1 for length in _lengths(metadata))
    return _International(
        frozenset(size for size in sizes if _LEAST <= size <= _LONGEST),
        re.compile(rf"\+{code}(?!0){unstripped}[0-9]+").fullmatch,
    )


@cache
def _national(region: str | None) -> _National | None:
    """How numbers of a region are written in it; None where it has no trunk prefix, or the plan is another region's."""
    import phonenumbers  # noqa: PLC0415 - as above

    code = phonenumbers.country_code_for_region(region) if region else 0
    if not code or phonenumbers.region_code_for_country_code(code) != region:
        return None
    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    prefix = metadata.national_prefix
    if not prefix or str(code).startswith(prefix[0]):
        return None
    # The library takes the prefix off where what is left is a number of the country.
    own = metadata.general_desc.national_number_pattern
    return _National(
        str(code),
        prefix,
        re.compile(metadata.national_prefix_for_parsing).match,
        re.compile(metadata.international_prefix).match,
        re.compile(
            rf"(?!0)(?=(?:{own})\Z)(?:{'|'.join(f'[0-9]{{{length}}}' for length in _lengths(metadata))})"
        ).fullmatch,
    )


def _lengths(metadata: Any) -> set[int]:
    """How many digits a number of the country has without its code; lengths for local calls are left out."""
    general = metadata.general_desc
    return set(general.possible_length) - set(general.possible_length_local_only)
