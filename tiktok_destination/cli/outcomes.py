"""`outcomes`: what became of entries, counted."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tiktok_destination.cli.instants import Instant

_HELP = """\
Count what became of the entries of CONFIG's destination, for each receiver that it has sent to.

One line for each event name, code, hour or day, one column for each outcome, and the sums. An outcome is counted in the
hour in which it became final, and for as long as delivery.retention_days says; what is pending is not counted yet (see
`status`). Test events are counted apart. Times are UTC.

\b
tiktok-destination outcomes shop.yaml --by day
tiktok-destination outcomes shop.yaml --by code --since 2026-11-23T00:00:00Z --json

Exit codes: 0 said · 2 the configuration or the data folder cannot be used.
"""


@click.command("outcomes", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--by",
    type=click.Choice(["event", "code", "hour", "day"]),
    default="event",
    show_default=True,
    help="What each line stands for.",
)
@click.option(
    "--since",
    type=Instant(),
    help="Count from the beginning of this hour on (ISO 8601 with offset, or Unix seconds).",
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(config: Path, by: str, since: float | None, as_json: bool) -> int:
    # Imported here: none of it is needed for --help.
    from tiktok_destination.cli import counting  # noqa: PLC0415

    return counting.run(counting.Order(config, by, since or 0.0, as_json), os.environ)
