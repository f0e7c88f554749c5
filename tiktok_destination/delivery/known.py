"""Keys that are known, each with a digest: any number of them, in bounded memory.

- The latest keys are held whole. Older ones go to a file without a name, in sorted runs, and leave a mark among 16 MB of
  marks: a key without its mark is surely not in the file, and hardly any other is looked up there.
- The file holds digests alone, and ends with the process.
- Where it cannot be written, keys stay in memory: that costs memory, and nothing else.
"""

from __future__ import annotations

import hashlib
import io
import weakref
from bisect import bisect_right
from dataclasses import dataclass
from tempfile import TemporaryFile

from tiktok_destination.delivery.marks import Marks

LATEST = 65_536
"""Keys that are held whole: about 12 MB."""
_NAME_BYTES = 16
_DIGEST_BYTES = 8
_ROW_BYTES = _NAME_BYTES + _DIGEST_BYTES
_PAGE_ROWS = 128
_PAGE_BYTES = _PAGE_ROWS * _ROW_BYTES


@dataclass(frozen=True, slots=True)
class _Run:
    """Rows of the file, sorted by the keys' names, and the name with which each page of them begins."""

    offset: int
    pages: list[bytes]


class KnownKeys:
    """Put a key once; ask as often as you like. For one thread."""

    def __init__(self, *, latest: int = LATEST) -> None:
        self._latest: dict[bytes, int] = {}
        self._most = latest
        self._marks = Marks()
        self._runs: list[_Run] = []
        self._file: io.FileIO | None = None

    def __bool__(self) -> bool:
        """Some key is known."""
        return bool(self._latest or self._runs)

    def get(self, key: bytes) -> int | None:
        """The key's digest; None for a key that is not known."""
        digest = self._latest.get(key)
        if digest is not None or not self._runs:
            return digest
        return self._look_up(_name(key)) if self._marks.among((key,)) else None

    def put(self, key: bytes, digest: int) -> None:
        """Know this key, which is not known yet. The digest is a signed number of 64 bits."""
        latest = self._latest
        latest[key] = digest
        if len(latest) >= self._most:
            self._write_down()

    def clear(self) -> None:
        """Know nothing any more."""
        self._latest.clear()
        self._runs.clear()
        self._marks = Marks()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write_down(self) -> None:
        rows = [
            _name(key) + digest.to_bytes(_DIGEST_BYTES, "big", signed=True)
            for key, digest in self._latest.items()
        ]
        rows.sort()
        written = b"".join(rows)
        try:
            file = self._file = self._file or self._new_file()
            offset = file.seek(0, io.SEEK_END)
            whole = file.write(written) == len(written)
        except OSError:
            whole = False
        if not whole:
            self._most *= 2
            return
        self._runs.append(_Run(offset, [row[:_NAME_BYTES] for row in rows[::_PAGE_ROWS]]))
        self._marks.add(self._latest)
        self._latest.clear()

    def _new_file(self) -> io.FileIO:
        file: io.FileIO = TemporaryFile(buffering=0)  # noqa: SIM115 - `finalize` closes it
        weakref.finalize(self, file.close)
        return file

    def _look_up(self, name: bytes) -> int | None:
        for run in reversed(self._runs):
            page = bisect_right(run.pages, name) - 1
            if page < 0 or self._file is None:
                continue
            self._file.seek(run.offset + page * _PAGE_BYTES)
            rows = self._file.read(_PAGE_BYTES)
            at = rows.find(name)
            while at % _ROW_BYTES and at >= 0:  # the bytes of two neighbours
                at = rows.find(name, at + 1)
            if at >= 0:
                return int.from_bytes(rows[at + _NAME_BYTES : at + _ROW_BYTES], "big", signed=True)
        return None


def _name(key: bytes) -> bytes:
    """What tells a key from all others, in 16 bytes."""
    return key if len(key) == _NAME_BYTES else hashlib.blake2b(key, digest_size=_NAME_BYTES).digest()
