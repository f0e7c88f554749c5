"""The command line: a host that reads a file, drives a destination through the contract, and accounts for every entry."""

from __future__ import annotations


def main() -> None:
    """The installed command `tiktok-destination`."""
    from tiktok_destination.cli.app import tiktok_destination  # noqa: PLC0415 - the package itself stays cheap

    tiktok_destination()
