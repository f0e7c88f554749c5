"""`test`: one test event for each event source, to see that token, ids and way are right."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Send one ViewContent as a test event, for each event source of CONFIG, and say where it shows.

A test event does not count. Its code stands in Events Manager → the data source → Test events; it is taken from
settings.test_event_code, or from --code.

\b
tiktok-destination test shop.yaml --code TEST12345

Exit codes: 0 TikTok accepted it · 2 the configuration cannot be used, or there is no code · 3 TikTok refused it ·
4 no certain answer.
"""


@click.command("test", help=_HELP)
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--code", metavar="CODE", help="The test event code, in place of the configuration's own.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def command(config: Path, code: str | None, as_json: bool) -> int:
    # Imported here: none of what sending needs is needed for --help.
    from tiktok_destination.cli import testing  # noqa: PLC0415

    return testing.run(config, code, environ=os.environ, as_json=as_json)
