"""The names of columns, for the formats that have them."""

from __future__ import annotations

from collections.abc import Iterable

from tiktok_destination.formats.errors import InputError


def check_names(columns: Iterable[str], name: str) -> None:
    """Raises InputError where two columns have one name; columns without a name are nobody's."""
    seen: set[str] = set()
    for number, column in enumerate(columns, 1):
        if column and column in seen:
            raise InputError(
                name,
                f"column {number} has the name of an earlier column",
                "Give every column a name of its own: which of the two is meant cannot be told.",
            )
        seen.add(column)
