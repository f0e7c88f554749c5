"""`init`: a configuration to start from."""

from __future__ import annotations

from pathlib import Path

import click

from tiktok_destination.cli.choosing import destinations, event_sources, presets

_HELP = """\
Write a configuration to start from: commented YAML, in which each key says what it is.

What has to be replaced is marked REPLACE; optional keys are comments, and so are the events of the preset, as they are.
Without --event-source, the first one that the preset serves is taken.

\b
tiktok-destination init --preset segment --output shop.yaml
tiktok-destination init --preset appstack --event-source app --name shop-app > app.yaml

Exit codes: 0 the configuration was written · 2 no such preset or event source, the preset does not serve the event
source, or the file exists already.
"""


@click.command("init", help=_HELP)
@click.option("--preset", metavar="PRESET", shell_complete=presets, help="The mapping to begin with.")
@click.option(
    "--event-source",
    metavar="SOURCE",
    shell_complete=event_sources,
    help="Where the events take place.",
)
@click.option("--name", metavar="NAME", help="Your name for this destination.")
@click.option(
    "--destination",
    metavar="DESTINATION",
    default="tiktok",
    show_default=True,
    shell_complete=destinations,
    help="An installed destination.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write to this new file, not to standard output.",
)
def command(
    preset: str | None, event_source: str | None, name: str | None, destination: str, output: Path | None
) -> int:
    # Imported here: reading schemas is not needed for --help.
    from tiktok_destination.cli import beginning  # noqa: PLC0415

    return beginning.run(beginning.InitOrder(destination, preset, event_source, name), output)
