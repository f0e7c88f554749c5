"""Unpacks gzip and zstd on the fly, told by how the bytes begin and never by the file's name.

A file may hold several members or frames one after the other, and zero bytes of padding between and after them. What
is damaged, goes on as something else or ends in the middle is an InputError, after all that could be unpacked before.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.streams import Stream

_FEED_BYTES: Final = 1024
"""So little at a time, because four bytes of zstd may unpack to 128 KiB: 32 MiB is the most that one feed gives."""

GZIP: Final = b"\x1f\x8b"
ZSTD: Final = (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(0x50, 0x60)))
"""A frame, or a frame to be skipped (RFC 8878 section 3.1.2), with which parallel compressors begin."""

SUFFIXES: Final = frozenset({".gz", ".zst"})


class _Packing(NamedTuple):
    name: str
    open_member: Callable[[], Any]
    """What unpacks one member: `decompress`, `eof` and `unused_data`, in both libraries."""
    fault: type[Exception]


def unpacked(stream: Stream, name: str) -> Stream:
    """The same stream, unpacked if it is packed."""
    sign = stream.begins_with((GZIP, *ZSTD))
    if not sign:
        return stream
    return _Unpacked(stream, name, _gzip() if sign == GZIP else _zstd())


def _gzip() -> _Packing:
    return _Packing("gzip", lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), zlib.error)


def _zstd() -> _Packing:
    import zstandard  # noqa: PLC0415 - only a file that is packed so needs it

    return _Packing("zstd", lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError)


class _Unpacked(Stream):
    def __init__(self, packed: Stream, name: str, packing: _Packing) -> None:
        super().__init__()
        self._packed = packed
        self._name = name
        self._packing = packing
        self._member: Any = None
        self._rest = memoryview(b"")

    def _more(self) -> bytes:
        while True:
            feed = self._feed()
            if not feed:
                return b""
            if self._member is None:
                self._member = self._packing.open_member()
            try:
                more: bytes = self._member.decompress(feed)
            except self._packing.fault as error:
                raise InputError(
                    self._name,
                    f"the {self._packing.name} data is damaged or goes on as something else",
                    "Fetch or write the file again; its own tool can test it (gzip -t, zstd -t).",
                ) from error
            if self._member.eof:
                self._rest = memoryview(self._member.unused_data + bytes(self._rest))
                self._member = None
            if more:
                return more

    def _feed(self) -> bytes:
        """The next packed bytes, few at a time; none at the end."""
        while True:
            if not self._rest:
                self._rest = self._packed.piece()
            if not self._rest:
                break
            feed, self._rest = bytes(self._rest[:_FEED_BYTES]), self._rest[_FEED_BYTES:]
            if self._member is None:
                feed = feed.lstrip(b"\0")
            if feed:
                return feed
        if self._member is not None:
            raise InputError(
                self._name,
                f"the {self._packing.name} data ends in the middle",
                "The file was not written or fetched to its end: do that again.",
            )
        return b""
