"""The story of an entry, in words for a page: what came of it, by which rule, and where each field is from.

It holds what is sent and never what was read; texts pass through `redaction`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from plugin_spec import Code, EntryOutcome, Explanation, FieldTrace, Outcome, Plan, Prepared, Record, Settled
from tiktok_destination.harness.entries import Story
from tiktok_destination.hosting.codes import OUTCOME_MEANINGS, PREVIEW, PREVIEW_MEANING
from tiktok_destination.hosting.judging import judged
from tiktok_destination.redaction import printable, shown_id, shown_name, shown_path, shown_rule


@dataclass(frozen=True)
class CodeTold:
    """A code, where it stands, and its words."""

    code: str
    path: str | None
    meaning: str
    remedy: str


@dataclass(frozen=True)
class FieldTold:
    """One field of the event."""

    target: str
    sent: str | None
    """The value as it is sent; None: left out."""
    source: str | None
    steps: tuple[str, ...]
    why: str | None
    tried: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeTold:
    """What became of an entry, or would."""

    outcome: str
    meaning: str
    event: str | None
    event_id: str | None
    code: CodeTold | None
    behind: CodeTold | None
    suggestion: str | None
    notes: tuple[CodeTold, ...]
    attempts: int
    request_id: str | None
    test: bool


@dataclass(frozen=True)
class Told:
    """One entry's story."""

    told: OutcomeTold
    event_rule: str
    sent: tuple[FieldTold, ...]
    empty: tuple[FieldTold, ...]
    request: str | None
    """The request body in which the event, alone, would travel, with line breaks."""
    records: tuple[int, ...]
    """The positions of its records."""


def outcome_told(entry: EntryOutcome, codes: Mapping[str, Code]) -> OutcomeTold:
    """What may be shown of an outcome, with the words of its codes."""
    preview = entry.code == PREVIEW
    behind = entry.reason if entry.outcome is Outcome.PENDING and entry.reason in codes else None
    return OutcomeTold(
        outcome="would be sent" if preview else entry.outcome.value,
        meaning=PREVIEW_MEANING if preview else OUTCOME_MEANINGS[entry.outcome],
        event=None if entry.event_name is None else shown_name(entry.event_name),
        event_id=None if entry.event_id is None else shown_id(entry.event_id),
        code=None if entry.code is None or preview else _code(entry.code, entry.path, codes),
        behind=None if behind is None else _code(behind, None, codes),
        suggestion=entry.suggestion,
        notes=tuple(_code(note.code, note.path, codes) for note in entry.notes),
        attempts=entry.attempts,
        request_id=entry.request_id,
        test=entry.test,
    )


def stories(plan: Plan, records: Iterable[Record], now: float, codes: Mapping[str, Code]) -> Iterator[Told]:
    """The stories of all entries of these records, each judged after those before it."""
    latest: list[Explanation] = []

    def entries() -> Iterator[Prepared | Settled]:
        for explanation in plan.explain(records, now):
            latest[:] = [explanation]
            yield explanation.entry

    for outcome, _ in judged(entries()):
        yield _told(plan, latest[0], outcome, codes)


def story_again(
    story: Story, outcome: EntryOutcome, judged_at: float, codes: Mapping[str, Code]
) -> Told | None:
    """The story of an entry that is known, told as it was judged; None: it cannot be told any more."""
    for explanation in story.plan.explain(story.records, judged_at):
        entry = explanation.entry
        if (entry.position, entry.ordinal) == (outcome.position, outcome.ordinal):
            return _told(story.plan, explanation, outcome, codes)
    return None


def _told(plan: Plan, explanation: Explanation, outcome: EntryOutcome, codes: Mapping[str, Code]) -> Told:
    entry = explanation.entry
    fields = [_field(one, codes) for one in explanation.fields]
    return Told(
        told=outcome_told(outcome, codes),
        event_rule=shown_rule(explanation.event_rule, entry.event_name),
        sent=tuple(one for one in fields if one.sent is not None),
        empty=tuple(one for one in fields if one.sent is None),
        request=_request(plan, entry),
        records=entry.rows or (entry.position,),
    )


def _request(plan: Plan, entry: Prepared | Settled) -> str | None:
    if isinstance(entry, Settled):
        return None
    return msgspec.json.format(plan.envelope(entry.batch_key, [entry.body]), indent=2).decode()


def _field(trace: FieldTrace, codes: Mapping[str, Code]) -> FieldTold:
    return FieldTold(
        target=trace.target,
        sent=None if trace.sent is None else printable(_text(trace.sent)),
        source=None if trace.source is None else printable(trace.source),
        steps=trace.steps,
        why=_why(trace.reason, codes),
        tried=tuple(printable(path) for path in trace.tried),
    )


def _why(reason: str | None, codes: Mapping[str, Code]) -> str | None:
    if reason is None:
        return None
    known = codes.get(reason)
    return known.meaning if known else reason.replace("_", " ")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _code(code: str, path: str | None, codes: Mapping[str, Code]) -> CodeTold:
    known = codes.get(code)
    remedy = known.remedy if known and known.remedy != "Nothing." else ""
    return CodeTold(code, shown_path(path), known.meaning if known else "", remedy)
