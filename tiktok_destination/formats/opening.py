"""Opens an input and tells its format: by how it begins, and by the file's name where that says more.

The bytes come through layers (unpacked, recoded as UTF-8), then as lines or pieces of lines. The file is read once,
from front to back, in bounded memory; `-` is standard input, which may be a live pipe. Parquet alone is read from
its end, so what is no file of the disk is first written to one.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final, Self

from plugin_spec import Record
from tiktok_destination.formats.csv_rows import CsvRows
from tiktok_destination.formats.decompression import GZIP, SUFFIXES, ZSTD, unpacked
from tiktok_destination.formats.encodings import recoded
from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.json_values import array_records, is_whole_value, value_records
from tiktok_destination.formats.lines import Lines, LineTooLongError
from tiktok_destination.formats.ndjson import ndjson_records
from tiktok_destination.formats.parquet import PARQUET, ParquetRows
from tiktok_destination.formats.streams import OnDisk, Stream
from tiktok_destination.redaction import printable

STANDARD_INPUT: Final = "-"

_CSV = ".csv"
_JSON = ".json"
_NDJSON = frozenset({".ndjson", ".jsonl"})
_READ_TODAY = "CSV, NDJSON, JSON and Parquet are read, also packed with gzip or zstd"

# What an input begins with that is none of these: what that is, and what to do.
_FOREIGN: Final = {
    b"PK\x03\x04": ("is a zip archive or a spreadsheet", f"Export it: {_READ_TODAY}."),
    b"PARE": ("is a Parquet file with an encrypted footer", "Write it without encryption."),
    **dict.fromkeys((GZIP, *ZSTD), ("is packed twice", "Unpack it once.")),
}

_BUFFER_BYTES = 64 * 1024


class RecordFile:
    """An open input. Iterate it once; `bytes_read` and `size_bytes` (None: unknown) tell how far it has got."""

    def __init__(self, name: str, stream: io.BufferedIOBase, close: Callable[[], None]) -> None:
        self.name = name
        self.size_bytes = _size_bytes(stream)
        self.columns: tuple[str, ...] | None = None
        """The names of the columns of CSV and Parquet; None for JSON, whose records each have their own."""
        self._stream = stream
        self._on_disk = OnDisk(stream)
        self._position: Callable[[], int] = lambda: self._on_disk.position
        self._held = ExitStack()
        self._held.callback(close)
        with ExitStack() as on_failure:
            on_failure.callback(self._held.close)
            try:
                self._records = self._reader()
            except OSError as error:
                raise _unreadable(name, error) from error
            on_failure.pop_all()

    @property
    def bytes_read(self) -> int:
        return self._position()

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
        self._held.close()

    def _reader(self) -> Iterator[tuple[Record, int]]:
        content = unpacked(self._on_disk, self.name)
        sign = content.begins_with((PARQUET, *_FOREIGN))
        if sign == PARQUET:
            return self._parquet(content)
        if sign:
            what, remedy = _FOREIGN[sign]
            raise InputError(self.name, f"the input {what}", remedy)
        lines = Lines(io.BufferedReader(recoded(content, self.name), _BUFFER_BYTES))
        return self._text(lines)

    def _text(self, lines: Lines) -> Iterator[tuple[Record, int]]:
        suffix = _suffix(self.name)
        first = lines.look()
        if not first:
            raise InputError(self.name, "the input is empty", "Check that the export wrote something.")
        if suffix == _CSV:
            return self._csv(lines)
        if first.startswith(b"["):
            return array_records(lines, self.name)
        if first.startswith(b"{") and suffix not in _NDJSON and _goes_over_lines(lines, first, suffix):
            return value_records(lines, self.name)
        # A line of some program's own may stand before the objects; where no name tells, the second line does.
        if suffix in _NDJSON or first.startswith(b"{") or _second_bytes(lines).startswith(b"{"):
            return ndjson_records(lines)
        return self._csv(lines)

    def _csv(self, lines: Lines) -> Iterator[tuple[Record, int]]:
        rows = CsvRows(lines, self.name)
        self.columns = rows.columns
        return iter(rows)

    def _parquet(self, content: Stream) -> Iterator[tuple[Record, int]]:
        stream, on_disk = self._stream, self._on_disk
        if content is on_disk and stream.seekable() and stream.tell() == on_disk.position:
            stream.seek(0)
            rows = ParquetRows(stream, self.name)
            self._position = lambda: int(rows.share_read * (self.size_bytes or 0))
        else:
            file = self._held.enter_context(TemporaryFile())  # noqa: SIM115 - closed with the input
            while piece := content.piece():
                file.write(piece)
            file.seek(0)
            rows = ParquetRows(file, self.name)
        self.columns = rows.columns
        return iter(rows)


def open_records(path: str, standard_input: Callable[[], io.BufferedIOBase]) -> RecordFile:
    """Open a file, or standard input for `-`. Raises InputError; a fault in a single record is on that record."""
    if path == STANDARD_INPUT:
        return RecordFile("standard input", standard_input(), lambda: None)
    name = printable(path)
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 - RecordFile closes it
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error
    return RecordFile(name, stream, stream.close)


def _suffix(name: str) -> str:
    """The end of the name that says the format: of `events.csv.gz` it is `.csv`."""
    path = Path(name)
    return Path(path.stem if path.suffix.lower() in SUFFIXES else path).suffix.lower()


def _goes_over_lines(lines: Lines, first: bytes, suffix: str) -> bool:
    """Whether the object with which the input begins goes on after its line, and not by a fault of that line alone."""
    if suffix != _JSON:
        return first.rstrip() == b"{"
    try:
        line = lines.read() or b""
    except LineTooLongError as error:
        lines.give_back([error])
        return False
    lines.give_back([line])
    return not is_whole_value(line)


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


def _size_bytes(stream: io.BufferedIOBase) -> int | None:
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
