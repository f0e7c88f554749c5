"""What it costs to start: CPU seconds (user and system) of commands, children and all."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import sample_configs

_SAMPLE: Final = Path(sample_configs.__file__).parent / "segment-web.yaml"
COMMANDS: Final = {
    "start --help": ("--help",),
    "start validate": ("validate", str(_SAMPLE)),
}
"""What is measured → its arguments."""


def cpu_seconds(arguments: tuple[str, ...]) -> float:
    """Of one run of `tiktok-destination`. Raises CalledProcessError where it does not end well."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "tiktok_destination", *arguments],
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "TIKTOK_ACCESS_TOKEN": "benchmark-token-000000000000000000000000"},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
