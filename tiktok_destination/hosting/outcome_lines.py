"""One entry's outcome as one line of JSON: what `send --outcomes` writes and `preview` prints."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from plugin_spec import Code, EntryOutcome, Note, Outcome
from tiktok_destination.hosting.intake import Place
from tiktok_destination.redaction import shown_id, shown_name, shown_path


class OutcomeLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Its members are those that `redaction.SHOWN` allows, and `request`; those that say nothing are left out."""

    record: int
    """The record's number in the input, from 1; for grouped rows that of the first."""
    line: int
    """The line of the input on which that record begins."""
    entry: int
    """The entry within its record, from 1."""
    outcome: str
    code: str | None = None
    path: str | None = None
    reason: str | None = None
    notes: tuple[Note, ...] = ()
    event: str | None = None
    event_id: str | None = None
    suggestion: str | None = None
    rows: tuple[int, ...] = ()
    """Grouped rows: the numbers of all records in this entry."""
    attempts: int = 0
    request_id: str | None = None
    test: bool = False
    request: msgspec.Raw | None = None
    """The body in which this event, alone, would travel. What TikTok would get: shown on demand and never kept."""


def outcome_line(
    entry: EntryOutcome, place: Place, codes: Mapping[str, Code], request: bytes | None = None
) -> OutcomeLine:
    """What may be known of an outcome outside this program; `request` for `preview` alone."""
    return OutcomeLine(
        record=place.record,
        line=place.line,
        entry=entry.ordinal,
        outcome=entry.outcome.value,
        code=entry.code,
        path=shown_path(entry.path),
        reason=_reason(entry, codes),
        notes=tuple(Note(note.code, shown_path(note.path)) for note in entry.notes),
        event=None if entry.event_name is None else shown_name(entry.event_name),
        event_id=None if entry.event_id is None else shown_id(entry.event_id),
        suggestion=entry.suggestion,
        rows=place.rows,
        attempts=entry.attempts,
        request_id=entry.request_id,
        test=entry.test,
        request=None if request is None else msgspec.Raw(request),
    )


def _reason(entry: EntryOutcome, codes: Mapping[str, Code]) -> str | None:
    """The entry's own, or else what its code means. A pending entry's own tells what stands behind the code."""
    if entry.reason or entry.code is None or entry.outcome is Outcome.PENDING:
        return entry.reason or None
    known = codes.get(entry.code)
    return known.meaning if known else None
