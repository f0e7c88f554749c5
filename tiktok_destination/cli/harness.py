"""`harness`: a simulated host platform in the browser."""

from __future__ import annotations

import os
import secrets
import threading
import webbrowser
from pathlib import Path

import click
from flask import Flask

from plugin_spec import DestinationManager
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.hosting.services import host_services

_HELP = """\
Configure, connect and try destinations in the browser: a simulated host platform, for development only. It is
reachable from this machine only; Ctrl-C ends it.

FOLDER holds the configurations, one YAML file each, which the other commands read as well; by default it is the
current one. Credentials, and what is not sent yet, are kept in its data folder, .tiktok-destination.

\b
tiktok-destination harness
TIKTOK_BASE_URL=http://127.0.0.1:8765 tiktok-destination harness configs --open

Exit codes: 0 ended by Ctrl-C or SIGTERM · 2 the port cannot be used · 4 events stayed pending.
"""


@click.command("harness", help=_HELP)
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path(), required=False
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8790, show_default=True, help="0: a free one."
)
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
def command(folder: Path, port: int, open_browser: bool) -> int:
    # Imported here: Flask's templates are not needed for --help.
    from tiktok_destination.harness.app import create_app  # noqa: PLC0415
    from tiktok_destination.harness.dispatch import Dispatch  # noqa: PLC0415
    from tiktok_destination.harness.server import serve  # noqa: PLC0415
    from tiktok_destination.harness.workspace import Workspace  # noqa: PLC0415

    stop = threading.Event()
    services = host_services(os.environ, stop)
    workspace = Workspace(folder.resolve(), os.environ, DestinationManager())
    dispatch = Dispatch(workspace, services, stop)

    dispatch.begin()

    def app_for(origin: str) -> Flask:
        return create_app(workspace, services, _new_id, dispatch, origin)

    def announce(origin: str) -> None:
        click.echo(f"Host platform, development only: {origin} (Ctrl-C ends it)")
        if open_browser:
            webbrowser.open(origin)

    try:
        serve(port, app_for, announce)
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else type(error).__name__
        raise CommandFailedError(
            [f"port {port} cannot be used ({cause}). Choose another one (--port 0: a free one)."]
        ) from error
    pending = dispatch.stop()
    if pending:
        click.echo(
            f"{pending:,} events stay pending. They are kept in the outbox: the harness goes on with them when it is"
            " started again.",
            err=True,
        )
        return exit_codes.PENDING
    return exit_codes.GOOD


def _new_id() -> str:
    return secrets.token_urlsafe(24)
