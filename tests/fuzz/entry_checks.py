"""What must hold of entries, whatever the records were. Each check names its breach."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from plugin_spec import Identifier, Note, Outcome, Plan, Prepared, Record, Settled
from tests.fuzz.values import CANARY
from tiktok_destination.mapping.compiling.compiled_plan import CompiledPlan
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan

Entry = Prepared | Settled

_OUTCOMES = frozenset({Outcome.REJECTED, Outcome.EXPIRED, Outcome.FILTERED, Outcome.SUPPRESSED})
"""What can be said of an entry without sending it."""


class BreachError(AssertionError):
    """Something that was promised does not hold."""


def expect(holds: object, promise: str) -> None:
    """Raise BreachError unless `holds`."""
    if not holds:
        raise BreachError(promise)


def check_engines(plan: Plan, records: Sequence[Record], now: float, entries: Sequence[Entry]) -> None:
    """Compiled code gives what the interpreter gives."""
    if isinstance(plan, CompiledPlan):
        interpreted = InterpretedPlan(plan.rulebook).prepare(iter(records), now)
        for entry, truth in zip_longest(entries, interpreted):
            expect(entry == truth, "compiled code gives what the interpreter gives")


def check_cover(records: Sequence[Record], entries: Sequence[Entry]) -> None:
    """Positions rise, ordinals count from 1, and every record is covered by one run of entries."""
    covered: list[int] = []
    last: Entry | None = None
    for entry in entries:
        expect(isinstance(entry, Prepared | Settled), "an entry is Prepared or Settled")
        if last is not None and entry.position == last.position:
            expect(entry.ordinal == last.ordinal + 1, "ordinals count from 1 within a record")
            expect(entry.rows == last.rows, "entries of one record name the same rows")
        else:
            expect(entry.ordinal == 1, "ordinals begin at 1")
            covered += entry.rows or (entry.position,)
            expect(not entry.rows or entry.rows[0] == entry.position, "a group stands at its first row")
        last = entry
    expect(covered == [record.position for record in records], "every record is covered once, in order")


def check_entry(entry: Entry, now: float, codes: Collection[str]) -> None:
    """Types, codes, and nothing of the record where codes and paths stand."""
    told = [(note.code, note.path) for note in entry.notes]
    expect(all(isinstance(note, Note) for note in entry.notes), "notes are notes")
    expect(isinstance(entry.event_name, str | None), "the event's name is a text")
    expect(isinstance(entry.event_id, str | None), "the event's id is a text")
    if isinstance(entry, Settled):
        expect(entry.outcome in _OUTCOMES, f"{entry.outcome!r} is decided without sending")
        told.append((entry.code, entry.path))
        expect(CANARY not in entry.reason, "a reason holds nothing of the record")
    else:
        expect(type(entry.body) is bytes and entry.event_name, "an event has a name and a body")
        expect(isinstance(entry.batch_key, str), "a batch key is a text")
        expect(isinstance(entry.dedup_key, bytes | None), "a key of deduplication is bytes")
        expect(math.isfinite(entry.not_after) and entry.not_after >= now, "an event is still in its window")
        expect(type(entry.test) is bool, "test is a flag")
    for code, path in told:
        expect(code in codes, f"the code {code!r} has no row")
        expect(path is None or CANARY not in path, "a path holds nothing of the record")
    try:
        msgspec.json.encode(entry)
    except (UnicodeEncodeError, OverflowError, TypeError) as error:
        raise BreachError("an entry can be written as JSON") from error


def check_body(entry: Prepared) -> Mapping[str, Any]:
    """The body is strict JSON without empty members; the event."""
    try:
        entry.body.decode("utf-8")  # the decoder does not look into keys
        event = msgspec.json.decode(entry.body)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise BreachError("a body is JSON in UTF-8") from error
    expect(isinstance(event, dict), "a body is an object")
    empty = _empty_member(event, "")
    expect(empty is None, f"a body has no empty member, but {empty}")
    expect(event.get("event") == entry.event_name, "the body names the entry's event")
    if entry.repeatable:  # by its id the receiver recognises a copy
        expect(event.get("event_id") == entry.event_id, "the body holds the entry's id")
    else:
        expect("event_id" not in event, "a body holds no id where the receiver takes none")
    return event


def check_wire(entry: Prepared, wire: Draft202012Validator) -> None:
    """The body keeps the wire schema; judged on what the standard library reads, not the library that wrote it."""
    event = json.loads(entry.body.decode("utf-8"), parse_constant=_no_constant)
    faults = [f"{error.json_path} ({error.validator})" for error in wire.iter_errors(event)]
    expect(not faults, f"a body keeps the wire schema: {faults}")


def check_envelopes(plan: Plan, prepared: Iterable[Prepared]) -> None:
    """The envelope of each batch is JSON and holds the bodies as they are."""
    batches: dict[str, list[bytes]] = {}
    for entry in prepared:
        batches.setdefault(entry.batch_key, []).append(entry.body)
    for key, bodies in batches.items():
        envelope = plan.envelope(key, bodies)
        expect(b",".join(bodies) in envelope, "an envelope holds its bodies byte for byte")
        expect(isinstance(msgspec.json.decode(envelope), dict), "an envelope is an object")


def check_explained(
    plan: Plan, records: Sequence[Record], now: float, entries: Sequence[Entry], *, frames: int
) -> None:
    """Explaining tells the entries of preparing, and a story for each that can be shown; called from `frames` deeper."""
    stories = _called_deeper(frames, lambda: list(plan.explain(iter(records), now)))
    expect([story.entry for story in stories] == list(entries), "explain gives the entries of prepare")
    for story in stories:
        expect(story.event_rule and isinstance(story.event_rule, str), "a story says which rule led to it")
        expect(story.notes == story.entry.notes, "a story bears the entry's notes")
        try:
            msgspec.json.encode(story.fields)
        except (UnicodeEncodeError, OverflowError, TypeError) as error:
            raise BreachError("a story can be written as JSON") from error


def check_identified(plan: Plan, record: Record, event: Mapping[str, Any] | None) -> None:
    """Identifiers are texts, and where the event has the same field, they are what it holds."""
    held: dict[str, list[str]] = {}
    for identifier in plan.identify(record):
        expect(isinstance(identifier, Identifier), "identify gives identifiers")
        expect(
            identifier.kind and identifier.value and isinstance(identifier.value, str),
            "an identifier is a text",
        )
        identifier.value.encode()
        held.setdefault(identifier.kind, []).append(identifier.value)
    for name, value in (event or {}).get("user", {}).items():
        kind = f"user.{name}"
        sent = value if isinstance(value, list) else [value]
        expect(kind not in held or held[kind] == sent, f"identify gives {kind} as it is sent")


def tally(records: int, entries: Iterable[Entry]) -> Counter[str]:
    """What happened, to be added up."""
    counted = Counter(records=records)
    for entry in entries:
        settled = isinstance(entry, Settled)
        counted[f"entry {entry.outcome.value if settled else 'prepared'}"] += 1
        if settled:
            counted[f"code {entry.code}"] += 1
        for note in entry.notes:
            counted[f"code {note.code}"] += 1
    return counted


def _called_deeper(frames: int, call: Callable[[], Any]) -> Any:
    return call() if frames == 0 else _called_deeper(frames - 1, call)


def _empty_member(value: Any, path: str) -> str | None:
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        if member is None or member in ("", [], {}):
            return f"{path}.{key} is {member!r}"
        if isinstance(member, dict | list) and (found := _empty_member(member, f"{path}.{key}")):
            return found
    return None


def _no_constant(name: str) -> None:
    raise BreachError(f"a body holds no {name}")
