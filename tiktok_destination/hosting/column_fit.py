"""Does a file with columns belong to this configuration? One of which no rule reads any column is a failed export or another file.

What it says of the file is its columns' names, those alone that may be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from plugin_spec import FieldRename
from tiktok_destination.redaction import shown_name

_MOST_NAMES: Final = 10
_FIRST_KEY: Final = re.compile(r'\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^.\[\]"]+))')
_IN_THE_QUERY: Final = " in the query of "
"""A field rule that reads a parameter of an address: `ttclid in the query of PATH`."""


def misfit(columns: Sequence[str], rules: Iterable[FieldRename]) -> tuple[str, str] | None:
    """What is wrong with these columns and what to do; None if a rule reads one of them."""
    read = dict.fromkeys(key for rule in rules if (key := _column(rule.source)))
    if not read or any(column in read for column in columns):
        return None
    by_case = {key.casefold(): key for key in read}
    meant = {column: by_case[column.casefold()] for column in columns if column.casefold() in by_case}
    if meant:
        pairs = [f"{shown_name(column)} for {shown_name(key)}" for column, key in meant.items()]
        return (
            f"no rule reads any of its columns, because letter case counts: it has {_listed(pairs)}",
            "Write the names as the rules do, or give the rules these names (mapping.fields).",
        )
    found, wanted = _listed([shown_name(column) for column in columns]), _listed(list(map(shown_name, read)))
    return (
        f"no rule reads any of its columns ({found}); the rules read {wanted}",
        "Check that this is the right file and that its export went well, or name its columns in mapping.fields.",
    )


def _column(source: str) -> str | None:
    """The column at the beginning of a rule's path."""
    key = _FIRST_KEY.match(source.rpartition(_IN_THE_QUERY)[2])
    if key is None:
        return None
    return key["plain"].strip() if key["quoted"] is None else key["quoted"]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown}, …" if len(names) > _MOST_NAMES else shown
