"""How a run that sends ends: its summary on stdout, as text or as JSON, or the word that it is switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import click
import msgspec

from tiktok_destination.cli import closed_pipe, exit_codes
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.summary import Run, Summary, summarise


def print_summary(summary: Summary, lines: Callable[[Summary], Iterable[str]], *, as_json: bool) -> None:
    """As JSON, or as these lines."""
    print_lines([msgspec.json.encode(summary).decode()] if as_json else lines(summary))


def print_lines(lines: Iterable[str]) -> None:
    """What a run has to say when it is over."""
    try:
        for line in lines:
            click.echo(line)
    except BrokenPipeError:  # everything has been sent: the exit code still says how that went
        closed_pipe.leave()


def say_switched_off(loaded: Loaded, nothing: str, *, as_json: bool) -> int:
    """`enabled: false` sends nothing; `nothing` says what else was not done. The exit code."""
    if as_json:
        print_summary(switched_off(loaded), lambda _: (), as_json=True)
    else:
        click.echo(f"{loaded.config.name} is switched off (enabled: false). {nothing}")
    return exit_codes.GOOD


def switched_off(loaded: Loaded) -> Summary:
    """The summary of a run that was none."""
    run = Run(
        destination=loaded.config.name,
        enabled=False,
        complete=True,
        records_read=0,
        exit_code=exit_codes.GOOD,
    )
    return summarise(Account(), {}, run)
