"""Byte streams in layers: what lies on disk, unpacked, recoded. Each can be told by how it begins before it is read.

A layer gives bytes as soon as the one below has some, so that a live pipe is followed; it never reads ahead further
than one piece, and no piece is large.
"""

from __future__ import annotations

import io
from abc import abstractmethod
from collections.abc import Iterable
from typing import Any, Final

_PIECE_BYTES: Final = 64 * 1024


class Stream(io.RawIOBase):
    """A layer. Those above it take pieces; who wants lines puts an io.BufferedReader around it."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead = memoryview(b"")

    def piece(self) -> memoryview:
        """The next bytes, as many as there happen to be; none at the end. Raises InputError, OSError."""
        ahead = self._ahead or memoryview(self._more())
        self._ahead = memoryview(b"")
        return ahead

    def begins_with(self, signs: Iterable[bytes]) -> bytes:
        """The longest of these signs that the stream begins with, or none. Looks no further than it must to tell."""
        possible, found = sorted(signs, key=len), b""
        for sign in possible:
            while len(self._ahead) < len(sign) and sign.startswith(self._ahead):
                more = self._more()
                if not more:
                    break
                self._ahead = memoryview(bytes(self._ahead) + more)
            if self._ahead[: len(sign)] == sign:
                found = sign
        return found

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self.piece()
        size = min(len(buffer), len(piece))
        buffer[:size] = piece[:size]
        self._ahead = piece[size:]
        return size

    @abstractmethod
    def _more(self) -> bytes:
        """The next bytes of this layer; none at the end."""


class OnDisk(Stream):
    """The lowest layer: a file or pipe as it is. `position` tells how much of it has been read."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        super().__init__()
        self.position = 0
        self._stream = stream

    def _more(self) -> bytes:
        more = self._stream.read1(_PIECE_BYTES)
        self.position += len(more)
        return more
