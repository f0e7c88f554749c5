"""The one-time states of authorisations under way: each begun in one browser session, good once, for ten minutes.

The state is what keeps a stranger's authorisation code out (RFC 9700, section 4.7): it is random, belongs to the session that
began, is compared in constant time, and is gone with its first use, also with a use that fails.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

STATE_LIFE_S: Final = 600.0
_MOST_UNDER_WAY: Final = 200
"""The oldest make room: nobody has so many consent pages open."""


class Forged(StrEnum):
    """Why a way back is not taken. Codes for people; none holds anything of the request."""

    STATE_MISSING = "state_missing"
    STATE_UNKNOWN = "state_unknown"
    """Never given, used before, or of another browser session."""
    STATE_EXPIRED = "state_expired"
    REPEATED = "parameter_repeated"
    REFUSED_BY_OWNER = "refused_by_owner"
    CODE_MISSING = "code_missing"


@dataclass(frozen=True)
class Way:
    """One authorisation under way."""

    session: str
    """The browser session that began it."""
    purpose: str
    """What the host wanted it for, e.g. the credential's name."""
    ends_at: float


class Authorisations:
    """All that are under way. Not for several threads at once: the host holds its lock."""

    def __init__(self, clock: Callable[[], float], new_state: Callable[[], str]) -> None:
        """`clock` gives Unix seconds, `new_state` at least 128 random bits as text."""
        self._clock = clock
        self._new_state = new_state
        self._ways: dict[str, Way] = {}

    def begin(self, session: str, purpose: str) -> str:
        """A new state, for the way to the consent page."""
        while len(self._ways) >= _MOST_UNDER_WAY:
            del self._ways[next(iter(self._ways))]
        state = self._new_state()
        self._ways[state] = Way(session, purpose, self._clock() + STATE_LIFE_S)
        return state

    def come_back(self, session: str, query: Mapping[str, Sequence[str]]) -> tuple[Way, str] | Forged:
        """The way that this callback ends, and its code. `query`: every parameter with all its values."""
        if any(len(values) > 1 for values in query.values()):
            return Forged.REPEATED
        state = _only(query, "state")
        if not state:
            return Forged.STATE_MISSING
        known = next((one for one in self._ways if hmac.compare_digest(one.encode(), state.encode())), None)
        way = self._ways.pop(known, None) if known is not None else None
        if way is None or not hmac.compare_digest(way.session.encode(), session.encode()):
            return Forged.STATE_UNKNOWN
        if self._clock() > way.ends_at:
            return Forged.STATE_EXPIRED
        if _only(query, "error"):
            return Forged.REFUSED_BY_OWNER
        code = _only(query, "auth_code") or _only(query, "code")
        return (way, code) if code else Forged.CODE_MISSING


def _only(query: Mapping[str, Sequence[str]], name: str) -> str:
    values = query.get(name, ())
    return values[0] if values else ""
