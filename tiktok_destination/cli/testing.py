"""The work of `test`: the destination's own test events, sent as any others are, and where to find them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

import click
import msgspec

from plugin_spec import Code, ConfigError, EntryOutcome, Outcome, Tester, TestEvents
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.interruption import stop_on_signals
from tiktok_destination.cli.loading import Loaded, load_config, warn
from tiktok_destination.delivery import DeliverySettings, MemoryQueue, deliver
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS, known_codes
from tiktok_destination.hosting.services import host_services
from tiktok_destination.redaction import printable

_CAPABILITY: Final = "test"
_PATIENCE_S: Final = 30.0
"""Somebody is waiting in front of a terminal."""


class TestOutcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one test event."""

    event_source: str
    event: str
    event_id: str | None
    outcome: str
    code: str | None = None
    meaning: str | None = None
    remedy: str | None = None
    request_id: str | None = None


class TestReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and where to look."""

    destination: str
    outcomes: tuple[TestOutcome, ...]
    where: tuple[str, ...]
    exit_code: int


def run(path: Path, code: str | None, *, environ: Mapping[str, str], as_json: bool) -> int:
    """Send the test events and print what became of them; the exit code. Raises CommandFailedError."""
    loaded = load_config(path, environ)
    warn(loaded)
    if not loaded.config.enabled:
        click.echo(f"{loaded.config.name} is switched off (enabled: false): nothing was sent.", err=True)
        return exit_codes.UNUSABLE
    outcomes: list[EntryOutcome] = []
    with stop_on_signals() as stop:
        services = host_services(environ, stop)
        tests = _test_events(loaded, code, services.clock())
        sender = loaded.open_sender(services)
        try:
            deliver(
                tests.events,
                sender=sender,
                about=loaded.destination.about,
                settings=DeliverySettings(**{**loaded.config.delivery, "patience_s": _PATIENCE_S}),
                services=services,
                queue=MemoryQueue(),
                on_outcomes=outcomes.extend,
                stop=stop,
            )
        finally:
            sender.close()
    report = _report(loaded, tests, outcomes)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        for line in _lines(report):
            click.echo(printable(line))
    return report.exit_code


def _test_events(loaded: Loaded, code: str | None, now: float) -> TestEvents:
    if _CAPABILITY not in loaded.destination.about.capabilities:
        raise CommandFailedError([f"{loaded.destination.about.title} offers no test events."])
    try:
        return cast("Tester", loaded.plan).test_events(code, uuid.uuid4().hex, now)
    except ConfigError as error:
        raise CommandFailedError(loaded.config.locate(error.faults)) from error


def _report(loaded: Loaded, tests: TestEvents, outcomes: Sequence[EntryOutcome]) -> TestReport:
    codes = known_codes(loaded.destination.about)
    account = Account()
    account.add(outcomes)
    delivered = any(entry.outcome is Outcome.DELIVERED for entry in outcomes)
    return TestReport(
        destination=loaded.config.name,
        outcomes=tuple(
            _outcome(source, entry, codes)
            for source, entry in zip(tests.event_sources, outcomes, strict=False)
        ),
        where=tests.where if delivered else (),
        exit_code=exit_codes.of_outcomes(
            account.all_outcomes, pending_is_good=False, complete=len(outcomes) == len(tests.events)
        ),
    )


def _outcome(source: str, entry: EntryOutcome, codes: Mapping[str, Code]) -> TestOutcome:
    # A pending entry's reason is the code of what stands behind its own.
    told = entry.reason if entry.outcome is Outcome.PENDING and entry.reason in codes else entry.code
    known = codes.get(told or "")
    return TestOutcome(
        event_source=source,
        event=entry.event_name or "",
        event_id=entry.event_id,
        outcome=entry.outcome.value,
        code=told,
        meaning=known.meaning if known else None,
        remedy=known.remedy if known else None,
        request_id=entry.request_id,
    )


def _lines(report: TestReport) -> Iterator[str]:
    for one in report.outcomes:
        meaning = OUTCOME_MEANINGS[Outcome(one.outcome)]
        yield f"{report.destination}: {one.event} ({one.event_source}): {one.outcome}, {meaning}"
        yield f"  event id    {one.event_id}"
        if one.request_id:
            yield f"  request id  {one.request_id}"
        if one.code:
            yield f"  {one.code}: {one.meaning}"
            yield f"  → {one.remedy}"
    yield from report.where
