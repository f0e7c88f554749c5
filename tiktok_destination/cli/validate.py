"""`validate`: is this configuration good, and what does it do? If not, what has to be written instead?"""

from __future__ import annotations

import os
from pathlib import Path

import click

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError

_HELP = """\
Check CONFIG and say everything that is wrong with it, with line and column.

Of a good one it says what is in force: which name becomes which event, what is not sent, what has to be true elsewhere.
Nothing is sent and no connection is made. The variables that CONFIG names must be set.

\b
export TIKTOK_ACCESS_TOKEN=…
tiktok-destination validate shop.yaml

Exit codes: 0 the configuration is good · 2 it is not.
"""


@click.command("validate", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print all of it, and every field rule, as JSON.")
def command(config: Path, as_json: bool) -> int:
    # Imported here: reading YAML and checking schemas is not needed for --help.
    from tiktok_destination.cli import validating  # noqa: PLC0415

    try:
        report = validating.examine(config, os.environ)
    except CommandFailedError as error:
        if not as_json:
            raise
        click.echo(validating.faults_json(error.lines))
        return exit_codes.UNUSABLE
    if as_json:
        click.echo(report.as_json())
    else:
        for warning in report.warnings:
            click.echo(f"warning: {warning}", err=True)
        for line in report.lines():
            click.echo(line)
    return exit_codes.GOOD
