"""The work of `dead-letters`: counts, lists, shows, exports, deletes. Bodies and records come out on demand alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

import click
import msgspec

from plugin_spec import Code
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.keeping import store_faults
from tiktok_destination.cli.kept_books import KeptBooks, kept_books
from tiktok_destination.cli.loading import load_config
from tiktok_destination.cli.outcome_text import outcome_words, rows_line
from tiktok_destination.cli.summary_text import code_lines
from tiktok_destination.delivery.outbox import (
    Selection,
    count_dead_letters,
    dead_letters,
    latest_dead_letters,
    purging,
)
from tiktok_destination.hosting.codes import known_codes
from tiktok_destination.hosting.letter_lines import LetterLine, ReplayedAs, letter_line
from tiktok_destination.hosting.summary import CodeCount, words_of
from tiktok_destination.redaction import printable
from tiktok_destination.store import Database

_REPLAYED: Final = {
    ReplayedAs.ANEW: "its record is kept, and is mapped anew",
    ReplayedAs.AS_IT_WAS: "the event can be sent as it was",
    ReplayedAs.NOT: "not possible: it never became an event, and its record was not kept. Send the input again; what was"
    " delivered is a duplicate",
}


@dataclass(frozen=True)
class _Letters:
    """One destination's dead letters."""

    name: str
    codes: Mapping[str, Code]
    books: KeptBooks | None

    def counts(self, selection: Selection) -> list[CodeCount]:
        """By outcome and code, the most frequent first."""
        if self.books is None:
            return []
        found = count_dead_letters(self.books.database, [self.books.scope.number], selection)
        return [
            CodeCount(
                outcome=kind.value,
                code=code,
                count=count,
                behind=None,
                test=False,
                **words_of(self.codes, code),
            )
            for kind, code, count in found
        ]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """What `list --json` prints."""

    destination: str
    dead_letters: int
    codes: list[CodeCount]
    latest: list[LetterLine]


def show_list(
    config: Path, selection: Selection, most: int, environ: Mapping[str, str], *, as_json: bool
) -> int:
    """Print counts, and the latest letters; the exit code. Raises CommandFailedError."""
    with _letters(config, environ) as letters:
        counts = letters.counts(selection)
        latest = []
        if letters.books is not None:
            found = latest_dead_letters(letters.books.database, [letters.books.scope.number], selection, most)
            latest = [letter_line(letter, letters.codes) for letter in found]
    total = sum(row.count for row in counts)
    listing = Listing(destination=letters.name, dead_letters=total, codes=counts, latest=latest)
    if as_json:
        click.echo(msgspec.json.encode(listing).decode())
    else:
        for line in _list_lines(listing):
            click.echo(printable(line))
    return exit_codes.GOOD


def show(  # noqa: PLR0913 - one argument for each option
    config: Path,
    number: int,
    environ: Mapping[str, str],
    *,
    event_body: bool,
    kept_record: bool,
    as_json: bool,
) -> int:
    """Print one letter; the exit code. Raises CommandFailedError."""
    with _letters(config, environ) as letters:
        found = []
        if letters.books is not None:
            scope = [letters.books.scope.number]
            found = latest_dead_letters(letters.books.database, scope, Selection(numbers=(number,)), 1)
    if not found:
        raise CommandFailedError(
            [f"{letters.name}: there is no dead letter {number}. `dead-letters list` shows them."]
        )
    line = letter_line(found[0], letters.codes, event=event_body, records=kept_record)
    if as_json:
        click.echo(msgspec.json.encode(line).decode())
    else:
        for text in _show_lines(line, letters.codes):
            click.echo(printable(text))
        if event_body:
            click.echo(
                printable(
                    f"  body      {_json(line.event) if line.event else 'none: it never became an event'}"
                )
            )
        if kept_record:
            for record in line.records:
                click.echo(printable(f"  record    {_json(record)}"))
            if not line.records:
                click.echo("  record    not kept: delivery.keep_records was off when it came")
    return exit_codes.GOOD


def export(config: Path, file: Path, selection: Selection, environ: Mapping[str, str]) -> int:
    """Write the letters with all that they hold to a new file; the exit code. Raises CommandFailedError."""
    with _letters(config, environ) as letters:
        count = 0
        with _new_private_file(file) as out:
            if letters.books is not None:
                scope = [letters.books.scope.number]
                for letter in dead_letters(letters.books.database, scope, selection):
                    line = letter_line(letter, letters.codes, event=True, records=True)
                    out.write(msgspec.json.encode(line) + b"\n")
                    count += 1
    click.echo(
        printable(f"{letters.name}: {_dead_letters(count)} written to {file}, which holds people's data.")
    )
    return exit_codes.GOOD


def purge(config: Path, selection: Selection, environ: Mapping[str, str], *, sure: bool) -> int:
    """Delete letters, after asking; the exit code. Raises CommandFailedError."""
    # What enters while the question stands is not what was asked about.
    now = time.time()
    selection = replace(selection, until=now if selection.until is None else min(now, selection.until))
    with _letters(config, environ) as letters:
        counts = letters.counts(selection)
        total = sum(row.count for row in counts)
        if letters.books is None or not total:
            click.echo(f"{letters.name}: no dead letters to delete.")
            return exit_codes.GOOD
        for row in counts:
            click.echo(f"{row.count:>7,} × {row.outcome} · {row.code}")
        if not sure and not _confirmed(total):
            click.echo("Nothing was deleted.")
            return exit_codes.UNUSABLE
        folder = letters.books.database.path.parent
        with store_faults(folder), Database(folder, synced=True) as database:
            database.change([purging([letters.books.scope.number], selection)])
    click.echo(f"{letters.name}: {_dead_letters(total)} deleted.")
    return exit_codes.GOOD


@contextmanager
def _letters(config: Path, environ: Mapping[str, str]) -> Iterator[_Letters]:
    loaded = load_config(config, environ)
    with kept_books(loaded, config, environ) as books:
        yield _Letters(loaded.config.name, known_codes(loaded.destination.about), books)


def _list_lines(listing: Listing) -> Iterator[str]:
    yield f"{listing.destination}: {_dead_letters(listing.dead_letters)}"
    for row in listing.codes:
        yield from code_lines(f"{row.outcome} · {row.code}", row)
    if listing.latest:
        yield ""
        yield (
            "All of them, the latest first"
            if len(listing.latest) == listing.dead_letters
            else f"The latest {len(listing.latest):,}"
        )
    for line in listing.latest:
        outcome = line.outcome
        at = f" at {outcome.path}" if outcome.path else ""
        yield f"  {line.number:>5}  {_moment(line.entered_at)}  {outcome.outcome} · {outcome.code}{at}"
        event = outcome.event or "no event"
        event_id = f", event id {outcome.event_id}" if outcome.event_id else ""
        yield f"         {event}{event_id}, from {_origin(line)}"
        yield f"         replay: {_REPLAYED[line.replay]}"


def _show_lines(line: LetterLine, codes: Mapping[str, Code]) -> Iterator[str]:
    outcome = line.outcome
    yield f"Dead letter {line.number}, since {_moment(line.entered_at)}: {outcome.outcome}"
    yield f"  from      {_origin(line)}, entry {outcome.entry}"
    yield from rows_line(outcome)
    yield from outcome_words(outcome, codes)
    if outcome.attempts:
        request = f"; request id {outcome.request_id}" if outcome.request_id else ""
        yield f"  attempts  {outcome.attempts}{request}"
    if line.may_have_arrived_since is not None:
        yield f"  uncertain it may have arrived: an attempt at {_moment(line.may_have_arrived_since)} had no certain end"
    yield f"  replay    {_REPLAYED[line.replay]}"


def _origin(line: LetterLine) -> str:
    place = f" (line {line.outcome.line:,})" if line.outcome.line else ""
    return f"{line.input or 'an unknown input'}, record {line.outcome.record:,}{place}"


def _dead_letters(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def _json(what: object) -> str:
    return msgspec.json.encode(what).decode()


def _confirmed(total: int) -> bool:
    try:
        return click.confirm(f"Delete {_dead_letters(total)} for good?", err=True)
    except click.Abort:  # nobody is there to ask
        click.echo("Nobody answered: --yes deletes without asking.", err=True)
        return False


@contextmanager
def _new_private_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that was not there before and that this user alone may read. Raises CommandFailedError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CommandFailedError(
            [printable(f"{path}: this file is there already, and is not overwritten. Name another.")]
        ) from None
    except (OSError, ValueError) as error:
        raise CommandFailedError([_not_written(path, error)]) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except OSError as error:
        path.unlink(missing_ok=True)
        raise CommandFailedError([_not_written(path, error)]) from error


def _not_written(path: Path, error: Exception) -> str:
    return printable(
        f"{path}: the dead letters cannot be written there ({type(error).__name__}). Choose a place with room that may be"
        " written."
    )
