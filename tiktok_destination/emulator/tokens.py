"""Access tokens: those of the seed, those that authorisations gave, and what has become of each since.

A later authorisation leaves an earlier token as it is; TikTok does not say otherwise (tiktok-api.md E.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Literal, get_args

import msgspec

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.seed import Token

Status = Literal["active", "revoked", "expired"]
STATUSES: tuple[Status, ...] = get_args(Status)
_SHOWN_FROM = 16
"""Of a shorter token even its ends would tell too much."""


class Tokens:
    """Every token that exists. Its owner's lock guards it."""

    def __init__(self, tokens: Iterable[Token]) -> None:
        self._tokens = {token.token: token for token in tokens}

    def __iter__(self) -> Iterator[Token]:
        return iter(list(self._tokens.values()))

    def admitted(self, text: str) -> Token | Envelope:
        """The token of a request, or its refusal (A.10 steps 2 and 3)."""
        if not text:
            return envelope_of(40104)
        token = self._tokens.get(text)
        if token is None or token.status == "revoked":
            return envelope_of(40105)
        if token.status == "expired":
            return envelope_of(40102)
        return token

    def add(self, token: Token) -> None:
        self._tokens[token.token] = token

    def change(self, token: Token, status: Status) -> None:
        self._tokens[token.token] = msgspec.structs.replace(token, status=status)


def shown(token: str) -> str:
    """A token for people: its ends, never the whole."""
    return f"{token[:4]}…{token[-4:]}" if len(token) >= _SHOWN_FROM else "…"


def handle(token: str) -> str:
    """A name for a token that may stand in an address."""
    return sha256(token.encode()).hexdigest()[:16]
