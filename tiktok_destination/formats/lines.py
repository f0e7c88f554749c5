"""The physical lines of a byte stream, numbered from 1, with no line longer than `MAX_LINE_BYTES` ever in memory.

A live pipe is followed line by line: nothing is read ahead beyond the stream's own buffer. Who
does not read by lines (JSON may be a single one) takes pieces.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from io import BufferedReader
from typing import Final

MAX_LINE_BYTES: Final = 4 * 1024 * 1024
"""Far above any sensible record (TikTok events are a few kilobytes), far below what would hurt."""

_PIECE_BYTES = 64 * 1024
_MOST_BYTES = MAX_LINE_BYTES + 2  # room for the line break


class LineTooLongError(Exception):
    """A line was longer than the cap. It has been skipped to its end and counted."""

    def __init__(self, start: bytes) -> None:
        self.start = start
        """The line's first bytes, to tell the format by."""
        super().__init__("line too long")


class Lines:
    """Reads one stream. `number` is the line that was given last."""

    def __init__(self, stream: BufferedReader) -> None:
        self.number = 0
        self._stream = stream
        self._begun = b""
        """What has been looked at of the next line: all that one read would give of it."""
        self._waiting: deque[bytes | LineTooLongError] = deque()

    def look(self) -> bytes:
        """How the next line begins that is not blank, without white space before it. Blank lines are dropped."""
        while line := self._begun or self._stream.readline(_MOST_BYTES):
            self._begun = b""
            start = line.lstrip()
            if start or len(line) > MAX_LINE_BYTES:
                self._begun = line
                return (start or line)[:16]
            self.number += 1
        return b""

    def read(self) -> bytes | None:
        """The next line with its line break, None at the end. Raises LineTooLongError, OSError."""
        if self._waiting:
            return self._given_back()
        line, self._begun = self._begun or self._stream.readline(_MOST_BYTES), b""
        if not line:
            return None
        self.number += 1
        if len(line) > MAX_LINE_BYTES and len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
            self._skip_rest(line)
            raise LineTooLongError(line[:16])
        return line

    def read_piece(self) -> bytes:
        """The next bytes, wherever they end and as soon as there are any, uncounted; nothing at the end. Raises OSError."""
        if self._waiting:
            return self._given_back()
        piece, self._begun = self._begun, b""
        return piece or self._stream.read1(_PIECE_BYTES)

    def give_back(self, lines: Sequence[bytes | LineTooLongError]) -> None:
        """The next reads answer with these again: the lines that were given last, in their order."""
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def _given_back(self) -> bytes:
        waiting = self._waiting.popleft()
        self.number += 1
        if isinstance(waiting, LineTooLongError):
            raise waiting
        return waiting

    def _skip_rest(self, line: bytes) -> None:
        while line and not line.endswith(b"\n"):
            line = self._stream.readline(_PIECE_BYTES)
