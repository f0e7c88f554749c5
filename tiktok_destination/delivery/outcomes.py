"""From an entry and what became of it to the outcome that a host keeps."""

from __future__ import annotations

from plugin_spec import EntryOutcome, Note, Outcome, Prepared, Settled


def of_settled(entry: Settled) -> EntryOutcome:
    """The outcome that an entry brought with it."""
    return EntryOutcome(
        position=entry.position,
        ordinal=entry.ordinal,
        outcome=entry.outcome,
        code=entry.code,
        path=entry.path,
        reason=entry.reason or None,
        event_name=entry.event_name,
        event_id=entry.event_id,
        suggestion=entry.suggestion,
        rows=entry.rows,
        notes=entry.notes,
        test=entry.test,
    )


def of_event(  # noqa: PLR0913 (one argument for each member that delivery decides)
    event: Prepared,
    outcome: Outcome,
    code: str | None = None,
    *,
    path: str | None = None,
    reason: str | None = None,
    attempts: int = 0,
    request_id: str | None = None,
    notes: tuple[Note, ...] = (),
) -> EntryOutcome:
    """The outcome of an event; `notes` follow the event's own."""
    return EntryOutcome(
        position=event.position,
        ordinal=event.ordinal,
        outcome=outcome,
        code=code,
        path=path,
        reason=reason,
        event_name=event.event_name,
        event_id=event.event_id,
        rows=event.rows,
        notes=event.notes + notes if notes else event.notes,
        test=event.test,
        attempts=attempts,
        request_id=request_id,
    )
