"""`explain`: the story of one record."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tiktok_destination.cli.instants import Instant

_HELP = """\
Tell how record N of INPUT becomes its events, field by field: source, steps, what is sent, or why not.

Nothing is sent. What is shown is what TikTok would get: hashed where TikTok wants a hash.

\b
tiktok-destination explain shop.yaml events.ndjson --record 3
tiktok-destination explain shop.yaml rows.csv --record 12 --json

Exit codes: 0 the record was found · 2 configuration or input unusable, or no such record.
"""


@click.command("explain", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("input", metavar="INPUT")
@click.option(
    "--record", type=click.IntRange(min=1), required=True, metavar="N", help="The record's number, from 1."
)
@click.option("--now", type=Instant(), help="Judge as of this time (ISO 8601 with offset, or Unix seconds).")
@click.option("--json", "as_json", is_flag=True, help="Print the story as JSON.")
def command(config: Path, input: str, record: int, now: float | None, as_json: bool) -> int:  # noqa: A002 - the argument's name
    # Imported here: none of what explaining needs is needed for --help.
    from tiktok_destination.cli import explaining  # noqa: PLC0415

    return explaining.run(explaining.ExplainOrder(config, input, record, now, as_json), os.environ)
