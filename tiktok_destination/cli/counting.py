"""The work of `outcomes`: the tally of each receiver, as a table with sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import msgspec

from plugin_spec import Outcome
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.instants import iso
from tiktok_destination.cli.keeping import books_to_read
from tiktok_destination.cli.loading import load_config, warn
from tiktok_destination.delivery.outbox import Counted, scopes, tally
from tiktok_destination.delivery.outbox.tally import HOUR_S
from tiktok_destination.redaction import printable

_WITHOUT_CODE: Final = "(none)"
_WITHOUT_NAME: Final = "(no name)"

_LINE_OF: Final[Mapping[str, Callable[[Counted], str]]] = {
    "event": lambda one: one.name or _WITHOUT_NAME,
    "code": lambda one: one.code or _WITHOUT_CODE,
    "hour": lambda one: iso(one.hour),
    "day": lambda one: iso(one.hour)[:10],
}


@dataclass(frozen=True)
class Order:
    """What was asked for on the command line."""

    config: Path
    by: str
    since: float
    as_json: bool


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One event name, code, hour or day."""

    of: str
    outcomes: dict[str, int]
    sum: int


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Lines, and the sums of their columns."""

    lines: list[Line]
    outcomes: dict[str, int]
    sum: int


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """What became of entries at one receiver."""

    receiver: str
    counted: Table
    test_events: Table
    """They count for nothing."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    destination: str
    by: str
    since: str | None
    """The beginning of the first hour that is counted; None: as far back as counts are kept."""
    receivers: list[Receiver]


def run(order: Order, environ: Mapping[str, str]) -> int:
    """Say it. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    with books_to_read(order.config, environ) as database:
        receivers = (
            []
            if database is None
            else [
                _receiver(scope.receiver, tally(database, [scope.number], order.since), order.by)
                for scope in scopes(database, loaded.config.name)
            ]
        )
    since = iso(order.since // HOUR_S * HOUR_S) if order.since else None
    report = Report(destination=loaded.config.name, by=order.by, since=since, receivers=receivers)
    for line in [msgspec.json.encode(report).decode()] if order.as_json else _lines(report):
        click.echo(line)
    return exit_codes.GOOD


def _receiver(receiver: str, counted: Sequence[Counted], by: str) -> Receiver:
    return Receiver(
        receiver=printable(receiver),
        counted=_table((one for one in counted if not one.test), by),
        test_events=_table((one for one in counted if one.test), by),
    )


def _table(counted: Iterable[Counted], by: str) -> Table:
    lines: dict[str, Counter[Outcome]] = {}
    for one in counted:
        lines.setdefault(printable(_LINE_OF[by](one)), Counter())[one.outcome] += one.count
    sums = sum(lines.values(), Counter[Outcome]())
    in_order = (
        sorted(lines) if by in {"hour", "day"} else sorted(lines, key=lambda of: (-lines[of].total(), of))
    )
    return Table(
        lines=[Line(of=of, outcomes=_named(lines[of]), sum=lines[of].total()) for of in in_order],
        outcomes=_named(sums),
        sum=sums.total(),
    )


def _named(counts: Counter[Outcome]) -> dict[str, int]:
    return {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]}


# ---- for people


def _lines(report: Report) -> Iterator[str]:
    since = "" if report.since is None else f" since {report.since[:10]} {report.since[11:16]} UTC"
    yield f"{report.destination}: outcomes by {report.by}{since}"
    if not report.receivers:
        yield "Nothing is kept of it yet: nothing has been sent from here."
    for receiver in report.receivers:
        yield ""
        yield f"At {receiver.receiver or 'a receiver that the destination does not name'}"
        yield from _table_lines(receiver.counted, report.by)
        if receiver.test_events.lines:
            yield "Test events, which count for nothing"
            yield from _table_lines(receiver.test_events, report.by)


def _table_lines(table: Table, by: str) -> Iterator[str]:
    if not table.lines:
        yield "  none"
        return
    outcomes = [outcome for outcome in Outcome if outcome in table.outcomes]
    rows = [
        (by, *outcomes, "sum"),
        *((_of(line.of, by), *_cells(line, outcomes)) for line in table.lines),
        ("sum", *_cells(table, outcomes)),
    ]
    first, *others = zip(*rows, strict=True)
    widths = [max(map(len, column)) for column in others]
    name = max(map(len, first))
    for of, *cells in rows:
        told = (f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        yield f"  {of:<{name}}  {'  '.join(told)}"


def _cells(of: Line | Table, outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from (f"{of.outcomes[outcome]:,}" if outcome in of.outcomes else "" for outcome in outcomes)
    yield f"{of.sum:,}"


def _of(of: str, by: str) -> str:
    return f"{of[:10]} {of[11:16]}" if by == "hour" else of
