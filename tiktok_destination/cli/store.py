"""`store`: what is kept of deliveries, checked, saved from damage, and rid of a person's data."""

from __future__ import annotations

import os
from pathlib import Path

import click

_HELP = """\
Look after what is kept of deliveries: the outbox, dead letters, and the books of what was sent.

It stands in the data folder beside the configurations (.tiktok-destination, or TIKTOK_DESTINATION_DATA), in the file
outbox.sqlite.

\b
tiktok-destination store check shop.yaml              # is it whole?
tiktok-destination store salvage .tiktok-destination  # it is not: save what can be read
tiktok-destination store forget shop.yaml < person.json

Exit codes: 0 done, and all is well · 2 it cannot be done · 3 something is damaged, or not everything could be saved.
"""


@click.group("store", help=_HELP)
def command() -> None:
    """The group; its commands do the work."""


@command.command("check")
@click.argument("where", metavar="CONFIG_OR_FOLDER", type=click.Path(path_type=Path, exists=True))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def check(where: Path, as_json: bool) -> int:
    """Say whether what is kept is whole. Changes nothing, also while somebody sends.

    It looks through the structure, at the digest of each stored event, and whether everything belongs to a destination.
    CONFIG_OR_FOLDER is a configuration, the data folder, or the folder that it stands in. Exit codes: 0 whole · 2 it cannot
    be read · 3 something is damaged.
    """
    from tiktok_destination.cli import store_check  # noqa: PLC0415 - not needed for --help

    return store_check.run(where, os.environ, as_json=as_json)


@command.command("salvage")
@click.argument(
    "where", metavar="FOLDER", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path()
)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def salvage(where: Path, as_json: bool) -> int:
    """Save what can be read of a damaged outbox into a new one.

    FOLDER is the data folder, or the one that it stands in. The damaged files stay, as outbox.sqlite.damaged-1, and so on;
    nothing is deleted. What could not be read is counted. It refuses while a process sends. Exit codes: 0 nothing was lost, or
    nothing was damaged · 2 it cannot be done · 3 something could not be saved.
    """
    from tiktok_destination.cli import salvaging  # noqa: PLC0415 - not needed for --help

    return salvaging.run(where, os.environ, as_json=as_json)


@command.command("forget")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def forget(config: Path, as_json: bool) -> int:
    """Delete what is kept of a person.

    Reads one record of the person as JSON from standard input, takes its identifiers as CONFIG maps them, and deletes every
    stored event, dead letter and kept record that bears one of them, at every receiver. An event that was still to be sent
    is not sent: its outcome is suppressed (forgotten). What was delivered is with the receiver, and what is pending in files
    is in these files. It refuses while a process sends. Exit codes: 0 deleted, or there was nothing · 2 it cannot be done · 3
    deleted, and a copy may stand in the database's log until the command is run again.
    """
    from tiktok_destination.cli import forgetting  # noqa: PLC0415 - not needed for --help

    return forgetting.run(config, os.environ, as_json=as_json)
