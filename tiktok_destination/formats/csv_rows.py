"""CSV: a header row, then one record a row, every cell a string under its column's name.

A row that cannot be read is a record with a fault, in its place; the rows after it are read on. A quote that opens on
one line and never closes costs that line alone, not the lines that it seems to swallow. Columns without a name are left
out. Cells are not trimmed and empty cells stay empty strings: what they mean is the mapping's to say.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Final

from plugin_spec import Note, Record
from tiktok_destination.formats.codes import BAD_QUOTING, RAGGED_ROW, RECORD_TOO_LARGE, UNDECODABLE
from tiktok_destination.formats.columns import check_names
from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.lines import MAX_LINE_BYTES, Lines, LineTooLongError

_MOST_BYTES: Final = MAX_LINE_BYTES + 2  # room for the line break
_FEWEST_BYTES: Final = 64 * 1024
"""A row of several lines is looked for at least this far, whatever came before."""

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


class _RowTooLargeError(Exception):
    """The lines of one row, together, are beyond the cap."""


class _RowText:
    """Feeds the csv module with decoded lines, and remembers those of the present row and what was odd about them."""

    def __init__(self, lines: Lines) -> None:
        self.undecodable = False
        self._lines = lines
        self._taken: list[bytes | LineTooLongError] = []
        self._row_bytes = 0
        self._most_bytes = _MOST_BYTES

    def begin_row(self) -> None:
        if len(self._taken) > 1:  # the one before was read to its end
            self._most_bytes = _MOST_BYTES
        self.undecodable = False
        self._taken.clear()
        self._row_bytes = 0

    def keep_only_first_line(self) -> None:
        """The row is its first line; the others are read again, as rows of their own."""
        if len(self._taken) > 1:
            self._lines.give_back(self._taken[1:])
            self._taken.clear()
            # Where one quote after the other stays open, each look for its end would read millions of bytes again.
            self._most_bytes = max(self._most_bytes // 2, _FEWEST_BYTES)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = self._lines.read()
        except LineTooLongError as error:
            self._taken.append(error)
            raise _RowTooLargeError from error
        if line is None:
            raise StopIteration
        self._taken.append(line)
        self._row_bytes += len(line)
        if self._row_bytes > self._most_bytes and len(self._taken) > 1:
            raise _RowTooLargeError
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            self.undecodable = True
            return line.decode("utf-8", "replace")


class CsvRows:
    """The rows of one input; iterate once. Raises InputError for an unusable header, OSError."""

    def __init__(self, lines: Lines, name: str) -> None:
        # The module's own limit (128 KiB a cell) is global; a row is bounded here, so a cell may be as long as a row.
        csv.field_size_limit(max(csv.field_size_limit(), _MOST_BYTES))
        self._lines = lines
        self._text = _RowText(lines)
        # Strict: text after a closing quote, or a quote that never closes, is an error and not silently joined.
        self._reader = csv.reader(self._text, strict=True)
        self._header = _read_header(self._text, self._reader, name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that have one."""
        return tuple(column for column in self._header if column)

    def __iter__(self) -> Iterator[tuple[Record, int]]:
        """Each record and the line on which it begins. Raises OSError."""
        lines, text, reader, header = self._lines, self._text, self._reader, self._header
        all_named = all(header)
        position = 0
        while True:
            text.begin_row()
            line = lines.number + 1
            fault: Note | None = None
            cells: list[str] = []
            try:
                cells = next(reader)
            except StopIteration:
                return
            except _RowTooLargeError:
                fault = Note(RECORD_TOO_LARGE)
            except csv.Error:
                fault = Note(BAD_QUOTING)
            if fault is not None:
                text.keep_only_first_line()
            elif text.undecodable:
                fault = Note(UNDECODABLE)
            elif len(cells) != len(header):
                if len(cells) <= 1 and not "".join(cells).strip():  # a blank line
                    continue
                fault = Note(RAGGED_ROW)
            position += 1
            if fault is not None:
                yield Record(position, b"", fault=fault), line
                continue
            pairs = zip(header, cells, strict=True)
            yield Record(position, dict(pairs if all_named else (pair for pair in pairs if pair[0]))), line


def _read_header(text: _RowText, reader: Iterator[list[str]], name: str) -> tuple[str, ...]:
    cells: list[str] = []
    try:
        while not any(cell.strip() for cell in cells):
            text.begin_row()
            cells = next(reader)
    except (StopIteration, _RowTooLargeError, csv.Error) as error:
        raise InputError(
            name, "the first row cannot be read as a header", "Begin the file with the columns' names."
        ) from error
    if text.undecodable:
        raise InputError(name, "the header row is not UTF-8 text", "Save the file as UTF-8.")
    header = tuple(cell.strip() for cell in cells)
    if any("\0" in column for column in header):
        raise InputError(
            name, "the header holds NUL bytes, as text in UTF-16 does", "Save the file as UTF-8."
        )
    if any("@" in column for column in header):
        raise InputError(
            name,
            "the first row holds an e-mail address, so it is no header",
            "Begin the file with the columns' names.",
        )
    check_names(header, name)
    separator = next((sign for sign in _OTHER_SEPARATORS if sign in header[0]), None)
    if len(header) == 1 and separator is not None:
        raise InputError(
            name,
            f"the columns seem to be separated by {_OTHER_SEPARATORS[separator]}",
            "Export the file with commas: no other separator is read today.",
        )
    return header
