"""The summary for people: both sums, the outcomes, why, and what to do. Plain text that survives a pipe and a log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Final

from plugin_spec import Outcome
from tiktok_destination.cli.test_mode import TEST_MODE
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS, PREVIEW, PREVIEW_MEANING
from tiktok_destination.hosting.summary import Behind, CodeCount, NoteCount, Summary, UnmappedName
from tiktok_destination.redaction import printable

_WIDTH: Final = 100
_NO_REMEDY: Final = "Nothing."
_MOST_NAMES: Final = 25
"""Unmapped names shown in the text; `--json` and the outcome lines hold the rest."""


def summary_lines(summary: Summary) -> Iterator[str]:
    """The lines to print, without line breaks at their ends."""
    yield from _told(summary, _sums(summary))


def outbox_lines(summary: Summary) -> Iterator[str]:
    """As `summary_lines`, of a run over the outbox: it holds events, each of which counts as a record."""
    yield from _told(summary, _outbox_sums(summary))


def _told(summary: Summary, sums: Iterator[str]) -> Iterator[str]:
    if summary.test_mode:
        yield TEST_MODE
    yield from sums
    yield ""
    yield from _outcomes(summary, "Outcomes", summary.outcomes)
    if summary.test_events:
        yield ""
        yield from _outcomes(summary, "Test events, which count for nothing", summary.test_outcomes)
    reasons = [row for row in summary.codes if row.code != PREVIEW]
    if reasons:
        yield ""
        yield "Why"
        for row in reasons:
            behind = f" (behind it: {row.behind.code})" if row.behind else ""
            test = " (test events)" if row.test else ""
            yield from code_lines(f"{row.outcome} · {row.code}{behind}{test}", row)
            if row.behind:
                yield from _words(row.behind)
    if summary.notes:
        yield ""
        yield "Left out of, or corrected in, events (each is a note on its entry)"
        for note in summary.notes:
            yield from code_lines(note.code, note)
    if summary.unmapped:
        yield ""
        yield "Event names that no rule maps"
        yield from _unmapped(summary.unmapped)


def _sums(summary: Summary) -> Iterator[str]:
    records, entries = summary.records_accounted, summary.entries
    yield f"{summary.destination}: {_count(summary.records_read, 'record')} read"
    if summary.records_before:
        yield f"  {_count(summary.records_before, 'record')} of these had their outcomes from an earlier run"
    unjudged = summary.records_read - summary.records_before - records
    if unjudged:
        yield f"  {_count(unjudged, 'record')} of these not judged yet, so without an outcome"
    leading = (summary.leading_records, "alone or leading a group")
    decided = [(count, outcome) for outcome, count in summary.outcomes.items()]
    tested = (summary.test_events, _noun(summary.test_events, "test event"))
    width = max(len(f"{records:,}"), len(f"{entries:,}"))
    yield f"  {records:>{width},} {_noun(records, 'record')} = {_sum_of(leading, (summary.grouped_rows, 'further rows of a group'))}"
    yield f"  {entries:>{width},} {_noun(entries, 'entry')} = {_sum_of(leading, (summary.further_events, 'further events of a record'))}"
    yield f"  {entries:>{width},} {_noun(entries, 'entry')} = {_sum_of(*decided, tested)}"
    if summary.test_events:
        yield f"  {summary.test_events:>{width},} {tested[1]} = {_sum_of(*((count, outcome) for outcome, count in summary.test_outcomes.items()))}"


def _outbox_sums(summary: Summary) -> Iterator[str]:
    entries = summary.entries
    yield f"{summary.destination}: {_count(summary.records_read, 'event')} in the outbox"
    left = summary.records_read - entries
    if left:
        yield f"  {_count(left, 'event')} of these not come to yet"
    decided = [(count, outcome) for outcome, count in summary.outcomes.items()]
    tested = (summary.test_events, _noun(summary.test_events, "test event"))
    yield f"  {entries:,} {_noun(entries, 'event')} = {_sum_of(*decided, tested)}"
    if summary.test_events:
        yield f"  {summary.test_events:,} {tested[1]} = {_sum_of(*((count, outcome) for outcome, count in summary.test_outcomes.items()))}"


def _outcomes(summary: Summary, title: str, outcomes: Mapping[str, int]) -> Iterator[str]:
    shown = [(outcome, outcomes[outcome]) for outcome in Outcome if outcomes[outcome]]
    yield title
    if not shown:
        yield "  none" if summary.entries else "  none: there was nothing to account for"
    width = max((len(f"{count:,}") for _, count in shown), default=0)
    preview = any(row.code == PREVIEW for row in summary.codes)
    for outcome, count in shown:
        meaning = PREVIEW_MEANING if preview and outcome is Outcome.PENDING else OUTCOME_MEANINGS[outcome]
        yield f"  {outcome:<10} {count:>{width},}  {meaning}"


def code_lines(title: str, row: CodeCount | NoteCount) -> Iterator[str]:
    """How often, what it means, and what to do."""
    yield f"  {row.count:>7,} × {title}"
    yield from _words(row)


def _words(row: CodeCount | NoteCount | Behind) -> Iterator[str]:
    yield from _indented(row.meaning, "            ")
    if row.remedy != _NO_REMEDY:
        yield from _indented(row.remedy, "          → ")


def _unmapped(names: Sequence[UnmappedName]) -> Iterator[str]:
    for name in names[:_MOST_NAMES]:
        nearest = f"   nearest: {printable(name.nearest)}" if name.nearest else ""
        yield f'  {name.count:>7,} × "{name.event}"{nearest}'
    rest = names[_MOST_NAMES:]
    if rest:
        yield f"  {sum(name.count for name in rest):>7,} × {_count(len(rest), 'further name')}"


def _indented(text: str, first: str) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _sum_of(*parts: tuple[int, str]) -> str:
    return " + ".join(f"{count:,} {what}" for count, what in parts if count) or "0"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {_noun(count, noun)}"


def _noun(count: int, noun: str) -> str:
    if count == 1:
        return noun
    return f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
