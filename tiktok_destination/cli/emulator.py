"""`emulator`: a simulated TikTok on loopback."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import click

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError

_HELP = """\
Run a TikTok of your own on this machine. It is reachable from this machine only; Ctrl-C ends it.

Point `send` at it with TIKTOK_BASE_URL, and open the same address in a browser to see what has arrived. Without
--seed, the variables to set are printed.

\b
tiktok-destination emulator --port 8765 --ledger ledger.ndjson
TIKTOK_BASE_URL=http://127.0.0.1:8765 tiktok-destination send shop.yaml events.ndjson

Exit codes: 0 ended by Ctrl-C or SIGTERM · 2 the seed, the ledger or the port cannot be used.
"""


@click.command("emulator", help=_HELP)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8765, show_default=True, help="0: a free one."
)
@click.option(
    "--seed",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Accounts, tokens, pixels and event sets (JSON). Without it: those of the sample configurations.",
)
@click.option(
    "--ledger",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append every event that is accepted here, one line of JSON each.",
)
def command(port: int, seed: Path | None, ledger: Path | None) -> int:
    # Imported here: Flask is not needed for --help.
    from tiktok_destination.emulator.seed import SeedError  # noqa: PLC0415
    from tiktok_destination.emulator.server import serve  # noqa: PLC0415

    with as_file(files("sample_configs") / "emulator_seed.json") as sample_seed:

        def announce(sentence: str) -> None:
            click.echo(sentence)
            for line in () if seed else _how_to_try(sample_seed, sentence):
                click.echo(line)

        try:
            serve(port=port, seed=seed or sample_seed, ledger=ledger, announce=announce)
        except SeedError as error:
            raise CommandFailedError([str(error)]) from error
        except OSError as error:
            what = f"port {port} or the ledger" if ledger else f"port {port}"
            cause = os.strerror(error.errno) if error.errno else type(error).__name__
            raise CommandFailedError(
                [f"{what} cannot be used ({cause}). Choose another port (--port 0: a free one) or file."]
            ) from error
    return exit_codes.GOOD


def _how_to_try(sample_seed: Path, sentence: str) -> Iterator[str]:
    """What a configuration needs here: the first token of the sample seed and what that token may send to."""
    address = re.search(r"http://[\w.:]+", sentence)
    known = json.loads(sample_seed.read_bytes())
    pixel, event_set = known["pixels"][0]["pixel_code"], known["offline_event_sets"][0]["event_set_id"]
    yield "What the sample configurations need, for another terminal:"
    yield f"  export TIKTOK_ACCESS_TOKEN={known['tokens'][0]['token']}"
    if address is not None:
        yield f"  export TIKTOK_BASE_URL={address.group()}"
    yield f"A pixel that exists here: {pixel}. An offline event set: {event_set}."
