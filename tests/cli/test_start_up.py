"""Nothing heavy is imported before it is needed: by the modules that are there, as seconds depend on the machine."""

import os
import subprocess
import sys

import pytest
from cli_testing import SAMPLES, TOKEN

ALWAYS_LATER = (
    "cryptography",
    "flask",
    "phonenumbers",
    "playwright",
    "pyarrow",
    "requests",
    "rich",
    "sqlite3",
    "urllib3",
    "werkzeug",
    "zstandard",
)
"""What neither help nor a look at a configuration needs."""
FOR_CONFIGURATIONS = ("jsonschema", "yaml", "tiktok_destination.config", "tiktok_destination.mapping")
FOR_SENDING = ("tiktok_destination.delivery", "tiktok_destination.formats", "tiktok_destination.api")

PROGRAM = """\
import sys
from tiktok_destination.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
print(*(name for name in {names!r} if name in sys.modules), file=sys.stderr)
"""


def imported(names, *arguments):
    """Those of these modules that a command has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(names=names), *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TIKTOK_ACCESS_TOKEN": TOKEN},
    )
    return done.stderr.split()


def test_help_imports_nothing_that_only_commands_need():
    assert imported((*ALWAYS_LATER, *FOR_CONFIGURATIONS, *FOR_SENDING), "--help") == []


@pytest.mark.parametrize("sample", ["segment-web", "amperity-offline", "segment-auto"])
def test_validate_imports_nothing_that_only_sending_needs(sample):
    assert imported((*ALWAYS_LATER, *FOR_SENDING), "validate", str(SAMPLES / f"{sample}.yaml")) == []
