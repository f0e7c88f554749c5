"""The command group: finds commands lazily, so that `--help` is quick, and is the last net under all of them.

No traceback and no text of an unexpected exception ever reaches a user: it may hold a record's values or a token.
"""

from __future__ import annotations

import importlib
import io
import sys
from typing import Any, Final, NoReturn

import click

from tiktok_destination import __version__
from tiktok_destination.cli import closed_pipe, exit_codes
from tiktok_destination.cli.failures import CommandFailedError

_COMMANDS: Final = {
    "init": "Write a configuration to start from, with every key explained.",
    "connect": "Let the account's owner authorise, and keep the credential by name.",
    "credential": "Keep tokens by name: add, list, remove.",
    "validate": "Check a configuration and say everything that is wrong with it.",
    "fields": "Print which path of a record becomes which field of the event.",
    "preview": "Show what would be sent, without sending anything.",
    "explain": "Tell the story of one record: which field comes from where, and why.",
    "test": "Send one test event, and say where it shows.",
    "send": "Send a file, and say what became of every record.",
    "dead-letters": "Look at what was rejected, refused or has expired; export and delete it.",
    "replay": "Send dead letters again, each at most once.",
    "drain": "Send what waits in the outbox.",
    "about": "Say what is installed, and what a destination can do.",
    "emulator": "Run a TikTok of your own on this machine, to try things out.",
    "harness": "Configure, connect and try destinations in the browser.",
    "completion": "Print the script by which your shell completes this command.",
}
"""In the order in which a newcomer needs them; each lives in the module of its name."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = cmd_name.replace("-", "_")
        command: click.Command = importlib.import_module(f"tiktok_destination.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        sys.exit(self._guarded(*args, **(kwargs | {"standalone_mode": False})))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # caught here, as click itself would end with exit code 1
            closed_pipe.leave()
            return exit_codes.GOOD

    def _guarded(self, *args: Any, **kwargs: Any) -> int:
        _print_what_the_terminal_lacks_as_escapes()
        try:
            result = super().main(*args, **kwargs)
        except click.ClickException as error:
            error.show()
            return exit_codes.UNUSABLE
        except CommandFailedError as error:
            for line in error.lines:
                click.echo(line, err=True)
            return exit_codes.UNUSABLE
        except (click.Abort, KeyboardInterrupt):
            click.echo("Interrupted.", err=True)
            return exit_codes.PENDING
        except Exception as error:  # noqa: BLE001 - the last net; its text may hold anything, its type cannot
            click.echo(
                f"tiktok-destination: {type(error).__name__}. This is a bug in tiktok-destination {__version__},"
                " not in your data: please report it with the command that you ran.",
                err=True,
            )
            return exit_codes.BUG
        return result if isinstance(result, int) else exit_codes.GOOD


_HELP = """\
Send server-side events to TikTok, and account for every one of them.

\b
tiktok-destination init --preset segment --output shop.yaml
tiktok-destination validate shop.yaml
tiktok-destination send shop.yaml events.ndjson
"""


@click.group(
    cls=_Commands,
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 all good · 2 usage, configuration or input · 3 some entries rejected, refused or"
    " expired · 4 some still pending · 70 a bug.",
)
@click.version_option(__version__, prog_name="tiktok-destination")
def tiktok_destination() -> None:
    """The command; its subcommands do the work."""


def _print_what_the_terminal_lacks_as_escapes() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
