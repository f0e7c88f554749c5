"""`connect`: an account's owner authorises in the browser, and the credential is kept by name."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Let the account's owner authorise, and keep the credential as NAME. Authorising again replaces it.

The browser is led to the receiver's consent page and back to a page on this machine. The developer app's redirect
address has to be the one that is printed. The app's secret is read from TIKTOK_APP_SECRET, or asked for; it is kept with
the credential, and used again until that variable holds another.

\b
tiktok-destination connect shop --app-id 7200000000000000001
tiktok-destination connect shop                # again: the same app and secret
tiktok-destination connect shop --revoke       # ends it at the receiver, and forgets it here

Exit codes: 0 connected, or revoked · 2 it cannot be · 3 it was refused · 4 interrupted, or nobody came back.
"""


@click.command("connect", help=_HELP)
@click.argument("name")
@click.option("--app-id", metavar="ID", help="The developer app. Needed the first time.")
@click.option("--destination", default="tiktok", show_default=True, help="The installed destination to ask.")
@click.option(
    "--beside",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    metavar="FOLDER",
    help="The folder of the configurations that use it. Default: this one.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=8791,
    show_default=True,
    help="Where the way back leads.",
)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--revoke", is_flag=True, help="End the credential instead.")
def command(  # noqa: PLR0913 - one argument for each option
    *,
    name: str,
    app_id: str | None,
    destination: str,
    beside: Path,
    port: int,
    no_browser: bool,
    revoke: bool,
) -> int:
    # Imported here: none of what connecting needs is needed for --help.
    from tiktok_destination.cli import connecting  # noqa: PLC0415

    order = connecting.ConnectOrder(name, app_id, destination, beside, port, browser=not no_browser)
    return connecting.revoke(order, os.environ) if revoke else connecting.run(order, os.environ)
