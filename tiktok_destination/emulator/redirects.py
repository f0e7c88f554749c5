"""Where the consent page may send the browser back to: an address that is registered with the app, and to no other.

Addresses are compared as text, character for character, so that no two readings of one address can differ. A registered
loopback address may have `*` for its port, which stands for any port from 1 to 65535: test servers take free ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

_ORIGIN = re.compile(r"https?://[^/?]+")
_WITH_ANY_PORT = re.compile(r"(https?://(?:127\.0\.0\.1|localhost|\[::1\])):\*([/?].*)?")
_HIGHEST_PORT = 65_535


def is_registered(given: str, registered: Iterable[str]) -> bool:
    return any(_same(given, one) for one in registered)


def _same(given: str, one: str) -> bool:
    wildcard = _WITH_ANY_PORT.fullmatch(one)
    if wildcard is None:
        return given == one
    host, rest = wildcard[1], wildcard[2] or ""
    port = re.fullmatch(f"{re.escape(host)}:([1-9][0-9]{{0,4}}){re.escape(rest)}", given)
    return port is not None and int(port[1]) <= _HIGHEST_PORT


def origin(uri: str) -> str:
    """Scheme, host and port of a registered address."""
    found = _ORIGIN.match(uri)
    if found is None:
        raise ValueError("an address of the seed has a scheme and a host")
    return found.group()


def returning(uri: str, answer: Iterable[tuple[str, str | None]]) -> str:
    """A registered address with `answer` in its query; what is None is left out."""
    pairs = [
        f"{name}={quote(value, safe='', errors='surrogateescape')}"
        for name, value in answer
        if value is not None
    ]
    return f"{uri}{'&' if '?' in uri else '?'}{'&'.join(pairs)}"
