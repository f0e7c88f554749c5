"""The work of `preview`: prepares, recognises copies within the input, and prints every entry."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import msgspec

from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.input_files import open_input
from tiktok_destination.cli.loading import load_config, warn
from tiktok_destination.cli.sorting import side_by_side
from tiktok_destination.cli.summary_text import summary_lines
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.codes import known_codes
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.judging import judged
from tiktok_destination.hosting.outcome_lines import outcome_line
from tiktok_destination.hosting.summary import Run, summarise


@dataclass(frozen=True)
class PreviewOrder:
    """What was asked for on the command line."""

    config: Path
    input: str
    now: float | None
    limit: int | None
    sort: bool


def run(order: PreviewOrder, environ: Mapping[str, str]) -> int:
    """Print the entries on stdout and the summary on stderr; the exit code. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    plan, account, stdout = (
        loaded.plan,
        Account(loaded.destination.about.unknown_name_codes),
        sys.stdout.buffer,
    )
    codes = known_codes(loaded.destination.about)
    encode = msgspec.json.Encoder().encode
    with open_input(order.input, loaded) as records:
        intake = Intake(side_by_side(records, plan.group_key) if order.sort else records, order.limit)
        try:
            entries = plan.prepare(intake.records(), time.time if order.now is None else order.now)
            for outcome, event in judged(intake.entries(entries)):
                request = None if event is None else plan.envelope(event.batch_key, [event.body])
                told = outcome_line(outcome, intake.place_of(outcome), codes, request)
                stdout.write(encode(told) + b"\n")
                account.add([outcome])
        except KeyboardInterrupt:
            click.echo(f"\nInterrupted after record {account.last_position:,}.", err=True)
    stdout.flush()
    complete = intake.exhausted and account.records == intake.records_read
    summary = summarise(
        account,
        codes,
        Run(
            destination=loaded.config.name,
            enabled=loaded.config.enabled,
            test_mode=loaded.overview.test_mode,
            complete=complete,
            records_read=intake.records_read,
            exit_code=exit_codes.of_outcomes(account.all_outcomes, pending_is_good=True, complete=complete),
        ),
    )
    for line in summary_lines(summary):
        click.echo(line, err=True)
    sys.stderr.flush()
    return summary.exit_code
