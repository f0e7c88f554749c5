"""The books of one input, for `send`: anew, or going on where an earlier run ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from plugin_spec import EntryOutcome
from tiktok_destination.delivery.outbox import InputLedger, KeptRecord, Origin, Progress, progress_of
from tiktok_destination.formats import STANDARD_INPUT
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.keeping import Keeping, digest_of_file, digest_of_pipe
from tiktok_destination.hosting.kept_records import kept
from tiktok_destination.redaction import printable


@dataclass(frozen=True)
class KnownInput:
    """An input, and what earlier runs have written down of it."""

    source: str
    digest: bytes
    is_sorted: bool
    is_pipe: bool
    progress: Progress | None
    """Where this run goes on; None: at the beginning."""

    @property
    def first_record(self) -> int:
        """The first record that is needed."""
        return self.progress.first_record if self.progress else 1


def known_input(keeping: Keeping, source: str, *, is_sorted: bool, resume: bool) -> KnownInput:
    """Know an input again by its content, and say what follows from that. Raises StoreError, OSError."""
    path = Path(source)
    is_pipe = source == STANDARD_INPUT or not path.is_file()
    digest = digest_of_pipe() if is_pipe else digest_of_file(path)
    progress = progress_of(keeping.database, keeping.scope, digest, is_sorted=is_sorted)
    if resume:
        click.echo(_going_on(progress), err=True)
    elif progress is not None and not (progress.complete and not progress.pending):
        click.echo(
            f"An earlier run came to record {progress.position[0]:,} of this file and did not finish it. This run begins"
            " anew, and what was delivered is a duplicate; --resume would have gone on.",
            err=True,
        )
    return KnownInput(source, digest, is_sorted, is_pipe, progress if resume else None)


def ledger_of(known: KnownInput, keeping: Keeping, intake: Intake, *, keep_records: bool) -> InputLedger:
    """The input's ledger. Raises StoreError."""
    name = "standard input" if known.source == STANDARD_INPUT else printable(Path(known.source).name)
    return InputLedger(
        keeping.database,
        keeping.scope,
        known.digest,
        name,
        is_sorted=known.is_sorted,
        is_pipe=known.is_pipe,
        resume=known.progress,
        now=keeping.clock(),
        origin_of=_origin(intake, name),
        records_of=_records(intake, keep_records=keep_records),
    )


def _origin(intake: Intake, name: str) -> Callable[[EntryOutcome], Origin]:
    def origin_of(outcome: EntryOutcome) -> Origin:
        place = intake.look_up(outcome)
        return Origin(name, place.record, place.line, outcome.ordinal, place.rows)

    return origin_of


def _records(intake: Intake, *, keep_records: bool) -> Callable[[EntryOutcome], tuple[KeptRecord, ...]]:
    if not keep_records:
        return lambda outcome: ()  # noqa: ARG005 - nothing is kept of any
    return lambda outcome: tuple(kept(record) for record in intake.records_of(outcome))


def _going_on(progress: Progress | None) -> str:
    if progress is None:
        return "Nothing of this file was sent before: this run begins at its first record."
    if progress.complete and not progress.pending:
        return "Every entry of this file has its outcome already."
    pending = (
        f" {progress.pending:,} entries before that are pending, and are sent again."
        if progress.pending
        else ""
    )
    return f"An earlier run came to record {progress.position[0]:,}.{pending}"
