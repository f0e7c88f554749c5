"""The work of `replay`: dead letters → outbox → delivery → outcomes, or a look at what that would come to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click
import msgspec

from plugin_spec import Outcome, Prepared, Settled
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.kept_books import kept_books
from tiktok_destination.cli.loading import Loaded, load_config, warn
from tiktok_destination.cli.outbox_runs import OutboxRun, outbox_run
from tiktok_destination.cli.run_end import print_lines, say_switched_off, switched_off
from tiktok_destination.cli.summary_text import code_lines, outbox_lines
from tiktok_destination.delivery import QueueError
from tiktok_destination.delivery.outbox import (
    Scope,
    Selection,
    count_dead_letters,
    count_waiting,
    known_events,
)
from tiktok_destination.hosting.replaying import LEFT_CODES, Left, Replay, Replaying, move
from tiktok_destination.hosting.summary import CodeCount, Summary, words_of
from tiktok_destination.redaction import printable
from tiktok_destination.store import Database

_WOULD_BE_SENT: Final = "would be sent"
_WORDS: Final = {Outcome.DUPLICATE.value: "duplicate: delivered, or in the outbox, already"}


@dataclass(frozen=True)
class ReplayOrder:
    """What was asked for on the command line."""

    config: Path
    selection: Selection
    force: bool
    as_json: bool


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints. `dead_letters` = `replayed` + the letters left, unless the run was cut short."""

    destination: str
    dry_run: bool
    dead_letters: int
    """Those selected, and those of the same records."""
    replayed: int
    """Dead letters that are none any more."""
    left: list[CodeCount]
    """Those that stay, by the reason."""
    further_events: int
    """What waited in the outbox before, and is sent as well."""
    exit_code: int
    would_become: dict[str, int] | None = None
    """Of a dry run: how many events would be sent or be duplicates, and how many entries would end without being sent."""
    summary: Summary | None = None
    """Of a run: as `send` prints it. Each event counts as a record."""


@dataclass
class _Counts:
    """What has become of the letters so far."""

    replayed: int = 0
    left: Counter[tuple[Outcome, Left]] = field(default_factory=Counter)

    def add(self, replays: Sequence[Replay]) -> None:
        for one in replays:
            if one.left is None:
                self.replayed += len(one.letters)
            else:
                self.left.update((letter.outcome.outcome, one.left) for letter in one.letters)

    @property
    def letters(self) -> int:
        return self.replayed + self.left.total()

    def left_rows(self) -> list[CodeCount]:
        found = sorted(self.left.items(), key=lambda item: (-item[1], item[0]))
        return [
            CodeCount(
                outcome=outcome.value,
                code=left.value,
                count=count,
                behind=None,
                test=False,
                **words_of(LEFT_CODES, left.value),
            )
            for (outcome, left), count in found
        ]


def look_ahead(order: ReplayOrder, environ: Mapping[str, str]) -> int:
    """Print what would become of the letters; the exit code. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    counts = _Counts()
    become: Counter[str] = Counter()
    further = 0
    with kept_books(loaded, order.config, environ) as books:
        if books is None:
            _check_numbers(loaded, order.selection, 0)
        else:
            _check_numbers(loaded, order.selection, _selected(books.database, books.scope, order.selection))
            further = count_waiting(books.database, books.scope)
            copies = _Copies(books.database, books.scope)
            about = loaded.destination.about
            replaying = Replaying(
                books.database, books.scope, loaded.plan, about, time.time, force=order.force
            )
            for portion in replaying.portions(order.selection):
                counts.add(portion)
                become.update(copies.judged(portion))
    report = ReplayReport(
        destination=loaded.config.name,
        dry_run=True,
        dead_letters=counts.letters,
        replayed=counts.replayed,
        left=counts.left_rows(),
        further_events=further,
        exit_code=exit_codes.GOOD,
        would_become=dict(become),
    )
    _print(report, as_json=order.as_json)
    return exit_codes.GOOD


def run(order: ReplayOrder, environ: Mapping[str, str]) -> int:
    """Replay, print the summary on stdout; the exit code. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    if not loaded.config.enabled:
        return _say_switched_off(loaded, as_json=order.as_json)
    counts = _Counts()
    with outbox_run(loaded, order.config, environ) as outbox:
        keeping = outbox.keeping
        _check_numbers(loaded, order.selection, _selected(keeping.database, keeping.scope, order.selection))
        further = outbox.waiting()
        whole = _move(order, outbox, counts)
        outbox.drain(force=False)
    summary = outbox.summary()
    exit_code = summary.exit_code
    if exit_code in (exit_codes.GOOD, exit_codes.UNFIT) and not whole:
        exit_code = exit_codes.PENDING
    elif exit_code == exit_codes.GOOD and counts.left:
        exit_code = exit_codes.UNFIT
    report = ReplayReport(
        destination=loaded.config.name,
        dry_run=False,
        dead_letters=counts.letters,
        replayed=counts.replayed,
        left=counts.left_rows(),
        further_events=further,
        exit_code=exit_code,
        summary=summary,
    )
    _print(report, as_json=order.as_json)
    outbox.say_what_is_missing(summary)
    if not whole:
        click.echo("Not complete: what was not replayed yet stays a dead letter.", err=True)
    return exit_code


def _move(order: ReplayOrder, outbox: OutboxRun, counts: _Counts) -> bool:
    """Move what can be sent into the outbox, portion by portion; False: not all of it."""
    keeping = outbox.keeping
    replaying = Replaying(
        keeping.database,
        keeping.scope,
        outbox.loaded.plan,
        outbox.loaded.destination.about,
        outbox.services.clock,
        force=order.force,
    )
    for portion in replaying.portions(order.selection):
        if outbox.stop.is_set():
            return False
        try:
            settled = move(keeping.outbox, keeping.scope, portion)
        except QueueError as error:  # the letters of this portion stay where they are
            outbox.failures.append(printable(str(error)))
            return False
        counts.add(portion)
        outbox.settled(settled)
    return True


def _say_switched_off(loaded: Loaded, *, as_json: bool) -> int:
    if not as_json:
        return say_switched_off(loaded, "Nothing was replayed, nothing was sent.", as_json=False)
    report = ReplayReport(
        destination=loaded.config.name,
        dry_run=False,
        dead_letters=0,
        replayed=0,
        left=[],
        further_events=0,
        exit_code=exit_codes.GOOD,
        summary=switched_off(loaded),
    )
    _print(report, as_json=True)
    return report.exit_code


def _selected(database: Database, scope: Scope, selection: Selection) -> int:
    return sum(count for _, _, count in count_dead_letters(database, [scope.number], selection))


def _check_numbers(loaded: Loaded, selection: Selection, found: int) -> None:
    """Raises CommandFailedError where a number is none of a dead letter that the options select."""
    missing = len(set(selection.numbers)) - found
    if selection.numbers and missing:
        raise CommandFailedError(
            [
                f"{loaded.config.name}: {missing} of these numbers select no dead letter. See `dead-letters list`."
            ]
        )


class _Copies:
    """Tells which events would be copies, of what is known or of one another."""

    def __init__(self, database: Database, scope: Scope) -> None:
        self._database = database
        self._scope = scope
        self._keys: set[bytes] = set()

    def judged(self, replays: Sequence[Replay]) -> Iterator[str]:
        """What each entry of what would be replayed would come to at best."""
        entries = [one.entry for replay in replays for one in replay.entries]
        events = [entry for entry in entries if isinstance(entry, Prepared)]
        for event, known in zip(events, known_events(self._database, self._scope, events), strict=True):
            key = None if event.test else event.dedup_key
            yield Outcome.DUPLICATE.value if known or key in self._keys else _WOULD_BE_SENT
            if key is not None:
                self._keys.add(key)
        yield from (entry.outcome.value for entry in entries if isinstance(entry, Settled))


def _print(report: ReplayReport, *, as_json: bool) -> None:
    print_lines([msgspec.json.encode(report).decode()] if as_json else _lines(report))


def _lines(report: ReplayReport) -> Iterator[str]:
    letters = "dead letter" if report.dead_letters == 1 else "dead letters"
    left = sum(row.count for row in report.left)
    would = "would be " if report.dry_run else ""
    yield f"{report.destination}: {report.dead_letters:,} {letters} = {report.replayed:,} {would}replayed + {left:,} left"
    for name, count in (report.would_become or {}).items():
        yield f"  {count:>7,} {_WORDS.get(name, name)}"
    for row in report.left:
        yield from code_lines(f"{row.outcome}, left · {row.code}", row)
    if report.further_events:
        sent = "Would be sent as well" if report.dry_run else "Sent as well"
        yield f"{sent}: {report.further_events:,} that waited in the outbox before."
    if report.dry_run:
        yield "A dry run: nothing was changed, nothing was sent."
    if report.summary is not None:
        yield ""
        yield from outbox_lines(report.summary)
