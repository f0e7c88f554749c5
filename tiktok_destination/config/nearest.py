"""What an operator may have meant: other programs' words for a thing, other spellings, near misses."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

ALSO_CALLED = "x-also-called"
"""Schema annotation: another word → the right one, or a sentence that explains."""

_MOST_CHARACTERS = 60
_LEAST_LIKENESS = 0.7


def plain(word: str) -> str:
    """Without case, spaces and marks: `Pixel ID`, `pixelId` and `pixel-id` are one word."""
    return "".join(character for character in word.casefold() if character.isalnum())


def nearest(word: str, known: Iterable[str], also_called: Mapping[str, Any]) -> str | None:
    """The known word that was meant, or the sentence that explains; None when nothing comes near."""
    if len(word) > _MOST_CHARACTERS:
        return None
    by_plain = {plain(name): name for name in known}
    others = {plain(name): str(answer) for name, answer in also_called.items()}
    looked_up = plain(word)
    if found := by_plain.get(looked_up) or others.get(looked_up):
        return found
    close = difflib.get_close_matches(looked_up, [*by_plain, *others], n=1, cutoff=_LEAST_LIKENESS)
    return (by_plain.get(close[0]) or others[close[0]]) if close else None
