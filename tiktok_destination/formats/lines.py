"""The physical lines of a byte stream, numbered from 1, with no line longer than `MAX_LINE_BYTES` ever in memory.

A byte order mark before the first line is dropped. A live pipe is followed line by line: nothing is read ahead
beyond the stream's own buffer.
"""

from __future__ import annotations

import codecs
from collections import deque
from collections.abc import Sequence
from typing import BinaryIO, Final

MAX_LINE_BYTES: Final = 4 * 1024 * 1024
"""Far above any sensible record (TikTok events are a few kilobytes), far below what would hurt."""

_SKIP_BYTES = 64 * 1024


class LineTooLongError(Exception):
    """A line was longer than the cap. It has been skipped to its end and counted."""

    def __init__(self, start: bytes) -> None:
        self.start = start
        """The line's first bytes, to tell the format by."""
        super().__init__("line too long")


class Lines:
    """Reads one stream. `number` is the line that was given last."""

    def __init__(self, stream: BinaryIO) -> None:
        self.number = 0
        self.bytes_read = 0
        self._stream = stream
        self._waiting: deque[bytes | LineTooLongError] = deque()

    def read(self) -> bytes | None:
        """The next line with its line break, None at the end. Raises LineTooLongError, OSError."""
        if self._waiting:
            return self._given_back()
        line = self._stream.readline(MAX_LINE_BYTES + 2)  # room for the line break
        if not line:
            return None
        self.bytes_read += len(line)
        self.number += 1
        if len(line) > MAX_LINE_BYTES and len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
            self._skip_rest(line)
            raise LineTooLongError(line[:16])
        return line.removeprefix(codecs.BOM_UTF8) if self.number == 1 else line

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
            line = self._stream.readline(_SKIP_BYTES)
            self.bytes_read += len(line)
