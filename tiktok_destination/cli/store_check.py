"""The work of `store check`: reads everything that is kept, and says whether it is whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import click
import msgspec

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.keeping import store_faults
from tiktok_destination.cli.wrapping import aligned
from tiktok_destination.credentials import data_folder
from tiktok_destination.delivery.outbox import Soundness, soundness
from tiktok_destination.redaction import printable
from tiktok_destination.store import FILE, StoreError, open_to_read

TITLES: Final[Mapping[str, str]] = {
    "events": "events in the outbox",
    "dead_letters": "dead letters",
    "keys": "keys of delivered events",
    "key_log": "requests whose keys are not filed yet",
    "uncertain": "events that may have arrived",
    "flights": "requests under way",
    "inputs": "files that were sent",
    "pending": "entries of files that are pending",
    "tally": "counts of outcomes",
    "scopes": "destinations and receivers",
}
"""What lies in the tables."""


def folder_of(where: Path, environ: Mapping[str, str]) -> Path:
    """The data folder that a configuration, the folder of configurations, or the data folder itself leads to."""
    if not where.is_dir():
        return data_folder(where.parent, environ)
    return where if (where / FILE).exists() else data_folder(where, environ)


def run(where: Path, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Say whether what is kept is whole. Raises CommandFailedError."""
    folder = folder_of(where, environ)
    with store_faults(folder):
        found = _checked(folder)
    path = printable(str(folder / FILE))
    if as_json:
        click.echo(msgspec.json.encode(_as_data(path, found)).decode())
    else:
        for line in _lines(path, found):
            click.echo(line)
    return exit_codes.GOOD if found is None or found.good else exit_codes.UNFIT


def sound_lines(found: Soundness) -> Iterator[str]:
    """What there is, and what of it is damaged."""
    yield from aligned([(f"{table.rows:>11,}", TITLES[table.name]) for table in found.tables if table.rows])
    for table in found.tables:
        if table.damaged:
            yield f"Damaged {TITLES[table.name]}: {table.damaged:,}. They are never sent."
        if table.of_nobody:
            yield f"Of no destination that is known, {TITLES[table.name]}: {table.of_nobody:,}."


def _checked(folder: Path) -> Soundness | None:
    try:
        database = open_to_read(folder)
        if database is None:
            return None
        with database:
            return soundness(database)
    except StoreError as error:
        if error.code != "store_damaged":
            raise
        return Soundness(structure=False)


def _as_data(path: str, found: Soundness | None) -> dict[str, object]:
    return {
        "file": path,
        "kept": found is not None,
        "good": found is None or found.good,
        "structure": found is None or found.structure,
        "tables": [] if found is None else [msgspec.to_builtins(table) for table in found.tables],
    }


def _lines(path: str, found: Soundness | None) -> Iterator[str]:
    if found is None:
        yield f"{path}: nothing is kept there."
    elif not found.structure:
        yield f"{path}: the structure is damaged, and nothing is sent from it."
        yield "→ tiktok-destination store salvage saves what can be read."
    else:
        yield f"{path}: {'whole' if found.good else 'the structure is whole, and some of what is in it is not'}."
        yield from sound_lines(found)
