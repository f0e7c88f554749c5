"""Parquet: each row a mapping of Python values under its columns' names; the row's number stands for its line.

Rows are read batch by batch, so memory is bounded by the file's row groups. Values come as the standard library has
them: times to the microsecond (the mapping needs seconds) and in UTC, maps as dicts. What Python has no value for (a
date in the year 12000) stands as bytes, which no field takes, so it is left out with a note; where that is inside a
list, object or map, or a map holds a key twice, the row is a record with a fault, in its place.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import IO, Any, Final

from plugin_spec import Note, Record
from tiktok_destination.formats.codes import UNDECODABLE, UNREADABLE_CELL
from tiktok_destination.formats.columns import check_names
from tiktok_destination.formats.errors import InputError

PARQUET: Final = b"PAR1"

_ROWS_AT_A_TIME: Final = 256

_NO_PYTHON_VALUE: Final = (ValueError, ArithmeticError, LookupError, NotImplementedError)
"""ValueError includes what is not UTF-8 and most errors of Arrow; ArithmeticError a date beyond Python's last year."""


class ParquetRows:
    """The rows of one file; iterate once. Raises InputError, OSError."""

    def __init__(self, file: io.BufferedIOBase | IO[bytes], name: str) -> None:
        try:
            import pyarrow as pa  # noqa: PLC0415 - an extra, and slow to load
            import pyarrow.parquet as pq  # noqa: PLC0415 - as above
        except ImportError as error:
            raise InputError(
                name,
                "the input is a Parquet file, and what reads those is not installed",
                "Install it: pip install 'tiktok-destination[parquet]'.",
            ) from error
        self._arrow = pa
        self._name = name
        self._position = 0
        """The row that was given last."""
        self._faults = (pa.ArrowException, OSError, ValueError, EOFError)
        try:
            self._file = pq.ParquetFile(file, pre_buffer=False, page_checksum_verification=True)
        except self._faults as error:
            raise self._damaged() from error
        schema = self._file.schema_arrow
        self.columns: tuple[str, ...] = tuple(schema.names)
        check_names(self.columns, name)
        self._plain = pa.schema([field.with_type(self._plain_type(field.type)) for field in schema])

    @property
    def share_read(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return self._position / (self._file.metadata.num_rows or 1)

    def __iter__(self) -> Iterator[tuple[Record, int]]:
        """Each record and its row, from 1. Raises InputError."""
        for group in range(
            self._file.num_row_groups
        ):  # one by one: a batch over two of them may be unreadable
            yield from self._of_group(group)

    def _of_group(self, group: int) -> Iterator[tuple[Record, int]]:
        batches = self._file.iter_batches(_ROWS_AT_A_TIME, row_groups=[group], use_threads=False)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
            except self._faults as error:
                raise self._damaged() from error
            for row in self._rows(batch.cast(self._plain, safe=False)):
                self._position += 1
                if isinstance(row, Note):
                    yield Record(self._position, b"", fault=row), self._position
                else:
                    yield Record(self._position, row), self._position

    def _plain_type(self, held: Any) -> Any:
        """The type whose Python values need no nanoseconds and no time zone database."""
        arrow, types = self._arrow, self._arrow.types
        if types.is_timestamp(held):
            return arrow.timestamp("us" if held.unit == "ns" else held.unit, "UTC" if held.tz else None)
        if types.is_time64(held):
            return arrow.time64("us")
        if types.is_duration(held):
            return arrow.duration("us" if held.unit == "ns" else held.unit)
        if types.is_dictionary(held):
            return self._plain_type(held.value_type)
        if types.is_map(held):
            return arrow.map_(self._plain_type(held.key_type), self._plain_type(held.item_type))
        if types.is_list(held):
            return arrow.list_(held.value_field.with_type(self._plain_type(held.value_type)))
        if types.is_large_list(held):
            return arrow.large_list(held.value_field.with_type(self._plain_type(held.value_type)))
        if types.is_fixed_size_list(held):
            return arrow.list_(held.value_field.with_type(self._plain_type(held.value_type)), held.list_size)
        if types.is_struct(held):
            return arrow.struct([field.with_type(self._plain_type(field.type)) for field in held])
        return held

    def _rows(self, batch: Any) -> list[dict[str, Any] | Note]:
        try:
            return list(batch.to_pylist(maps_as_pydicts="strict"))
        except _NO_PYTHON_VALUE:
            return [self._row(batch.slice(row, 1)) for row in range(batch.num_rows)]

    def _row(self, one: Any) -> dict[str, Any] | Note:
        """A row of a batch in which some value has no counterpart in Python."""
        try:
            return {
                column: self._cell(cells[0]) for column, cells in zip(self.columns, one.columns, strict=True)
            }
        except UnicodeDecodeError:
            return Note(UNDECODABLE)
        except _NO_PYTHON_VALUE:
            return Note(UNREADABLE_CELL)

    def _cell(self, cell: Any) -> Any:
        try:
            return cell.as_py(maps_as_pydicts="strict")
        except UnicodeDecodeError:
            raise
        except _NO_PYTHON_VALUE:
            if self._arrow.types.is_nested(cell.type):
                raise
            return str(cell.type).encode()

    def _damaged(self) -> InputError:
        where = f", after row {self._position:,}" if self._position else ""
        return InputError(
            self._name,
            f"the Parquet file is damaged, not complete or of an unknown kind{where}",
            "Write or fetch the file again, or export it in another format.",
        )
