"""Recodes text in UTF-16 and UTF-32 as UTF-8, told by the byte order mark; a mark itself is dropped.

What is no character becomes bytes that are no UTF-8 either, so that it costs its own record and no other.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Final, NamedTuple

from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.streams import Stream

_NO_CHARACTER: Final = b"\xff"


class _Encoding(NamedTuple):
    name: str
    unit: int
    decode: Callable[[bytes, str, bool], tuple[str, int]]


_ENCODINGS: Final = {
    codecs.BOM_UTF8: None,
    codecs.BOM_UTF16_LE: _Encoding("UTF-16", 2, codecs.utf_16_le_decode),
    codecs.BOM_UTF16_BE: _Encoding("UTF-16", 2, codecs.utf_16_be_decode),
    codecs.BOM_UTF32_LE: _Encoding("UTF-32", 4, codecs.utf_32_le_decode),
    codecs.BOM_UTF32_BE: _Encoding("UTF-32", 4, codecs.utf_32_be_decode),
}


def recoded(stream: Stream, name: str) -> Stream:
    """The same text in UTF-8, without its mark; as it is where it has none."""
    mark = stream.begins_with(_ENCODINGS)
    if not mark:
        return stream
    encoding = _ENCODINGS[mark]
    unmarked = _After(stream, len(mark))
    return unmarked if encoding is None else _Recoded(unmarked, name, encoding)


class _After(Stream):
    """A stream without its first bytes."""

    def __init__(self, stream: Stream, size: int) -> None:
        super().__init__()
        self._stream = stream
        self._size = size

    def _more(self) -> bytes:
        piece = self._stream.piece()
        while piece and len(piece) <= self._size:
            self._size -= len(piece)
            piece = self._stream.piece()
        more = bytes(piece[self._size :])
        self._size = 0
        return more


class _Recoded(Stream):
    def __init__(self, stream: Stream, name: str, encoding: _Encoding) -> None:
        super().__init__()
        self._stream = stream
        self._name = name
        self._encoding = encoding
        self._rest = b""

    def _more(self) -> bytes:
        while True:
            piece = bytes(self._stream.piece())
            if not piece and not self._rest:
                return b""
            more = self._recode(self._rest + piece, final=not piece)
            if more:
                return more

    def _recode(self, units: bytes, *, final: bool) -> bytes:
        """What of these units can be told so far, as UTF-8; the others wait for those that follow."""
        if final and len(units) % self._encoding.unit:
            raise InputError(
                self._name,
                f"the {self._encoding.name} text ends in the middle of a character",
                "The file was not written or fetched to its end: do that again.",
            )
        recoded = bytearray()
        while True:
            try:
                text, used = self._encoding.decode(units, "surrogatepass", final)
            except UnicodeDecodeError as error:
                text, used = self._encoding.decode(units[: error.start], "surrogatepass", True)
                recoded += text.encode("utf-8", "surrogatepass") + _NO_CHARACTER
                units = units[error.end :]
                continue
            self._rest = units[used:]
            return bytes(recoded + text.encode("utf-8", "surrogatepass"))
