"""JSON Schema's keywords (draft 2020-12) as the library judges them, with three readings made stricter.

A pattern's `$` means the end of the text, an integer is written as one, and `format: iana-time-zone` is checked.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.protocols import Validator

_TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")

FORMATS = FormatChecker(formats=())


def _pattern(
    _validator: Validator, pattern: str, value: object, _schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    # Python's `$` also fits before a last line break.
    to_the_end = re.sub(r"(?<!\\)\$$", r"\\Z", pattern)
    if isinstance(value, str) and not re.search(to_the_end, value):
        yield ValidationError("")


def _is_whole_number(_checker: object, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


KEYWORDS: type[Validator] = validators.extend(  # type: ignore[no-untyped-call] # the library types no such call
    Draft202012Validator,
    {"pattern": _pattern},
    # 28.0 is an integer to JSON Schema; whoever reads the setting would get a float.
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole_number),
)


@FORMATS.checks("iana-time-zone")
def is_time_zone(value: object) -> bool:
    """True for the name of a time zone that this machine knows, and for what is no text at all."""
    if not isinstance(value, str) or value == "UTC":
        return True
    if not _TIME_ZONE.fullmatch(value):
        return False
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
