"""`credential`: the workspace's tokens by name, added, listed and removed. No command prints a token."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Keep tokens by name, beside the configurations, so that a file says `credential: shop` and holds no secret.

They stand in the data folder (.tiktok-destination in this folder, or TIKTOK_DESTINATION_DATA), readable by you alone;
sealed with the key in TIKTOK_DESTINATION_KEY, where there is one.

\b
tiktok-destination credential add shop          # asks for the token, or reads it from a pipe
tiktok-destination credential list
tiktok-destination credential remove shop

Exit codes: 0 done · 2 it cannot be done.
"""

_DATA = click.option(
    "--beside",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path(),
    metavar="FOLDER",
    help="The folder of the configurations that use it. Default: this one.",
)


@click.group("credential", help=_HELP)
def command() -> None:
    """The group; its commands do the work."""


@command.command("add")
@click.argument("name")
@_DATA
def add(name: str, beside: Path) -> int:
    """Keep a token from Events Manager under NAME.

    The token is asked for without showing it, or read from standard input. Exit codes: 0 kept · 2 it cannot be.
    """
    from tiktok_destination.cli import credentials  # noqa: PLC0415 - not needed for --help

    return credentials.add(name, beside, os.environ)


@command.command("list")
@_DATA
@click.option("--json", "as_json", is_flag=True, help="Print them as JSON.")
def list_(beside: Path, as_json: bool) -> int:
    """Show names, kinds, accounts and permissions. Never a token; needs no key."""
    from tiktok_destination.cli import credentials  # noqa: PLC0415 - not needed for --help

    return credentials.show(beside, os.environ, as_json=as_json)


@command.command("remove")
@click.argument("name")
@_DATA
def remove(name: str, beside: Path) -> int:
    """Forget the credential NAME here. It stays valid at the receiver: see `connect NAME --revoke`."""
    from tiktok_destination.cli import credentials  # noqa: PLC0415 - not needed for --help

    return credentials.remove(name, beside, os.environ)
