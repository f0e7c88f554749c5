"""Opens an input and tells its format: by the file's name where it says so, otherwise by how its first lines begin.

The file is read once, from front to back, in bounded memory; `-` is standard input, which may be a live pipe.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from plugin_spec import Record
from tiktok_destination.formats.csv_rows import CsvRows
from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.lines import Lines, LineTooLongError
from tiktok_destination.formats.ndjson import ndjson_records
from tiktok_destination.redaction import printable

STANDARD_INPUT: Final = "-"

_CSV = ".csv"
_NDJSON = frozenset({".ndjson", ".jsonl"})
_READ_TODAY = "CSV and NDJSON (one JSON object a line) are read today"

# What a file begins with that is neither: its first bytes, and what that is.
_FOREIGN: Final = (
    (b"\x1f\x8b", "is compressed with gzip", f"Unpack it first: {_READ_TODAY}."),
    (b"PK\x03\x04", "is a zip archive or a spreadsheet", f"Export it: {_READ_TODAY}."),
    (b"PAR1", "is a Parquet file", f"Export it: {_READ_TODAY}."),
    (b"\xff\xfe", "is text in UTF-16", "Save it as UTF-8."),
    (b"\xfe\xff", "is text in UTF-16", "Save it as UTF-8."),
)


class RecordFile:
    """An open input. Iterate it once; `bytes_read` and `size_bytes` (None: unknown) tell how far it has got."""

    def __init__(self, name: str, stream: BinaryIO, close: Callable[[], None]) -> None:
        self.name = name
        self.size_bytes = _size_bytes(stream)
        self.columns: tuple[str, ...] | None = None
        """The names of a CSV file's columns; None for NDJSON, whose records each have their own."""
        self._lines = Lines(stream)
        self._close = close
        try:
            self._records = self._reader()
        except OSError as error:
            close()
            raise _unreadable(name, error) from error
        except InputError:
            close()
            raise

    @property
    def bytes_read(self) -> int:
        return self._lines.bytes_read

    def __iter__(self) -> Iterator[tuple[Record, int]]:
        """Each record and the line of the input on which it begins. Raises InputError."""
        try:
            yield from self._records
        except OSError as error:
            raise _unreadable(self.name, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _reader(self) -> Iterator[tuple[Record, int]]:
        suffix = Path(self.name).suffix.lower()
        first = _first_bytes(self._lines)
        if not first:
            raise InputError(self.name, "the input is empty", "Check that the export wrote something.")
        for start, what, remedy in _FOREIGN:
            if first.startswith(start):
                raise InputError(self.name, f"the input {what}", remedy)
        if suffix == _CSV:
            return self._csv()
        if first.startswith(b"["):
            raise InputError(
                self.name,
                "the input begins with '[', as a JSON array does",
                f"Write one object a line (jq -c '.[]'): {_READ_TODAY}.",
            )
        # A line of some program's own may stand before the objects; where no name tells, the second line does.
        if suffix in _NDJSON or first.startswith(b"{") or _second_bytes(self._lines).startswith(b"{"):
            return ndjson_records(self._lines)
        return self._csv()

    def _csv(self) -> Iterator[tuple[Record, int]]:
        rows = CsvRows(self._lines, self.name)
        self.columns = rows.columns
        return iter(rows)


def open_records(path: str, standard_input: Callable[[], BinaryIO]) -> RecordFile:
    """Open a file, or standard input for `-`. Raises InputError; a fault in a single record is on that record."""
    if path == STANDARD_INPUT:
        stream = standard_input()
        return RecordFile("standard input", stream, lambda: None)
    name = printable(path)
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - RecordFile closes it
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    return RecordFile(name, stream, stream.close)


def _first_bytes(lines: Lines) -> bytes:
    """The first line that is not blank, without white space before it; blank lines before it are dropped."""
    while True:
        try:
            line = lines.read()
        except LineTooLongError as error:
            lines.give_back([error])
            return error.start
        if line is None:
            return b""
        start = line.lstrip()
        if start:
            lines.give_back([line])
            return start[:16]


def _second_bytes(lines: Lines) -> bytes:
    """How the line after the next one begins; both are still to be read."""
    taken: list[bytes | LineTooLongError] = []
    start = b""
    for _ in range(2):
        try:
            line = lines.read()
        except LineTooLongError as error:
            taken.append(error)
            start = error.start
            continue
        if line is None:
            start = b""
            break
        taken.append(line)
        start = line.lstrip()[:16]
    lines.give_back(taken)
    return start


def _size_bytes(stream: BinaryIO) -> int | None:
    try:
        status = os.fstat(stream.fileno())
    except OSError:  # not a file of the system
        return None
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _unreadable(name: str, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(name, "there is no such file", "Check the path.")
    if isinstance(error, IsADirectoryError):
        return InputError(name, "this is a directory", "Name one file.")
    if isinstance(error, PermissionError):
        return InputError(name, "the file may not be read", "Give this user the right to read it.")
    return InputError(name, f"reading failed ({type(error).__name__})", "Check the file and its disk.")
