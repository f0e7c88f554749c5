"""`fields`: the renaming table that is in force."""

from __future__ import annotations

import os
from pathlib import Path

import click

from tiktok_destination.cli import exit_codes

_HELP = """\
Print which path of a record becomes which field of the event, as CONFIG has it: its preset's rules and its own.

Where several paths fill one field, the first that holds something counts.

\b
tiktok-destination fields shop.yaml
tiktok-destination fields shop.yaml | grep user.email
tiktok-destination fields shop.yaml --json

Exit codes: 0 the table was printed · 2 the configuration is unusable.
"""


@click.command("fields", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
def command(config: Path, as_json: bool) -> int:
    # Imported here: reading YAML and checking schemas is not needed for --help.
    from tiktok_destination.cli import renaming  # noqa: PLC0415

    renames = renaming.of_config(config, os.environ)
    for line in [renames.as_json()] if as_json else renames.lines():
        click.echo(line)
    return exit_codes.GOOD
