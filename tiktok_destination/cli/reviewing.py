"""The work of `status`: reads what is kept of a destination, adds what its codes mean, and says it."""

from __future__ import annotations

import shlex
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click
import msgspec

from plugin_spec import Code, Outcome
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.instants import iso
from tiktok_destination.cli.keeping import books_to_read, receiver_of
from tiktok_destination.cli.loading import Loaded, load_config, warn
from tiktok_destination.cli.wrapping import wrapped
from tiktok_destination.credentials import data_folder
from tiktok_destination.delivery.codes import UNCERTAIN
from tiktok_destination.delivery.outbox import Counted, SentFile, Standing, scopes, standing, tally
from tiktok_destination.delivery.outbox.tally import HOUR_S
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS, known_codes
from tiktok_destination.redaction import printable
from tiktok_destination.store import Database, sender_of

_DAY_S: Final = 86_400.0
_NO_REMEDY: Final = "Nothing."


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """A code, and what it says."""

    code: str
    meaning: str
    remedy: str


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Events that wait in the outbox for one reason."""

    reason: Words
    behind: Words | None
    count: int
    since: str
    """When the first of them was accepted."""


class Dead(msgspec.Struct, frozen=True, kw_only=True):
    """Dead letters with one code."""

    outcome: str
    reason: Words
    count: int


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was sent."""

    name: str
    record: int
    records: int | None
    pending: int
    complete: bool
    changed_at: str
    go_on_with: str | None
    """The command; None: there is nothing to go on with."""


class Receiver(msgspec.Struct, frozen=True, kw_only=True):
    """How the destination stands at one receiver."""

    receiver: str
    sends_there_now: bool
    """`send` with this configuration and environment goes there."""
    waiting: list[Waiting]
    may_have_arrived: int
    dead_letters: list[Dead]
    files: list[File]
    delivered_in_hour: str | None
    """The beginning of the hour in which an event was last delivered."""
    counted_since: str
    outcomes: dict[str, int]
    test_outcomes: dict[str, int]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    destination: str
    sending: int | None
    """The process that is sending now."""
    receivers: list[Receiver]
    after_acceptance: str

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.destination}: nobody is sending now."
            if self.sending is None
            else f"{self.destination}: process {self.sending} is sending now."
        )
        if not self.receivers:
            yield "Nothing is kept of it yet: nothing has been sent from here."
        for receiver in self.receivers:
            yield ""
            yield from _receiver_lines(receiver)
            if receiver.outcomes.get(Outcome.DELIVERED) and self.after_acceptance:
                yield from wrapped(printable(self.after_acceptance), "  ")


def run(config: Path, environ: Mapping[str, str], *, as_json: bool) -> int:
    """Say how the destination stands. Raises CommandFailedError."""
    loaded = load_config(config, environ)
    warn(loaded)
    with books_to_read(config, environ) as database:
        status = Status(
            destination=loaded.config.name,
            sending=sender_of(data_folder(config.parent, environ), loaded.config.name),
            receivers=[]
            if database is None
            else _receivers(database, loaded, config, receiver_of(loaded, environ)),
            after_acceptance=loaded.destination.about.after_acceptance,
        )
    for line in [msgspec.json.encode(status).decode()] if as_json else status.lines():
        click.echo(line)
    return exit_codes.GOOD


def _receivers(database: Database, loaded: Loaded, config: Path, current: str) -> list[Receiver]:
    codes = known_codes(loaded.destination.about)
    since = time.time() - _DAY_S
    return [
        _receiver(
            standing(database, scope),
            tally(database, [scope.number], since),
            codes,
            config=config,
            current=current,
            since=since,
        )
        for scope in scopes(database, loaded.config.name)
    ]


def _receiver(  # noqa: PLR0913 (what it is made of, each thing given once)
    stands: Standing,
    counted: Sequence[Counted],
    codes: Mapping[str, Code],
    *,
    config: Path,
    current: str,
    since: float,
) -> Receiver:
    return Receiver(
        receiver=stands.scope.receiver,
        sends_there_now=stands.scope.receiver == current,
        waiting=[
            Waiting(
                reason=_words(codes, one.code),
                behind=_words(codes, one.behind) if one.behind else None,
                count=one.count,
                since=iso(one.since),
            )
            for one in stands.waiting
        ],
        may_have_arrived=stands.uncertain,
        dead_letters=[
            Dead(outcome=outcome.value, reason=_words(codes, code), count=count)
            for outcome, code, count in stands.dead_letters
        ],
        files=[_file(one, config) for one in stands.files],
        delivered_in_hour=None if stands.delivered_in is None else iso(stands.delivered_in),
        counted_since=iso(since // HOUR_S * HOUR_S),
        outcomes=_by_outcome(counted, test=False),
        test_outcomes=_by_outcome(counted, test=True),
    )


def _words(codes: Mapping[str, Code], code: str) -> Words:
    known = codes.get(code)
    return Words(
        code=printable(code), meaning=known.meaning if known else "", remedy=known.remedy if known else ""
    )


def _by_outcome(counted: Sequence[Counted], *, test: bool) -> dict[str, int]:
    counts: Counter[Outcome] = Counter()
    for one in counted:
        if one.test == test:
            counts[one.outcome] += one.count
    return {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]}


def _file(file: SentFile, config: Path) -> File:
    complete = file.records is not None and not file.pending
    command = None
    if not complete and not file.is_pipe:
        words = [
            "tiktok-destination",
            "send",
            str(config),
            file.name,
            *(["--sort"] if file.is_sorted else []),
        ]
        command = printable(shlex.join([*words, "--resume"]))
    return File(
        name=printable(file.name),
        record=file.record,
        records=file.records,
        pending=file.pending,
        complete=complete,
        changed_at=iso(file.changed_at),
        go_on_with=command,
    )


# ---- for people


def _receiver_lines(receiver: Receiver) -> Iterator[str]:
    here = " (here `send` goes now)" if receiver.sends_there_now else ""
    yield f"At {printable(receiver.receiver) or 'a receiver that the destination does not name'}{here}"
    yield from _last_day(receiver)
    for_a_person = [one for one in receiver.waiting if one.reason.code == UNCERTAIN]
    in_line = [one for one in receiver.waiting if one.reason.code != UNCERTAIN]
    yield "  In the outbox: nothing waits" if not receiver.waiting else "  In the outbox"
    for one in in_line:
        yield from _waiting_lines(one)
    if for_a_person:
        yield "  In the outbox, for a person to decide"
    for one in for_a_person:
        yield from _waiting_lines(one)
    if receiver.may_have_arrived:
        yield from wrapped(
            f"Events that may have arrived, as an attempt had no certain end: {receiver.may_have_arrived:,}. Where the"
            " receiver recognises copies they are sent again by themselves; the others wait for a person's word.",
            "  ",
        )
    yield "  Dead letters: none" if not receiver.dead_letters else "  Dead letters"
    for dead in receiver.dead_letters:
        yield from _reason_lines(dead.count, dead.outcome, dead.reason)
    if receiver.files:
        yield "  Files that were sent last"
    for file in receiver.files:
        yield from _file_lines(file)


def _last_day(receiver: Receiver) -> Iterator[str]:
    yield f"  Outcomes since {_minute(receiver.counted_since)}{'' if receiver.outcomes else ': none'}"
    width = max((len(f"{count:,}") for count in receiver.outcomes.values()), default=0)
    for outcome, count in receiver.outcomes.items():
        yield f"    {outcome:<10} {count:>{width},}  {OUTCOME_MEANINGS[Outcome(outcome)]}"
    if receiver.test_outcomes:
        tested = ", ".join(f"{count:,} {outcome}" for outcome, count in receiver.test_outcomes.items())
        yield f"    test events, which count for nothing: {tested}"
    if receiver.delivered_in_hour is not None:
        yield f"  Last delivered: in the hour from {_minute(receiver.delivered_in_hour)}"


def _waiting_lines(one: Waiting) -> Iterator[str]:
    behind = f" (behind it: {one.behind.code})" if one.behind else ""
    yield from _reason_lines(one.count, "pending", one.reason, f"{behind}, since {_minute(one.since)}")
    if one.behind:
        yield from _words_lines(one.behind)


def _reason_lines(count: int, outcome: str, reason: Words, more: str = "") -> Iterator[str]:
    yield f"    {count:>7,} × {outcome} · {reason.code}{more}"
    yield from _words_lines(reason)


def _words_lines(words: Words) -> Iterator[str]:
    yield from wrapped(words.meaning, "              ")
    if words.remedy != _NO_REMEDY:
        yield from wrapped(words.remedy, "            → ")


def _file_lines(file: File) -> Iterator[str]:
    at = f"{file.record:,}" if file.records is None else f"{file.record:,} of {file.records:,}"
    how = "complete" if file.complete else f"{file.pending:,} pending" if file.pending else "not complete"
    yield f"    {file.name}: record {at}, {how} ({_minute(file.changed_at)})"
    if file.go_on_with is not None:
        yield f"      → go on with: {file.go_on_with}"
    elif not file.complete:
        yield "      → what came through a pipe cannot be read again: send the rest anew"


def _minute(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]} UTC"
