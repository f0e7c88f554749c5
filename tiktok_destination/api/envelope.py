"""Reads the body of an answer: TikTok's envelope of `code`, `message`, `request_id` and `data`, in any order, some missing.

The message may echo a person's data: whoever reads it matches it, and keeps nothing of it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from tiktok_destination.api.client import Answer

_FIRST_OF_FIVE_DIGITS = 10_000
_LARGEST_CODE = 999_999
_REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Envelope(NamedTuple):
    """What an answer of TikTok's API says."""

    code: int
    message: str
    request_id: str | None
    data: Any


def read_envelope(answer: Answer) -> Envelope | None:
    """The body, where it is an answer of TikTok's API rather than of something on the way to it."""
    try:
        body = msgspec.json.decode(answer.body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    code = body.get("code")
    if not isinstance(code, int) or isinstance(code, bool) or abs(code) > _LARGEST_CODE:
        return None
    # Gateways write JSON with a `code`, too, usually the HTTP status; TikTok's codes are 0 or have five digits.
    of_tiktok = code == 0 or code >= _FIRST_OF_FIVE_DIGITS
    if not of_tiktok and answer.status != 200:
        return None
    message, request_id = body.get("message"), body.get("request_id")
    return Envelope(
        code,
        message if isinstance(message, str) else "",
        request_id if isinstance(request_id, str) and _REQUEST_ID.fullmatch(request_id) else None,
        body.get("data"),
    )
