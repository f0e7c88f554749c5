"""`drain`: send what waits in the outbox."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Send what waits in the outbox of CONFIG's destination, and say what became of every event.

Events wait there that came through a pipe and could not be sent, that `replay` moved there, or that the harness accepted.
What a file left pending does not: `send --resume` reads that from the file. The outbox is in the data folder beside CONFIG
(.tiktok-destination, or TIKTOK_DESTINATION_DATA). The summary goes to stdout. Ctrl-C finishes the requests in flight; once
more leaves at once. What is pending stays in the outbox.

\b
tiktok-destination drain shop.yaml
tiktok-destination drain shop.yaml --force --json

Exit codes: 0 delivered, or duplicate · 2 configuration or outbox unusable · 3 some rejected, refused or expired: see
`dead-letters` · 4 some still pending, or interrupted.
"""


@click.command("drain", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--force",
    is_flag=True,
    help="Send also what was delivered before, or may have arrived: TikTok may count it twice.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the summary as JSON; each event counts as a record."
)
def command(*, config: Path, force: bool, as_json: bool) -> int:
    # Imported here: none of what sending needs is needed for --help.
    from tiktok_destination.cli import draining  # noqa: PLC0415

    return draining.run(config, os.environ, force=force, as_json=as_json)
