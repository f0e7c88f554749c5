"""What goes back over the wire: TikTok's envelope, and how an answer leaves (late, cut, or not at all).

Application errors are HTTP 200 with a `code`; the message is TikTok's own where one is known (tiktok-api.md C.1, C.5).
"""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

import msgspec

from tiktok_destination.emulator.tables import RETURN_CODES

JSON_TYPE = "application/json"
PLAIN_TYPE = "text/plain; charset=utf-8"


class Envelope(msgspec.Struct, frozen=True):
    """The verdict on a request, before it gets its request id."""

    code: int
    message: str
    data: dict[str, Any] | None = msgspec.field(default_factory=dict)

    def encode(self, request_id: str) -> bytes:
        return msgspec.json.encode(
            {"code": self.code, "message": self.message, "request_id": request_id, "data": self.data}
        )


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP answer, ready to leave."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON_TYPE
    request_id: str | None = None
    announced_length: int | None = None
    """A Content-Length other than the body's own: the client waits for what never comes."""
    delay_s: float = 0.0
    hang_up: bool = False
    """Close the socket without a word."""


def envelope_of(code: int, **parts: object) -> Envelope:
    """The envelope for `code` with its message; `parts` fill the message's variable places."""
    row = RETURN_CODES.get(code)
    message = "Unknown error." if row is None else row.message
    known: defaultdict[str, object] = defaultdict(lambda: "unknown", parts)
    return Envelope(code, message.format_map(known))


class RequestIds:
    """Time as `YYYYMMDDhhmmss` and 20 upper-case hex digits, 34 characters in all."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def next(self, now: float) -> str:
        moment = datetime.fromtimestamp(now, UTC)
        return f"{moment:%Y%m%d%H%M%S}{self._dice.getrandbits(80):020X}"
