"""Our own codes: why an entry was rejected, filtered or expired, and what a note says. One row each, in `codes.json`."""

from __future__ import annotations

from functools import cache

from plugin_spec import Code
from tiktok_destination.catalog.reading import read


@cache
def codes() -> dict[str, Code]:
    """Every code of the mapping, by itself."""
    return {
        row["code"]: Code(row["code"], row["meaning"], row["remedy"])
        for group in ("rejected", "expired", "filtered", "notes", "authorising", "explained")
        for row in read("codes")[group]
    }


@cache
def unknown_name_codes() -> frozenset[str]:
    """The codes that say of a record's event name that nothing knows it."""
    return frozenset(read("codes")["unknown_names"])
