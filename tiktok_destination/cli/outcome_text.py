"""An outcome in words, line by line: what `explain` and `dead-letters show` say of an entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from plugin_spec import Code
from tiktok_destination.hosting.outcome_lines import OutcomeLine


def rows_line(outcome: OutcomeLine) -> Iterator[str]:
    """Which records are one entry, where they are several."""
    if outcome.rows:
        yield f"  rows      {', '.join(map(str, outcome.rows))} are one entry"


def outcome_words(outcome: OutcomeLine, codes: Mapping[str, Code]) -> Iterator[str]:
    """The event, the code and why, the notes."""
    if outcome.event is not None:
        yield f"  event     {outcome.event}"
    if outcome.event_id is not None:
        yield f"  event id  {outcome.event_id}"
    if outcome.code is not None:
        where = f" at {outcome.path}" if outcome.path else ""
        yield f"  code      {outcome.code}{where}: {_meaning(codes, outcome.code)}"
    if outcome.reason and (outcome.code is None or outcome.reason not in _meaning(codes, outcome.code)):
        yield f"  reason    {outcome.reason}"
    if outcome.suggestion:
        yield f"  nearest   {outcome.suggestion}"
    for note in outcome.notes:
        where = f" at {note.path}" if note.path else ""
        yield f"  note      {note.code}{where}: {_meaning(codes, note.code)}"


def _meaning(codes: Mapping[str, Code], code: str) -> str:
    known = codes.get(code)
    if known is None:
        return ""
    return known.meaning if known.remedy == "Nothing." else f"{known.meaning} {known.remedy}"
