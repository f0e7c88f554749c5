"""The one gate for text that leaves the program: what of a record may be shown, and how text is made harmless.

Codes, field paths, counts, positions and the ids in `SHOWN` may be shown; nothing else of a record may. A name that
came from a record is shown only when it cannot well be a person's datum, and no control character is ever printed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

SHOWN: Final = frozenset(
    {
        "attempts",
        "code",
        "entry",
        "event",
        "event_id",
        "line",
        "notes",
        "outcome",
        "path",
        "reason",
        "record",
        "request_id",
        "rows",
        "suggestion",
        "test",
    }
)
"""The members that an outcome line may have. A new member is decided here first."""

WITHHELD: Final = "(withheld)"
MAX_NAME_CHARS: Final = 60
"""TikTok's own event names end at 50 characters (tiktok-api.md B.5); what is much longer is a sentence, not a name."""

_ADDRESS = re.compile(r"@|%40")
"""The sign of an e-mail address, also as an address of the web writes it."""
_PERSONAL = re.compile(rf"{_ADDRESS.pattern}|(?:\d[\s().\-/]*){{7}}")
"""An address, or seven digits as people write telephone numbers."""
_LIKE_A_TOKEN = re.compile(r"(?=[^.\s_-]*\d)[^.\s_-]{20,}")
"""One long unbroken word with digits: a token, or a digest."""
# Controls, formatting (bidirectional overrides among them), surrogates, line and paragraph separators.
_HARMFUL_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown_name(name: str) -> str:
    """A name out of a record, or `(withheld)` when it looks like an address, a number of someone, or free text."""
    if len(name) > MAX_NAME_CHARS or _PERSONAL.search(name):
        return WITHHELD
    return printable(name)


def shown_key(key: str) -> str:
    """A key of somebody's file, or `(withheld)` when it looks like what belongs into a value: a datum or a token."""
    return WITHHELD if _LIKE_A_TOKEN.fullmatch(key) else shown_name(key)


def shown_rule(rule: str, name: str | None) -> str:
    """A sentence about how a record's name was understood, unless it would tell a name that is withheld."""
    if _PERSONAL.search(rule) or (name is not None and shown_name(name) == WITHHELD):
        return WITHHELD
    return printable(rule)


def shown_id(event_id: str) -> str:
    """An event id, or `(withheld)` when somebody used an e-mail address as one. Digits are what ids are made of."""
    return WITHHELD if _ADDRESS.search(event_id) else event_id


def shown_path(path: str | None) -> str | None:
    """A field's path. Parts of it may be the names of columns or keys, so it is judged as a name is."""
    return None if path is None else shown_name(path)


def printable(text: str) -> str:
    """The text without anything that moves the cursor, starts a line or turns the reading direction."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char for char in text if unicodedata.category(char) not in _HARMFUL_CATEGORIES)
