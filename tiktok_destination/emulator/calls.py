"""What came over the wire, and how it is read: a JSON body, a form, or a query. Nothing is judged here.

A body that cannot be read becomes its refusal, which is given after the token has been judged (tiktok-api.md A.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from tiktok_destination.emulator.answers import JSON_TYPE, Envelope
from tiktok_destination.emulator.faults import PartialFault
from tiktok_destination.emulator.field_rules import invalid
from tiktok_destination.emulator.tables import Endpoint

_FORM_TYPE = "application/x-www-form-urlencoded"
_NOT_JSON = Envelope(40000, "The request body is not valid JSON.")
_NOT_JSON_TYPE = Envelope(40002, invalid("Content-Type", "must be application/json"))


class Call(msgspec.Struct, frozen=True):
    """One HTTP request to TikTok's part."""

    access_token: str
    content_type: str
    query: bytes
    body: bytes


class Pairs(msgspec.Struct, frozen=True):
    """A query or a form: names and the texts given for each."""

    texts: Mapping[str, list[str]]


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A request as its judge gets it."""

    endpoint: Endpoint
    access_token: str
    payload: Any
    """Parsed JSON, `Pairs`, or the `Envelope` that refuses what cannot be read."""
    request_id: str
    now: float
    """Unix seconds on the emulator's clock."""
    partial: PartialFault | None = None


def read_payload(endpoint: Endpoint, call: Call) -> Any:
    """What the request says: parsed JSON, `Pairs`, or the `Envelope` that refuses it."""
    if endpoint.method == "GET":
        return _pairs(call.query)
    content_type = call.content_type.partition(";")[0].strip().lower()
    if endpoint.form and content_type == _FORM_TYPE:
        return _pairs(call.body)
    if content_type != JSON_TYPE:
        return _NOT_JSON_TYPE
    try:
        return msgspec.json.decode(call.body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _NOT_JSON  # broken, beyond any number, or too deeply nested


def _pairs(raw: bytes) -> Pairs:
    texts: dict[str, list[str]] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        texts.setdefault(name, []).append(value)
    return Pairs(texts)
