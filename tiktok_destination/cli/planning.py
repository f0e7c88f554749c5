"""The work of `send --plan`: judges an input against what is kept, and says what a run would do. Nothing is sent or written."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NoReturn

import click
import msgspec

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.input_files import open_input
from tiktok_destination.cli.keeping import books_to_read, receiver_of
from tiktok_destination.cli.loading import Loaded, load_config, warn
from tiktok_destination.cli.sorting import side_by_side
from tiktok_destination.cli.test_mode import TEST_MODE
from tiktok_destination.cli.wrapping import aligned, wrapped
from tiktok_destination.delivery.outbox import (
    Fate,
    InputLedger,
    Scope,
    fates,
    latest_rate,
    progress_of,
    scopes,
    source_of,
)
from tiktok_destination.formats import STANDARD_INPUT
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS, PREVIEW, known_codes
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.judging import judged
from tiktok_destination.hosting.keeping import digest_of_file, digest_of_pipe
from tiktok_destination.hosting.summary import CodeCount, code_counts
from tiktok_destination.store import Database

_AT_ONCE: Final = 500
"""Events that are looked up together."""
_LATEST_UNIX_S: Final = 253_402_300_799.0
_SPANS: Final = ((86_400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


@dataclass(frozen=True)
class PlanOrder:
    """What was asked for on the command line."""

    config: Path
    input: str
    limit: int | None
    sort: bool
    resume: bool
    as_json: bool


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Events that can be sent until this day (UTC)."""

    until: str | None
    """None: there is no end to it."""
    events: int


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a run would do now. `entries` = `to_send` + `sent_before` + `in_outbox` + the sum of `outcomes`."""

    destination: str
    enabled: bool
    test_mode: bool
    receiver: str
    records_read: int
    entries: int
    to_send: int
    days: list[Day]
    test_events: int
    """Of those to be sent."""
    sent_before: int
    in_outbox: int
    outcomes: dict[str, int]
    """Of entries that would not be sent for another reason."""
    codes: list[CodeCount]
    events_per_second: float | None
    """By the files that were sent last; None: it is not known."""
    seconds: float | None
    exit_code: int


@dataclass(frozen=True)
class _Books:
    """What is kept of this destination at this receiver."""

    database: Database
    scope: Scope


def run(order: PlanOrder, environ: Mapping[str, str]) -> int:
    """Say what a run would do. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    receiver = receiver_of(loaded, environ)
    with ExitStack() as stack:
        database = stack.enter_context(books_to_read(order.config, environ))
        books = _books(database, loaded.config.name, receiver)
        forecast = _forecast(order, loaded, receiver, books)
    for line in [msgspec.json.encode(forecast).decode()] if order.as_json else _lines(forecast):
        click.echo(line)
    return forecast.exit_code


def _books(database: Database | None, name: str, receiver: str) -> _Books | None:
    if database is None:
        return None
    return next(
        (_Books(database, scope) for scope in scopes(database, name) if scope.receiver == receiver), None
    )


def _forecast(order: PlanOrder, loaded: Loaded, receiver: str, books: _Books | None) -> Forecast:
    account = Account(loaded.destination.about.unknown_name_codes)
    days: Counter[str | None] = Counter()
    found: Counter[Fate] = Counter()
    test_events = 0
    is_pipe = order.input == STANDARD_INPUT or not Path(order.input).is_file()
    with open_input(order.input, loaded) as records:
        digest = digest_of_pipe() if is_pipe else digest_of_file(Path(order.input))
        left, first = _what_is_left(books, digest, order)
        numbered = side_by_side(records, loaded.plan.group_key) if order.sort else records
        intake = Intake(numbered, order.limit, first=first)
        entries = left(intake.entries(loaded.plan.prepare(intake.records(), time.time)))
        source = source_of(digest, is_sorted=order.sort)
        for events in _portions(judged(entries), account, intake):
            for event, fate in zip(events, _fates(books, events, source), strict=True):
                found[fate] += 1
                if fate is Fate.TO_SEND:
                    days[_last_day(event.not_after)] += 1
                    test_events += event.test
    rate = None if books is None else latest_rate(books.database, books.scope)
    outcomes = {
        outcome: account.all_outcomes[outcome] for outcome in Outcome if outcome is not Outcome.PENDING
    }
    codes = code_counts(account, known_codes(loaded.destination.about))
    return Forecast(
        destination=loaded.config.name,
        enabled=loaded.config.enabled,
        test_mode=loaded.overview.test_mode,
        receiver=receiver,
        records_read=intake.records_read,
        entries=account.entries,
        to_send=found[Fate.TO_SEND],
        days=[Day(until=day, events=days[day]) for day in sorted(days, key=lambda day: (day is None, day))],
        test_events=test_events,
        sent_before=found[Fate.SENT_BEFORE],
        in_outbox=found[Fate.IN_OUTBOX],
        outcomes={outcome.value: count for outcome, count in outcomes.items() if count},
        codes=[one for one in codes if one.code != PREVIEW],
        events_per_second=None if rate is None else round(rate, 1),
        seconds=None if rate is None else round(found[Fate.TO_SEND] / rate, 1),
        exit_code=exit_codes.of_outcomes(account.all_outcomes, pending_is_good=True, complete=True),
    )


_Entries = Iterable[Prepared | Settled]


def _what_is_left(
    books: _Books | None, digest: bytes, order: PlanOrder
) -> tuple[Callable[[_Entries], _Entries], int]:
    """What a run that goes on takes of the entries, and the first record that it needs."""
    if books is None or not order.resume:
        return lambda entries: entries, 1
    progress = progress_of(books.database, books.scope, digest, is_sorted=order.sort)
    if progress is None:
        return lambda entries: entries, 1
    ledger = InputLedger(
        books.database,
        books.scope,
        digest,
        "",
        is_sorted=order.sort,
        is_pipe=False,
        resume=progress,
        now=time.time(),
        origin_of=_nothing_is_written,
        records_of=_nothing_is_written,
    )
    return ledger.left, progress.first_record


def _nothing_is_written(outcome: EntryOutcome) -> NoReturn:
    raise LookupError(outcome.position)


def _portions(
    told: Iterable[tuple[EntryOutcome, Prepared | None]], account: Account, intake: Intake
) -> Iterator[list[Prepared]]:
    """The events that would be sent but for what is kept; every entry is counted."""
    events: list[Prepared] = []
    for outcome, event in told:
        account.add([outcome])
        intake.forget_before(outcome.position)
        if event is not None:
            events.append(event)
        if len(events) == _AT_ONCE:
            yield events
            events = []
    yield events


def _fates(books: _Books | None, events: Sequence[Prepared], source: bytes) -> Sequence[Fate]:
    if books is None:
        return [Fate.TO_SEND] * len(events)
    return fates(books.database, books.scope, events, source)


def _last_day(not_after: float) -> str | None:
    return None if not_after > _LATEST_UNIX_S else f"{datetime.fromtimestamp(not_after, UTC):%Y-%m-%d}"


# ---- for people


def _lines(forecast: Forecast) -> Iterator[str]:
    if forecast.test_mode:
        yield TEST_MODE
    if not forecast.enabled:
        yield f"{forecast.destination} is switched off (enabled: false): send would send nothing. Were it on:"
    yield (
        f"{forecast.destination}: of {_count(forecast.entries, 'entry', 'entries')} in"
        f" {_count(forecast.records_read, 'record', 'records')}, {forecast.to_send:,} would be sent. Nothing was sent."
    )
    if forecast.days:
        yield ""
        yield "To be sent, by the last day (UTC) on which that is possible"
        yield from aligned(
            [
                (f"{day.events:>9,}", f"until {day.until}" if day.until else "at any time")
                for day in forecast.days
            ]
        )
    if forecast.test_events:
        yield f"{forecast.test_events:>9,}  of these are test events, which count for nothing"
    yield from _not_to_be_sent(forecast)
    yield ""
    yield from wrapped(_how_long(forecast), "")


def _not_to_be_sent(forecast: Forecast) -> Iterator[str]:
    rows = [
        (forecast.sent_before, "sent before: delivered by an earlier run"),
        (forecast.in_outbox, "in the outbox: waiting to be sent already"),
        *(
            (count, f"{outcome}: {OUTCOME_MEANINGS[Outcome(outcome)]}")
            for outcome, count in forecast.outcomes.items()
        ),
    ]
    told = [(f"{count:>9,}", what) for count, what in rows if count]
    if told:
        yield ""
        yield "Not to be sent"
        yield from aligned(told)
        for code in forecast.codes:
            yield f"           {code.count:,} × {code.outcome} · {code.code}"


def _how_long(forecast: Forecast) -> str:
    if not forecast.to_send:
        return "There is nothing to send."
    if forecast.seconds is None:
        return "How long it would take is not known: no file was delivered there yet."
    return (
        f"It would take {_span(forecast.seconds)}, at the rate of the files that were sent last"
        f" ({forecast.events_per_second:,} events a second)."
    )


def _span(seconds: float) -> str:
    for length, name in _SPANS:
        if seconds >= length:
            return f"about {_count(round(seconds / length), name, f'{name}s')}"
    return "less than a second"


def _count(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"
