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
tiktok-destination explain shop.yaml --plan

With --plan: print the code that the configuration's rules were compiled to.

Exit codes: 0 the record was found · 2 configuration or input unusable, or no such record.
"""


@click.command("explain", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("input", metavar="INPUT", required=False)
@click.option("--record", type=click.IntRange(min=1), metavar="N", help="The record's number, from 1.")
@click.option(
    "--plan", "as_plan", is_flag=True, help="Print the generated code of the mapping, and nothing else."
)
@click.option("--now", type=Instant(), help="Judge as of this time (ISO 8601 with offset, or Unix seconds).")
@click.option("--json", "as_json", is_flag=True, help="Print the story as JSON.")
def command(  # noqa: PLR0913 - one parameter for each of the command's
    *,
    config: Path,
    input: str | None,  # noqa: A002 - the argument's name
    record: int | None,
    as_plan: bool,
    now: float | None,
    as_json: bool,
) -> int:
    # Imported here: none of what explaining needs is needed for --help.
    from tiktok_destination.cli import explaining  # noqa: PLC0415

    if as_plan:
        return explaining.show_plan(config, os.environ)
    if input is None:
        raise click.UsageError("Missing argument 'INPUT'.")
    if record is None:
        raise click.UsageError("Missing option '--record'.")
    return explaining.run(explaining.ExplainOrder(config, input, record, now, as_json), os.environ)
