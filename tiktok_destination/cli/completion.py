"""`completion`: the script by which a shell completes commands, options and their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from tiktok_destination.cli import exit_codes

_PROGRAM: Final = "tiktok-destination"
_VARIABLE: Final = "_TIKTOK_DESTINATION_COMPLETE"
"""By this variable, which click names after the program, the script asks for words."""

_SHELLS: Final[Mapping[str, type[ShellComplete]]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}

_HELP = """\
Print the script by which SHELL (bash, zsh or fish) completes commands, options, presets and event sources.

To have it in every new shell, run the line for yours once:

\b
echo 'eval "$(tiktok-destination completion bash)"' >> ~/.bashrc
echo 'eval "$(tiktok-destination completion zsh)"' >> ~/.zshrc
tiktok-destination completion fish > ~/.config/fish/completions/tiktok-destination.fish

Exit codes: 0 the script was printed · 2 no such shell.
"""


@click.command("completion", help=_HELP)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    click.echo(_SHELLS[shell](ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source())
    return exit_codes.GOOD
