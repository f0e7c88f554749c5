"""`replay`: send dead letters again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from tiktok_destination.cli.letter_filters import Filters, filter_options

_HELP = """\
Move dead letters of CONFIG's destination into the outbox and send it, and say what became of every event.

All of them, or those that the options or NUMBERS select (see `dead-letters list`). Where `delivery.keep_records` kept the
record, it is mapped anew by CONFIG as it is now; otherwise the event is sent as it was. What was delivered meanwhile comes
out as a duplicate. What is too old, may have arrived, or cannot be sent stays a dead letter, and is counted.

\b
tiktok-destination replay shop.yaml --outcome refused --dry-run
tiktok-destination replay shop.yaml --outcome refused
tiktok-destination replay shop.yaml 17 18 --force

Exit codes: 0 delivered, or duplicate · 2 configuration or outbox unusable, or no such number · 3 some rejected, refused or
expired, or left · 4 some still pending, or interrupted. With --dry-run: 0, or 2.
"""


@click.command("replay", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.argument("numbers", type=click.IntRange(min=1), nargs=-1)
@filter_options
@click.option("--dry-run", is_flag=True, help="Say what would become of them, and change nothing.")
@click.option(
    "--force",
    is_flag=True,
    help="Send also those that may have arrived by an earlier attempt: TikTok may count them twice.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts and the summary as JSON.")
def command(
    *, config: Path, numbers: tuple[int, ...], dry_run: bool, force: bool, as_json: bool, **filters: Any
) -> int:
    # Imported here: none of what sending needs is needed for --help.
    from tiktok_destination.cli import replays  # noqa: PLC0415

    order = replays.ReplayOrder(config, Filters(numbers=numbers, **filters).selection(), force, as_json)
    return replays.look_ahead(order, os.environ) if dry_run else replays.run(order, os.environ)
