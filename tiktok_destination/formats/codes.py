"""The faults that a reader finds in single records. Hosts show the meaning and the remedy."""

from __future__ import annotations

from typing import Final

from plugin_spec import Code

RECORD_TOO_LARGE: Final = "record_too_large"
RAGGED_ROW: Final = "ragged_row"
UNDECODABLE: Final = "undecodable"
BAD_QUOTING: Final = "bad_quoting"
UNREADABLE_CELL: Final = "unreadable_cell"

CODES: Final = {
    code.code: code
    for code in (
        Code(
            RECORD_TOO_LARGE,
            "The record is larger than 4 MiB.",
            "Look at that line: a missing line break or closing quote is the usual cause.",
        ),
        Code(
            RAGGED_ROW,
            "The row has more or fewer cells than the header.",
            "Quote cells that hold commas or line breaks, and export the row again.",
        ),
        Code(
            UNDECODABLE,
            "The row is not UTF-8 text.",
            "Save the file as UTF-8 and send that row again.",
        ),
        Code(
            BAD_QUOTING,
            "The row's quotes do not match, so where its cells end cannot be told.",
            'Write a quote inside a cell twice ("") and export the row again.',
        ),
        Code(
            UNREADABLE_CELL,
            "A list, object or map in the row holds what cannot be read: a date beyond the year 9999, or a key twice.",
            "Export that column as text and send the row again.",
        ),
    )
}
