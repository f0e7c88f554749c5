"""The work of `store forget`: a person's record becomes identifiers, and what bears one of them is deleted."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import click
import msgspec

from plugin_spec import Identifier, Record
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.keeping import store_faults
from tiktok_destination.cli.loading import Loaded, load_config
from tiktok_destination.cli.wrapping import wrapped
from tiktok_destination.credentials import data_folder
from tiktok_destination.delivery.outbox import KeptRecord, Tally, emptied, forget, scopes
from tiktok_destination.hosting.kept_records import restored
from tiktok_destination.redaction import printable
from tiktok_destination.store import Database, SenderLock, copies_beside, open_to_read

_MOST_BYTES: Final = 4 * 1024 * 1024
_NOBODY: Final = (
    "The record bears nothing that tells one person from all others, as this configuration reads it. Give an e-mail address,"
    " a telephone number or an id where the preset reads it: `tiktok-destination fields` shows where."
)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was deleted. All counts, no values."""

    destination: str
    looked_for: list[str]
    """The kinds of identifiers that the record bears, and that tell one person from all others."""
    events: int
    dead_letters: int
    kinds: dict[str, int]
    log_emptied: bool
    set_aside: list[str]
    """Damaged databases, which were not looked into."""


def run(config: Path, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Delete what is kept of a person. Raises CommandFailedError."""
    loaded = load_config(config, environ)
    person = _person(loaded, _standard_input())
    report = _forgotten(loaded, data_folder(config.parent, environ), person)
    for line in [msgspec.json.encode(report).decode()] if as_json else _lines(report):
        click.echo(line)
    return exit_codes.GOOD if report.log_emptied else exit_codes.UNFIT


def _standard_input() -> bytes:
    return sys.stdin.buffer.read(_MOST_BYTES + 1)


def _person(loaded: Loaded, given: bytes) -> frozenset[Identifier]:
    try:
        is_record = len(given) <= _MOST_BYTES and isinstance(msgspec.json.decode(given), dict)
    except msgspec.MsgspecError:
        is_record = False
    if not is_record:
        raise CommandFailedError(
            ["Standard input holds no record: give one JSON object of at most 4 MiB, such as `send` reads."]
        )
    person = _identifiers(loaded, [Record(1, given)])
    if not person:
        raise CommandFailedError([_NOBODY])
    return person


def _identifiers(loaded: Loaded, records: Sequence[Record]) -> frozenset[Identifier]:
    kinds = loaded.destination.about.identifying
    found = (one for record in records for one in loaded.plan.identify(record))
    return frozenset(one for one in found if one.kind in kinds)


def _forgotten(loaded: Loaded, folder: Path, person: frozenset[Identifier]) -> Report:
    def identify(records: Sequence[KeptRecord]) -> frozenset[Identifier]:
        return _identifiers(loaded, list(restored(records)))

    name, codes = loaded.config.name, loaded.destination.about.unknown_name_codes
    events, dead_letters, kinds, log_emptied = 0, 0, Counter[str](), True
    with store_faults(folder), ExitStack() as stack:
        kept = open_to_read(folder)
        if kept is not None:
            kept.close()
            stack.enter_context(SenderLock(folder, name))
            database = stack.enter_context(Database(folder, synced=True))
            for scope in scopes(database, name):
                gone = forget(
                    database,
                    scope,
                    Tally(scope.number, codes),
                    person=person,
                    identify=identify,
                    now=time.time(),
                )
                events += gone.events
                dead_letters += gone.dead_letters
                kinds += gone.kinds
            log_emptied = emptied(database)
    return Report(
        destination=name,
        looked_for=sorted({one.kind for one in person}),
        events=events,
        dead_letters=dead_letters,
        kinds=dict(sorted(kinds.items())),
        log_emptied=log_emptied,
        set_aside=sorted(printable(str(path)) for path in copies_beside(folder)),
    )


def _lines(report: Report) -> Iterator[str]:
    yield from wrapped(f"{report.destination}: looked for {', '.join(report.looked_for)}.", "")
    yield f"{report.events:>11,}  events in the outbox deleted (suppressed · forgotten): they are not sent"
    yield f"{report.dead_letters:>11,}  dead letters deleted"
    for kind, count in report.kinds.items():
        yield f"{count:>11,}  of these bore {kind}"
    if report.set_aside:
        yield from wrapped(
            f"Not looked into: {', '.join(report.set_aside)}. What a salvage leaves may hold the person's data too: delete it.",
            "→ ",
        )
    if not report.log_emptied:
        yield from wrapped(
            "Another process is reading, so that the database's log still holds a copy. Run the command again when that has"
            " ended.",
            "→ ",
        )
