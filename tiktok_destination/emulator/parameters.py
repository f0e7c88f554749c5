"""Parameters of an endpoint, checked by its table: in a query or a form they are text, and lists and objects JSON text.

The first fault wins and is a 40002 (tiktok-api.md C.5, F); more items than a list may hold are a 40011. That a parameter
may be given once is our reading: what TikTok does with a second one is not documented. Unknown parameters are not read.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.calls import Pairs
from tiktok_destination.emulator.field_rules import TYPES, invalid
from tiktok_destination.emulator.tables import Endpoint, Parameter

NOT_AN_OBJECT = Envelope(40002, "The request body must be a JSON object.")
_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NOTHING: tuple[Any, ...] = (None, "", [])


class _Undecodable(msgspec.Struct, frozen=True):
    """A text in place of which JSON was expected."""


def read(endpoint: Endpoint, payload: Any) -> dict[str, Any] | Envelope:
    """The value of every parameter, its default where it is not given, or the refusal."""
    if isinstance(payload, Envelope):
        return payload
    if isinstance(payload, Pairs):
        for row in endpoint.parameters:
            if len(payload.texts.get(row.name, ())) > 1:
                return Envelope(40002, invalid(row.name, "given more than once"))
        given = {
            row.name: _from_text(row, payload.texts[row.name][0])
            for row in endpoint.parameters
            if row.name in payload.texts
        }
    elif isinstance(payload, dict):
        given = {row.name: payload[row.name] for row in endpoint.parameters if row.name in payload}
    else:
        return NOT_AN_OBJECT
    missing = [row.name for row in endpoint.parameters if row.required and given.get(row.name) in _NOTHING]
    if missing:
        return Envelope(40002, f"Missing required field(s): {', '.join(missing)}.")
    for row in endpoint.parameters:
        if row.name in given and (refusal := _refusal(row, given[row.name])):
            return refusal
    return {row.name: given.get(row.name, row.default) for row in endpoint.parameters}


def _from_text(row: Parameter, text: str) -> Any:
    if row.type == "string":
        return text
    if row.type == "integer":
        return int(text) if _WHOLE_NUMBER.fullmatch(text) else _Undecodable()
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _Undecodable()


def _refusal(row: Parameter, value: Any) -> Envelope | None:
    fits, reason = TYPES[row.type]
    if not fits(value):
        return Envelope(40002, invalid(row.name, reason))
    for member, kind in row.members.items():
        fits, reason = TYPES[kind]
        if member in value and not fits(value[member]):
            return Envelope(40002, invalid(f"{row.name}.{member}", reason))
    if row.choices and not set(value if row.type == "strings" else [value]) <= set(row.choices):
        return Envelope(40002, invalid(row.name, f"must be one of {', '.join(row.choices)}"))
    size = value if row.type == "integer" else len(value) if row.type in ("string", "strings") else 0
    if row.type == "strings" and row.maximum is not None and size > row.maximum:
        return envelope_of(40011)
    if row.type != "strings" and _outside(row, size):
        unit = "" if row.type == "integer" else " characters"
        bounds = f"at least {row.minimum}" if row.maximum is None else f"{row.minimum} to {row.maximum}"
        return Envelope(40002, invalid(row.name, f"must be {bounds}{unit}"))
    return None


def _outside(row: Parameter, size: int) -> bool:
    return (row.minimum is not None and size < row.minimum) or (
        row.maximum is not None and size > row.maximum
    )
