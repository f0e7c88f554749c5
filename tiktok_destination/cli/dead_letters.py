"""`dead-letters`: what was rejected, refused or has expired, listed, shown, exported and deleted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tiktok_destination.cli.letter_filters import Filters, filter_options

_HELP = """\
Look at what was rejected, refused or has expired.

Each such entry leaves a dead letter in the data folder beside CONFIG (.tiktok-destination, or TIKTOK_DESTINATION_DATA): a
refused or expired event with what would be sent, a rejected one with its record where `delivery.keep_records` is true. They
end by themselves after `delivery.retention_days`. `replay` sends them again. Test events leave none.

\b
tiktok-destination dead-letters list shop.yaml --outcome refused
tiktok-destination dead-letters show shop.yaml 17
tiktok-destination dead-letters export shop.yaml letters.ndjson --since 2026-11-20T00:00:00Z
tiktok-destination dead-letters purge shop.yaml --code event_time_missing

Exit codes: 0 done · 2 it cannot be done, or was not confirmed.
"""

_CONFIG = click.argument("config", type=click.Path(path_type=Path))


@click.group("dead-letters", help=_HELP)
def command() -> None:
    """The group; its commands do the work."""


@command.command("list")
@_CONFIG
@filter_options
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=20,
    metavar="N",
    help="Show the latest N one by one. Default: 20.",
)
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(*, config: Path, limit: int, as_json: bool, **filters: Any) -> int:
    """Count them by outcome and code, with what to do, and show the latest.

    Codes, paths and event ids are shown, and nothing of a person's data.
    """
    from tiktok_destination.cli import letters  # noqa: PLC0415 - not needed for --help

    return letters.show_list(config, Filters(**filters).selection(), limit, os.environ, as_json=as_json)


@command.command("show")
@_CONFIG
@click.argument("number", type=click.IntRange(min=1))
@click.option("--event-body", is_flag=True, help="Print the event, as it would be sent. It is people's data.")
@click.option("--kept-record", is_flag=True, help="Print the record, as it was read. It is people's data.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(*, config: Path, number: int, event_body: bool, kept_record: bool, as_json: bool) -> int:
    """Tell the story of dead letter NUMBER."""
    from tiktok_destination.cli import letters  # noqa: PLC0415 - not needed for --help

    return letters.show(
        config, number, os.environ, event_body=event_body, kept_record=kept_record, as_json=as_json
    )


@command.command("export")
@_CONFIG
@click.argument("file", type=click.Path(path_type=Path))
@filter_options
def export(*, config: Path, file: Path, **filters: Any) -> int:
    """Write them to FILE, a line of JSON each, with event and kept record.

    FILE must not exist. It is people's data, and this user alone may read it.
    """
    from tiktok_destination.cli import letters  # noqa: PLC0415 - not needed for --help

    return letters.export(config, file, Filters(**filters).selection(), os.environ)


@command.command("purge")
@_CONFIG
@filter_options
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(*, config: Path, yes: bool, **filters: Any) -> int:
    """Delete them, after saying how many."""
    from tiktok_destination.cli import letters  # noqa: PLC0415 - not needed for --help

    return letters.purge(config, Filters(**filters).selection(), os.environ, sure=yes)
