"""The work of `drain`: outbox → delivery → outcomes, and the summary at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tiktok_destination.cli.loading import load_config, warn
from tiktok_destination.cli.outbox_runs import outbox_run
from tiktok_destination.cli.run_end import print_summary, say_switched_off
from tiktok_destination.cli.summary_text import outbox_lines


def run(config: Path, environ: Mapping[str, str], *, force: bool, as_json: bool) -> int:
    """Send what waits, print the summary on stdout; the exit code. Raises CommandFailedError."""
    loaded = load_config(config, environ)
    warn(loaded)
    if not loaded.config.enabled:
        return say_switched_off(loaded, "Nothing was sent; the outbox keeps what it holds.", as_json=as_json)
    with outbox_run(loaded, config, environ) as outbox:
        outbox.drain(force=force)
    summary = outbox.summary()
    print_summary(summary, outbox_lines, as_json=as_json)
    outbox.say_what_is_missing(summary)
    return summary.exit_code
