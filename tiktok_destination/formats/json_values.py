"""JSON that is not one object a line: an array of records, or values one after the other, each over several lines or all
on one.

This module only cuts: it finds where each value ends, by brackets, quotes and commas, and hands on its bytes as they
are. Decoding and judging them is the plan's, exactly as for NDJSON, so a value that is no object, or no JSON inside,
costs itself alone. Where the values cannot be told apart any more, the input ends with an InputError after the records
before. A value is held up to the size of the longest line that is read; nesting is only counted, so its depth costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from plugin_spec import Note, Record
from tiktok_destination.formats.codes import RECORD_TOO_LARGE
from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.lines import MAX_LINE_BYTES, Lines

_SPACE: Final = re.compile(rb"[ \t\r\n]*+")
_SCALAR: Final = re.compile(rb'[^ \t\r\n,:"\[\]{}]*+')
_IN_STRING: Final = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
_BETWEEN_BRACKETS: Final = re.compile(rb'(?:[^"\[\]{}]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
"""All up to the next bracket, or to a string that does not end in this piece."""

_QUOTE: Final = ord('"')
_OPENING: Final = frozenset(b"[{")


def array_records(lines: Lines, name: str) -> Iterator[tuple[Record, int]]:
    """The elements of the array with which the input begins, and the line of each. Raises InputError, OSError."""
    return _Values(lines, name).of_array()


def value_records(lines: Lines, name: str) -> Iterator[tuple[Record, int]]:
    """Values that stand one after the other, and the line of each. Raises InputError, OSError."""
    return _Values(lines, name).one_after_the_other()


def is_whole_value(line: bytes) -> bool:
    """Whether a value begins on this line, ends on it, and nothing follows."""
    start = _past(_SPACE, line, 0)
    if start == len(line):
        return False
    ending = _Ending(line[start])
    end = ending.look(line, start + ending.width)
    return ending.found() and _past(_SPACE, line, end) == len(line)


class _Ending:
    """Looks for the end of one value, over as many pieces as it takes."""

    def __init__(self, first: int) -> None:
        self._found = False
        self.width = int(first == _QUOTE or first in _OPENING)
        """How many bytes are settled by the first: the look begins after them."""
        self._in_string = first == _QUOTE
        self._depth = int(first in _OPENING)

    def found(self) -> bool:
        """Whether the value ends where the last look ended."""
        return self._found

    def look(self, piece: bytes, at: int) -> int:
        """How far the value goes in this piece. Until it is `found`, the rest belongs before the next piece."""
        if not self.width:
            at = _past(_SCALAR, piece, at)
            self._found = at < len(piece)
            return at
        while at < len(piece) and not self._found:
            if self._in_string:
                at = _past(_IN_STRING, piece, at)
                if piece[at : at + 1] != b'"':  # the end of the piece, or a backslash before it
                    return at
                self._in_string = False
            else:
                at = _past(_BETWEEN_BRACKETS, piece, at)
                if at == len(piece):
                    return at
                self._in_string = piece[at] == _QUOTE
                if not self._in_string:
                    self._depth += 1 if piece[at] in _OPENING else -1
            at += 1
            self._found = not self._depth and not self._in_string
        return at


class _Values:
    """Cuts one input; `_piece` from `_at` on is what has not been cut yet, up to `_counted` its lines are counted."""

    def __init__(self, lines: Lines, name: str) -> None:
        self._lines = lines
        self._name = name
        self._piece = b""
        self._at = 0
        self._counted = 0
        self._line = lines.number + 1
        self._position = 0

    def of_array(self) -> Iterator[tuple[Record, int]]:
        self._next_sign()
        self._at += 1  # the bracket by which the format was told
        sign = self._next_sign()
        while sign != b"]":
            yield self._record()
            sign = self._next_sign()
            if sign == b",":
                self._at += 1
            elif sign != b"]":
                raise self._broken()
        self._at += 1
        if self._next_sign():
            raise self._broken()

    def one_after_the_other(self) -> Iterator[tuple[Record, int]]:
        while self._next_sign():
            yield self._record()

    def _next_sign(self) -> bytes:
        """What the next byte is that is no white space; nothing at the end."""
        while True:
            self._at = _past(_SPACE, self._piece, self._at)
            if self._at < len(self._piece):
                return self._piece[self._at : self._at + 1]
            if not self._read_on():
                return b""

    def _record(self) -> tuple[Record, int]:
        if not self._next_sign():
            raise self._broken()
        line = self._line_here()
        text = self._value()
        self._position += 1
        if len(text) > MAX_LINE_BYTES:
            return Record(self._position, b"", fault=Note(RECORD_TOO_LARGE)), line
        return Record(self._position, text), line

    def _value(self) -> bytes:
        """The next value; one that is too large is passed over, and stands for itself with its beginning."""
        start = self._at
        ending = _Ending(self._piece[start])
        self._at = ending.look(self._piece, start + ending.width)
        if ending.found():
            if self._at == start:
                raise self._broken()  # a sign that begins no value
            return self._piece[start : self._at]
        text = bytearray()
        while True:
            if len(text) <= MAX_LINE_BYTES:
                text += self._piece[start : self._at]
            if ending.found():
                return bytes(text)
            if not self._read_on():
                if ending.width:
                    raise self._broken()
                return bytes(text)  # a number or word ends where the input does
            start, self._at = 0, ending.look(self._piece, 0)

    def _read_on(self) -> bool:
        """Add a piece to what is left of this one; False, and nothing left, at the end."""
        self._line_here()
        more = self._lines.read_piece()
        self._piece = self._piece[self._at :] + more if more else b""
        self._at = self._counted = 0
        return bool(more)

    def _line_here(self) -> int:
        self._line += self._piece.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def _broken(self) -> InputError:
        where = f"after record {self._position:,}" if self._position else "before its first record"
        if not self._piece:
            problem = f"the JSON ends in the middle, {where}"
            remedy = "The file was not written or fetched to its end: do that again."
        else:
            problem = f"the JSON breaks {where}, on line {self._line_here():,}"
            remedy = "Mend that place: between records there is one comma, and after the last ']' there is nothing."
        return InputError(self._name, problem, remedy)


def _past(pattern: re.Pattern[bytes], piece: bytes, at: int) -> int:
    """Where that ends which the pattern takes from here."""
    taken = pattern.match(piece, at)
    return at if taken is None else taken.end()
