"""completion: the script, and what a shell gets when it asks."""

import os
import shutil
import subprocess
import sys

import pytest

from tiktok_destination.cli.app import _COMMANDS

ASK = "import sys; sys.argv = ['tiktok-destination']; from tiktok_destination.cli import main; main()"


def completed(line):
    """What is offered for the last word of the line, as a shell would ask for it."""
    words = line.split(" ")
    environment = os.environ | {
        "_TIKTOK_DESTINATION_COMPLETE": "bash_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return [each.removeprefix("plain,") for each in done.stdout.split()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("tiktok-destination ", list(_COMMANDS)),
        ("tiktok-destination va", ["validate"]),
        ("tiktok-destination init --pre", ["--preset"]),
        ("tiktok-destination init --preset a", ["amperity", "apphud", "appsprint", "appstack"]),
        ("tiktok-destination init --event-source ", ["web", "app", "offline", "crm", "auto"]),
        ("tiktok-destination init --destination tictoc --preset ", []),
        ("tiktok-destination init --destination ti", ["tiktok"]),
        ("tiktok-destination about t", ["tiktok"]),
        ("tiktok-destination completion ", ["bash", "zsh", "fish"]),
        ("tiktok-destination validate ", ["file,"]),
    ],
)
def test_a_shell_is_offered_what_may_stand_there(line, offered):
    assert completed(line) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_this_command(run, shell):
    result = run("completion", shell)
    assert result.exit_code == 0
    assert f"_TIKTOK_DESTINATION_COMPLETE={shell}_complete" in result.stdout
    assert f"tiktok-destination completion {shell}" in run("completion", "--help").stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script_and_completes_by_it(run, tmp_path):
    command = tmp_path / "tiktok-destination"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{ASK}"\n', encoding="utf-8")
    command.chmod(0o755)
    program = (
        run("completion", "bash").stdout
        + "COMP_WORDS=(tiktok-destination init --preset dat); COMP_CWORD=3\n"
        + '_tiktok_destination_completion tiktok-destination; echo "${COMPREPLY[@]}"\n'
    )
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "--norc", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("datalyr\n", "")


def test_another_shell_is_refused(run):
    result = run("completion", "tcsh")
    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.stderr
