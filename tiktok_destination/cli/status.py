"""`status`: how a destination stands, from what is kept of its deliveries."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Say how the destination of CONFIG stands, for each receiver that it has sent to.

What waits in the outbox and why, what wants a person's word, dead letters, how far the files that were sent last have
got, the outcomes of the last 24 hours, and whether a process is sending now. It only reads what is kept in the data
folder beside CONFIG (.tiktok-destination, or TIKTOK_DESTINATION_DATA), also while somebody sends. Times are UTC.

\b
tiktok-destination status shop.yaml
tiktok-destination status shop.yaml --json | jq '.receivers[].waiting'

Exit codes: 0 said · 2 the configuration or the data folder cannot be used.
"""


@click.command("status", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(config: Path, as_json: bool) -> int:
    # Imported here: none of it is needed for --help.
    from tiktok_destination.cli import reviewing  # noqa: PLC0415

    return reviewing.run(config, os.environ, as_json=as_json)
