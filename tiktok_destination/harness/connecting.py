"""Authorisations under way: who began which, what for, and the one-time links by which somebody else may go the way.

All of it is in memory alone, because a developer app's secret may be part of it: a new start forgets what is under way.
A way begins with a POST, shows a page with the link out, and ends at the one callback address. The link is no redirect
after the form, as the policy of our pages lets forms lead to our own address only.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from urllib.parse import urlsplit

from plugin_spec import DeveloperApp
from tiktok_destination.credentials import Authorisations, Forged
from tiktok_destination.harness.senders import CannotAskError

LINK_LIFE_S: Final = 86_400.0
_WAY_LIFE_S: Final = 660.0
"""A little longer than a state lives, which decides."""
_MOST: Final = 200

_Held = TypeVar("_Held")


@dataclass(frozen=True)
class Purpose:
    """What an authorisation is for."""

    file: str
    """The destination's."""
    credential: str
    """The name under which it will be kept."""
    app: DeveloperApp
    by_link: bool = False
    """The account's owner goes the way, in a browser session of their own."""


@dataclass(frozen=True)
class Departure:
    """A way out that is ready to be shown to the session that began it."""

    session: str
    purpose: Purpose
    address: str

    @property
    def host(self) -> str:
        """Where it leads."""
        return urlsplit(self.address).netloc


class Connections:
    """All that is under way in one harness. Threads may share it."""

    def __init__(self, clock: Callable[[], float], new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._lock = threading.Lock()
        self._ways = Authorisations(clock, new_id)
        self._purposes = _Kept[Purpose](clock, _WAY_LIFE_S)
        self._departures = _Kept[Departure](clock, _WAY_LIFE_S)
        self._links = _Kept[Purpose](clock, LINK_LIFE_S)
        self._to_show = _Kept[str](clock, _WAY_LIFE_S)

    def begin(self, session: str, purpose: Purpose, address_for: Callable[[str], str]) -> str:
        """A way for this session; its id. `address_for` makes the address for a state. Raises CannotAskError."""
        with self._lock:
            key = self._new_id()
            state = self._ways.begin(session, key)
            self._purposes.put(key, purpose)
        address = address_for(state)
        if urlsplit(address).scheme not in ("http", "https"):
            raise CannotAskError("The destination gave no address to lead anybody to.")
        with self._lock:
            departure = self._new_id()
            self._departures.put(departure, Departure(session, purpose, address))
        return departure

    def departure(self, key: str, session: str) -> Departure | None:
        """The way out, for the session that began it alone."""
        with self._lock:
            found = self._departures.get(key)
        return found if found and found.session == session else None

    def come_back(self, session: str, query: Mapping[str, Sequence[str]]) -> tuple[Purpose, str] | Forged:
        """What the way was for that ends here, and its code. No second time."""
        with self._lock:
            end = self._ways.come_back(session, query)
            if isinstance(end, Forged):
                return end
            way, code = end
            purpose = self._purposes.take(way.purpose)
        return (purpose, code) if purpose else Forged.STATE_EXPIRED

    def make_link(self, session: str, purpose: Purpose, address_for: Callable[[str], str]) -> None:
        """A one-time link, which `link_to_show` gives once, to this session, for the same destination."""
        with self._lock:
            token = self._new_id()
            self._links.put(_digest(token), purpose)
            self._to_show.put(_for_page(session, purpose.file), address_for(token))

    def link_to_show(self, session: str, file: str) -> str | None:
        """The address of the link that this session has just made for a destination. It is forgotten here with that."""
        with self._lock:
            return self._to_show.take(_for_page(session, file))

    def link(self, token: str) -> Purpose | None:
        """What a link is for that nobody has used yet."""
        with self._lock:
            return self._links.get(_digest(token))

    def use_link(self, token: str) -> Purpose | None:
        """As `link`, and no second time."""
        with self._lock:
            return self._links.take(_digest(token))


class _Kept(Generic[_Held]):
    """Things that are kept for a while, the oldest making room."""

    def __init__(self, clock: Callable[[], float], life_s: float) -> None:
        self._clock = clock
        self._life_s = life_s
        self._held: dict[str, tuple[float, _Held]] = {}

    def put(self, key: str, thing: _Held) -> None:
        now = self._clock()
        self._held = {one: kept for one, kept in self._held.items() if kept[0] > now}
        while len(self._held) >= _MOST:
            del self._held[next(iter(self._held))]
        self._held[key] = (now + self._life_s, thing)

    def get(self, key: str) -> _Held | None:
        ends_at, thing = self._held.get(key, (0.0, None))
        return thing if self._clock() < ends_at else None

    def take(self, key: str) -> _Held | None:
        thing = self.get(key)
        self._held.pop(key, None)
        return thing


def _for_page(session: str, file: str) -> str:
    return f"{session} {file}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
