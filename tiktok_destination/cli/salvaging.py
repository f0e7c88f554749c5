"""The work of `store salvage`: saves what can be read, checks it, and says what was lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import msgspec

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.keeping import store_faults
from tiktok_destination.cli.store_check import TITLES, folder_of
from tiktok_destination.cli.wrapping import wrapped
from tiktok_destination.delivery.outbox import Soundness, soundness
from tiktok_destination.redaction import printable
from tiktok_destination.store import FILE, Database, Salvage, salvage

_WHAT_A_GAP_MEANS: Mapping[str, str] = {
    "events": "Events that waited may be lost. Send the inputs again that they came from: what was delivered is a duplicate.",
    "dead_letters": "Dead letters may be lost.",
    "keys": "Events that were delivered may be sent a second time, if their inputs are sent again.",
    "key_log": "Events that were delivered may be sent a second time, if their inputs are sent again.",
    "uncertain": "Events that may have arrived may be sent a second time.",
    "flights": "Events that may have arrived may be sent a second time.",
    "tally": "Counts of outcomes may be too low.",
}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved."""

    file: str
    damaged: bool
    """False: nothing was, and nothing was done."""
    aside: str | None = None
    tables: list[dict[str, object]] = []
    lost_events: int = 0
    damaged_events: int = 0
    lost_destinations: int = 0
    files_begin_anew: bool = False

    @property
    def lost(self) -> bool:
        """Something that there was is not there any more."""
        short = any(table["unfit"] or table["gaps"] for table in self.tables)
        return bool(
            short
            or self.damaged_events
            or self.lost_events
            or self.lost_destinations
            or self.files_begin_anew
        )


def run(where: Path, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Save what can be read. Raises CommandFailedError."""
    folder = folder_of(where, environ)
    path = printable(str(folder / FILE))
    with store_faults(folder):
        saved = salvage(folder, time.time())
        report = Report(file=path, damaged=False) if saved is None else _report(path, saved, _checked(folder))
    for line in [msgspec.json.encode(report).decode()] if as_json else _lines(report):
        click.echo(line)
    return exit_codes.UNFIT if report.lost else exit_codes.GOOD


def _checked(folder: Path) -> Soundness:
    with Database(folder) as database:
        return soundness(database)


def _report(path: str, saved: Salvage, found: Soundness) -> Report:
    return Report(
        file=path,
        damaged=True,
        aside=printable(str(saved.aside)),
        tables=[msgspec.to_builtins(table) for table in saved.tables],
        lost_events=saved.lost_events,
        damaged_events=sum(table.damaged for table in found.tables) - saved.lost_events,
        lost_destinations=saved.lost_names,
        files_begin_anew=saved.files_anew,
    )


def _lines(report: Report) -> Iterator[str]:
    if not report.damaged:
        yield f"{report.file}: the structure is whole. Nothing was done; `store check` looks at the rest."
        return
    yield f"{report.file}: what could be read was saved."
    for table in report.tables:
        name = str(table["name"])
        if table["rows"] or table["gaps"] or table["unfit"]:
            yield f"{table['rows']:>11,}  {TITLES[name]}{_short(table)}"
        if (table["gaps"] or table["unfit"]) and name in _WHAT_A_GAP_MEANS:
            yield from wrapped(_WHAT_A_GAP_MEANS[name], "           → ")
    if report.lost_events:
        yield from wrapped(
            f"Events whose content is gone: {report.lost_events:,}. Each is rejected and counted (`damaged`) when the outbox is"
            " sent.",
            "",
        )
    if report.damaged_events:
        yield from wrapped(
            f"Stored events that were damaged: {report.damaged_events:,}. They are never sent, and those in the outbox are"
            " rejected and counted (`damaged`).",
            "",
        )
    if report.lost_destinations:
        yield f"Destinations whose names are gone: {report.lost_destinations:,}. What was theirs belongs to nobody now."
    if report.files_begin_anew:
        yield from wrapped(
            "How far files were sent is not certain: each begins anew when it is sent again, and what was delivered is a"
            " duplicate.",
            "",
        )
    yield from wrapped(
        f"The damaged outbox is now {report.aside}. It holds people's data: delete it when it is of no more use.",
        "",
    )


def _short(table: Mapping[str, object]) -> str:
    gaps = "stretch that could not be read" if table["gaps"] == 1 else "stretches that could not be read"
    parts = [(table["unfit"], "unfit"), (table["gaps"], gaps)]
    told = ", ".join(f"{count:,} {what}" for count, what in parts if count)
    return f" ({told})" if told else ""
