"""NDJSON: one JSON object a line. The bytes are handed on as they are; decoding and judging them is the plan's."""

from __future__ import annotations

from collections.abc import Iterator

from plugin_spec import Note, Record
from tiktok_destination.formats.codes import RECORD_TOO_LARGE
from tiktok_destination.formats.lines import Lines, LineTooLongError

_WHITE_SPACE = b" \t\r\n"  # JSON's own, RFC 8259 section 2


def ndjson_records(lines: Lines) -> Iterator[tuple[Record, int]]:
    """Each record and its line. Blank lines are no records. Raises OSError."""
    position = 0
    while True:
        try:
            line = lines.read()
        except LineTooLongError:
            position += 1
            yield Record(position, b"", fault=Note(RECORD_TOO_LARGE)), lines.number
            continue
        if line is None:
            return
        body = line.strip(_WHITE_SPACE)
        if body:
            position += 1
            yield Record(position, body), lines.number
