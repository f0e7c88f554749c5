"""Help that teaches, quickly; and what a user sees when something goes wrong."""

import subprocess
import sys

import click
import pytest
from cli_testing import COMMAND
from click.testing import CliRunner

from tiktok_destination import __version__
from tiktok_destination.cli.app import _COMMANDS, _Commands

HEAVY = ("flask", "requests", "jsonschema", "rich", "yaml", "phonenumbers", "werkzeug")


@pytest.mark.parametrize("command", _COMMANDS)
def test_every_help_has_an_example_and_the_exit_codes(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"tiktok-destination {command} " in result.stdout
    assert "Exit codes: 0" in result.stdout


def test_the_commands_are_listed_in_the_order_of_need(run):
    text = run("--help").stdout
    positions = [text.index(f"\n  {name} ") for name in _COMMANDS]
    assert positions == sorted(positions)


def test_the_version(run):
    assert run("--version").stdout == f"tiktok-destination, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["send", "--help"], ["init", "--help"], ["emulator", "--help"]]
)
def test_help_loads_nothing_heavy(arguments):
    program = (
        "import sys\n"
        "from tiktok_destination.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["send"], ["preview", "a.yaml"], ["send", "a", "b", "--limit", "0"], ["send", "--what"]],
)
def test_wrong_usage_is_exit_code_2(run, arguments):
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr


class _Failing(_Commands):
    def get_command(self, ctx, cmd_name):
        @click.command(cmd_name)
        def command():
            raise {"bug": RuntimeError, "pipe": BrokenPipeError, "ctrl-c": KeyboardInterrupt}[cmd_name](
                "CANARY-7731"
            )

        return command


def test_a_defect_shows_its_type_and_never_its_text():
    result = CliRunner().invoke(_Failing("x"), ["bug"])
    assert result.exit_code == 70
    assert "RuntimeError. This is a bug" in result.stderr
    assert "CANARY" not in result.output
    assert "Traceback" not in result.output


def test_a_closed_pipe_ends_quietly():
    result = CliRunner().invoke(_Failing("x"), ["pipe"])
    assert (result.exit_code, result.output) == (0, "")


def test_ctrl_c_is_exit_code_4():
    result = CliRunner().invoke(_Failing("x"), ["ctrl-c"])
    assert result.exit_code == 4
    assert "Interrupted" in result.stderr


def test_the_module_runs_as_the_command():
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"tiktok-destination, version {__version__}\n"
