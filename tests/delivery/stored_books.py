"""Books in a folder, and the queue of one run over an input, as `send` puts them together."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from scripted_sender import START, Clock

from plugin_spec import EntryOutcome
from tiktok_destination.delivery.outbox import (
    InputLedger,
    KeptRecord,
    Origin,
    Progress,
    Scope,
    StoredQueue,
    Tally,
    scope_of,
)
from tiktok_destination.store import Database

UNKNOWN = frozenset({"unmapped"})


def origin_of(outcome: EntryOutcome) -> Origin:
    return Origin("events.ndjson", outcome.position, outcome.position + 1, outcome.ordinal, outcome.rows)


def records_of(outcome: EntryOutcome) -> tuple[KeptRecord, ...]:
    return (KeptRecord(b'{"position":%d}' % outcome.position),)


def input_ledger(
    database: Database,
    scope: Scope,
    *,
    digest: bytes = b"file",
    is_pipe: bool = False,
    resume: Progress | None = None,
) -> InputLedger:
    return InputLedger(
        database,
        scope,
        digest,
        "events.ndjson",
        is_sorted=False,
        is_pipe=is_pipe,
        resume=resume,
        now=START,
        origin_of=origin_of,
        records_of=records_of,
    )


def stored_queue(folder: Path, stack: ExitStack, clock: Clock | None = None) -> StoredQueue:
    database = stack.enter_context(Database(folder))
    scope = scope_of(database, "shop", "https://receiver.example")
    ledger = input_ledger(database, scope)
    return StoredQueue(database, scope, ledger, Tally(scope.number, UNKNOWN), (clock or Clock()).read)
