"""`about`: what is installed here, and what a destination can do."""

from __future__ import annotations

import click

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.choosing import destinations

_HELP = """\
Say which destinations are installed, or what DESTINATION can do: event sources, limits, presets.

Where a single one is installed, it need not be named.

\b
tiktok-destination about
tiktok-destination about tiktok --json

Exit codes: 0 said · 2 no such destination, or it cannot be loaded.
"""


@click.command("about", help=_HELP)
@click.argument("destination", required=False, shell_complete=destinations)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(destination: str | None, as_json: bool) -> int:
    # Imported here: destinations and their schemas are not needed for --help.
    from tiktok_destination.cli import describing  # noqa: PLC0415

    description = describing.describe(destination)
    for line in [description.as_json()] if as_json else description.lines():
        click.echo(line)
    return exit_codes.GOOD
