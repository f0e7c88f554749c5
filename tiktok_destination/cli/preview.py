"""`preview`: what would be sent, entry by entry, without a network."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tiktok_destination.cli.instants import Instant

_HELP = """\
Show what `send` would make of INPUT, without sending anything.

INPUT is a file (CSV, NDJSON, JSON or Parquet, packed with gzip or zstd or not), or - for standard input. Each
entry is one line of JSON on stdout, with the very request that would carry it; the summary goes to stderr. What would
be sent is `pending` with the code `preview`.

\b
tiktok-destination preview shop.yaml events.ndjson --limit 5
tiktok-destination preview shop.yaml events.ndjson | jq 'select(.outcome == "rejected")'

Exit codes: 0 all good · 2 configuration or input unusable · 3 some entries are rejected or expired ·
4 interrupted.
"""


@click.command("preview", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("input", metavar="INPUT")
@click.option("--now", type=Instant(), help="Judge as of this time (ISO 8601 with offset, or Unix seconds).")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Read the first N records only; an order of several rows that has begun is completed.",
)
@click.option(
    "--sort",
    is_flag=True,
    help="Bring rows of one order side by side first, wherever they stand; needs room on disk for a copy of INPUT.",
)
def command(*, config: Path, input: str, now: float | None, limit: int | None, sort: bool) -> int:  # noqa: A002 - the argument's name
    # Imported here: none of what previewing needs is needed for --help.
    from tiktok_destination.cli import previewing  # noqa: PLC0415

    return previewing.run(previewing.PreviewOrder(config, input, now, limit, sort), os.environ)
