"""The work of `explain`: walks to the record, so that groups and copies are judged as `send` would, and tells its story."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import msgspec

from plugin_spec import Code, Compiled, EntryOutcome, Explanation, FieldTrace, Prepared, Settled
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.input_files import open_input
from tiktok_destination.cli.loading import load_config, warn
from tiktok_destination.cli.outcome_text import outcome_words, rows_line
from tiktok_destination.hosting.codes import known_codes
from tiktok_destination.hosting.intake import Intake
from tiktok_destination.hosting.judging import judged
from tiktok_destination.hosting.outcome_lines import OutcomeLine, outcome_line
from tiktok_destination.redaction import printable, shown_rule


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: what came of it, by which rule, and where each field comes from."""

    outcome: OutcomeLine
    event_rule: str
    fields: tuple[FieldTrace, ...]


@dataclass(frozen=True)
class ExplainOrder:
    """What was asked for on the command line."""

    config: Path
    input: str
    record: int
    now: float | None
    as_json: bool


def run(order: ExplainOrder, environ: Mapping[str, str]) -> int:
    """Print the story of each entry of this record; the exit code. Raises CommandFailedError."""
    loaded = load_config(order.config, environ)
    warn(loaded)
    codes = known_codes(loaded.destination.about)
    with open_input(order.input, loaded) as records:
        intake = Intake(records)
        explanations = loaded.plan.explain(intake.records(), time.time if order.now is None else order.now)
        stories = [
            Story(
                outcome=outcome_line(outcome, intake.place_of(outcome), codes),
                event_rule=shown_rule(explanation.event_rule, explanation.entry.event_name),
                fields=explanation.fields,
            )
            for explanation, outcome in _of_record(order.record, explanations, intake)
        ]
    if not stories:
        raise CommandFailedError(
            [f"{records.name}: there is no record {order.record:,}; the last is {intake.records_read:,}."]
        )
    if order.as_json:
        click.echo(msgspec.json.encode(stories).decode())
    else:
        for story in stories:
            for line in _lines(story, codes):
                click.echo(printable(line))
            click.echo()
    return exit_codes.GOOD


def show_plan(config: Path, environ: Mapping[str, str]) -> int:
    """Print the code of the plan; the exit code. Raises CommandFailedError."""
    plan = load_config(config, environ).plan
    text = plan.source() if isinstance(plan, Compiled) else ""
    if not text:
        raise CommandFailedError(
            [f"{config}: no code is made of this configuration; its rules are walked as they are."]
        )
    for line in text.splitlines():
        click.echo(printable(line))
    return exit_codes.GOOD


def _of_record(
    record: int, explanations: Iterable[Explanation], intake: Intake
) -> Iterator[tuple[Explanation, EntryOutcome]]:
    """The entries that cover this record, each judged after all entries before it."""
    latest: list[Explanation] = []

    def entries() -> Iterator[Prepared | Settled]:
        for explanation in explanations:
            latest[:] = [explanation]
            yield explanation.entry

    for outcome, _ in judged(entries()):
        if outcome.position > record:
            return
        intake.forget_before(outcome.position)
        if record == outcome.position or record in outcome.rows:
            yield latest[0], outcome


def _lines(story: Story, codes: Mapping[str, Code]) -> Iterator[str]:
    yield from _head(story, codes)
    sent = [field for field in story.fields if field.sent is not None]
    empty = [field for field in story.fields if field.sent is None]
    width = max((len(field.target) for field in story.fields), default=0)
    if sent:
        yield ""
        yield "  What TikTok gets, and where it is from"
        for field in sent:
            yield f"    {field.target:<{width}}  {_shown(field.sent)}"
            origin = " · ".join(part for part in (field.source, ", ".join(field.steps)) if part)
            why = f" ({_why(field, codes)})" if field.reason else ""
            yield f"    {'':<{width}}  ← {origin}{why}"
    if empty:
        yield ""
        yield "  What stays empty, and why"
        for field in empty:
            tried = f"; looked at {', '.join(field.tried)}" if field.tried else ""
            yield f"    {field.target:<{width}}  {_why(field, codes)}{tried}"


def _head(story: Story, codes: Mapping[str, Code]) -> Iterator[str]:
    outcome = story.outcome
    yield f"Record {outcome.record:,} (line {outcome.line:,}), entry {outcome.entry}: {outcome.outcome}"
    yield from rows_line(outcome)
    yield f"  rule      {story.event_rule}"
    yield from outcome_words(outcome, codes)


def _why(field: FieldTrace, codes: Mapping[str, Code]) -> str:
    reason = field.reason or "nothing to say"
    known = codes.get(reason)
    return known.meaning.rstrip(".") if known else reason.replace("_", " ")


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
