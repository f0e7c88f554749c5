"""Marks of keys in 16 MB, however many there are: a key without its mark is surely none of them, and few others have one.

A key's mark is mostly two bits of a byte, at a place that other bits of its hash say.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Final

_BYTES: Final = 1 << 24
_PLACE: Final = _BYTES - 1
_MARKS: Final = (*(1 << left | 1 << right for left, right in combinations(range(8), 2)), 1, 2, 4, 8)
"""By five bits of a key's hash."""


class Marks:
    """Keys can be added and asked for, and never taken away. The memory is taken when the first one comes."""

    __slots__ = ("_marks",)

    def __init__(self) -> None:
        self._marks = bytearray()

    def add(self, keys: Iterable[bytes]) -> None:
        """Mark these keys."""
        marks = self._marks = self._marks or bytearray(_BYTES)
        for number in map(hash, keys):
            marks[number & _PLACE] |= _MARKS[number >> 32 & 31]

    def add_new(self, keys: Iterable[bytes]) -> list[bytes]:
        """Mark these keys; of them those that had a mark before, in order."""
        marks = self._marks = self._marks or bytearray(_BYTES)
        marked = []
        for key in keys:
            number = hash(key)
            place, mark = number & _PLACE, _MARKS[number >> 32 & 31]
            if marks[place] & mark == mark:
                marked.append(key)
            else:
                marks[place] |= mark
        return marked

    def among(self, keys: Iterable[bytes]) -> list[bytes]:
        """Of these keys those that have a mark, in order."""
        marks = self._marks
        if not marks:
            return []
        marked = []
        for key in keys:
            number = hash(key)
            mark = _MARKS[number >> 32 & 31]
            if marks[number & _PLACE] & mark == mark:
                marked.append(key)
        return marked
