"""The work of `send`: input → plan → delivery → outcomes, and the summary at the end, whatever happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from plugin_spec import EntryOutcome
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.input_books import known_input, ledger_of
from tiktok_destination.cli.input_files import open_input
from tiktok_destination.cli.interruption import end_on_signals, stop_on_signals
from tiktok_destination.cli.keeping import sending_books
from tiktok_destination.cli.loading import Loaded, load_config, warn
from tiktok_destination.cli.outcomes_file import OutcomesFile
from tiktok_destination.cli.progress import progress_on_terminal
from tiktok_destination.cli.run_end import print_summary, say_switched_off
from tiktok_destination.cli.sorting import side_by_side
from tiktok_destination.cli.summary_text import summary_lines
from tiktok_destination.delivery import DeliverySettings, QueueError, deliver
from tiktok_destination.delivery.outbox import StoredQueue
from tiktok_destination.formats import STANDARD_INPUT, InputError
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.codes import known_codes
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.outcome_lines import outcome_line
from tiktok_destination.hosting.services import host_services
from tiktok_destination.hosting.summary import Run, summarise
from tiktok_destination.redaction import printable


@dataclass(frozen=True)
class SendOrder:
    """What was asked for on the command line."""

    config: Path
    input: str
    limit: int | None
    sort: bool
    outcomes: Path | None
    resume: bool
    force: bool
    as_json: bool


def run(order: SendOrder, environ: Mapping[str, str]) -> int:
    """Send, print the summary on stdout; the exit code. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    if not loaded.config.enabled:
        return say_switched_off(loaded, "Nothing was read, nothing was sent.", as_json=order.as_json)
    failures: list[str] = []
    settings = DeliverySettings(**loaded.config.delivery)
    with ExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        services = host_services(environ, stop)
        sender = loaded.open_sender(services)
        stack.callback(sender.close)
        try:
            with end_on_signals():
                records = stack.enter_context(open_input(order.input, loaded))
        except KeyboardInterrupt:
            click.echo("\nInterrupted before the first record: nothing was read, nothing was sent.", err=True)
            return exit_codes.PENDING
        keeping = stack.enter_context(sending_books(loaded, order.config, environ, services.clock))
        known = known_input(keeping, order.input, is_sorted=order.sort, resume=order.resume)
        # Last, as it empties the file: an earlier run's outcomes are not lost to a mistake in the command.
        outcomes = stack.enter_context(_outcomes_file(order, order.outcomes)) if order.outcomes else None
        show_progress = stack.enter_context(progress_on_terminal(records))
        sorted_records = side_by_side(records, loaded.plan.group_key) if order.sort else records
        intake = Intake(
            sorted_records, order.limit, first=known.first_record, keep_records=settings.keep_records
        )
        account = Account(loaded.destination.about.unknown_name_codes)
        codes = known_codes(loaded.destination.about)
        ledger = ledger_of(known, keeping, intake, keep_records=settings.keep_records)

        def note(decided: Sequence[EntryOutcome]) -> None:
            account.add(decided)
            if outcomes is not None and not outcomes.write(
                [outcome_line(entry, intake.place_of(entry), codes) for entry in decided]
            ):
                stop.set()
            intake.forget_before(decided[-1].position)
            loaded.manager.announce(loaded.config.name, decided, services.logger)
            show_progress(intake.records_read)

        entries = intake.entries(loaded.plan.prepare(intake.records(), services.clock))
        try:
            deliver(
                ledger.left(entries),
                sender=sender,
                about=loaded.destination.about,
                settings=settings,
                services=services,
                queue=StoredQueue(
                    keeping.database, keeping.scope, ledger, keeping.tally, services.clock, force=order.force
                ),
                on_outcomes=note,
                stop=stop,
                may_wait=known.is_pipe or order.sort,  # sorting reads everything first
            )
        except (
            InputError,
            QueueError,
        ) as error:  # half way: what was sent before is accounted for all the same
            failures.append(printable(str(error)))
        interrupted = stop.is_set()
        if intake.exhausted and order.limit is None and not (interrupted or failures):
            ledger.finish(intake.records_read)
    if outcomes is not None and outcomes.failure is not None:
        failures.append(outcomes.failure)
    ending = _Ending(interrupted, tuple(failures), known.first_record - 1, ledger.handed, order.as_json)
    return _finish(loaded, intake, account, ending)


@dataclass(frozen=True)
class _Ending:
    interrupted: bool
    failures: tuple[str, ...]
    passed_over: int
    """Records before the first that was needed."""
    entries: int
    """What was handed to delivery."""
    as_json: bool


def _outcomes_file(order: SendOrder, path: Path) -> OutcomesFile:
    read = [order.config] if order.input == STANDARD_INPUT else [order.config, Path(order.input)]
    return OutcomesFile(path, never=read, append=order.resume)


def _finish(loaded: Loaded, intake: Intake, account: Account, ending: _Ending) -> int:
    judged = ending.passed_over + intake.records_covered
    complete = (
        intake.exhausted
        and judged == intake.records_read
        and account.entries == ending.entries
        and not ending.failures
    )
    before = judged - account.records if complete else ending.passed_over
    lost = not complete and not ending.interrupted and not ending.failures
    if lost:
        exit_code = exit_codes.BUG
    elif ending.failures:
        exit_code = exit_codes.UNUSABLE
    else:
        exit_code = exit_codes.of_outcomes(account.all_outcomes, pending_is_good=False, complete=complete)
    run = Run(
        destination=loaded.config.name,
        test_mode=loaded.overview.test_mode,
        complete=complete,
        records_read=intake.records_read,
        records_before=before,
        exit_code=exit_code,
    )
    summary = summarise(account, known_codes(loaded.destination.about), run)
    print_summary(summary, loaded, summary_lines, as_json=ending.as_json)
    for failure in ending.failures:
        click.echo(failure, err=True)
    if lost:
        click.echo(
            "Records without an outcome: this is a bug in tiktok-destination, please report it.", err=True
        )
    elif not complete and not account.last_position:
        click.echo("Not complete: no record has an outcome, and nothing was sent.", err=True)
    elif not complete:
        click.echo(
            f"Not complete: every record up to {account.last_position:,} has an outcome;"
            " the input goes on after that.",
            err=True,
        )
    return exit_code
