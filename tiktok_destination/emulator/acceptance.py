"""Judges the events of one request and stores them: all of them, or none (tiktok-api.md A.10 steps 9 and 10, C.3).

Only under the switch `partial_success`, or a fault of kind `partial`, are some events stored and others not.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tiktok_destination.emulator.answers import Envelope, envelope_of
from tiktok_destination.emulator.event_checks import first_fault, unhashed_fields
from tiktok_destination.emulator.event_names import recorded_name
from tiktok_destination.emulator.faults import PartialFault
from tiktok_destination.emulator.field_rules import FIELD_RULES, FieldRules, invalid
from tiktok_destination.emulator.flags import flags_of
from tiktok_destination.emulator.ledger import Disposition, Entry, LedgerLine, canonical_json, digest
from tiktok_destination.emulator.tables import EventSource
from tiktok_destination.emulator.world import World

_PARTIAL = 20001
_NOT_JSON = "The request body is not valid JSON."
_EMPTY: tuple[Any, ...] = ("", [], [""])


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose token, rights and envelope are in order."""

    source: EventSource
    event_source_id: str
    events: list[Any]
    test: bool
    request_id: str
    now: float
    """Unix seconds on the emulator's clock."""


def judge_events(world: World, arrival: Arrival, partial: PartialFault | None) -> Envelope:
    """The verdict on the events. Stores what is accepted."""
    switches = world.switches
    rules = FIELD_RULES[arrival.source]
    keep_good_ones = switches.partial_success != "off"
    failed: dict[int, str] = {}
    unhashed = 0
    for index, event in enumerate(arrival.events):
        message = first_fault(event, rules, switches, arrival.now, world.poisoned)
        if message is not None and not keep_good_ones:
            return Envelope(40002, message)
        if message is None and switches.require_hashed and (message := _unhashed(event, rules)):
            unhashed += 1
        if message is not None:
            failed[index] = message
    if unhashed == len(arrival.events):
        return envelope_of(40000)
    if failed and (not keep_good_ones or len(failed) == len(arrival.events)):
        return Envelope(40002, next(iter(failed.values())))
    detail = switches.partial_success == "detail"
    if partial is not None:
        detail = partial.detail
        wanted = [index for index in range(len(arrival.events)) if partial.refuses(index)]
        failed |= {index: invalid("data", "not acceptable") for index in wanted if index not in failed}
    return _store(world, arrival, failed, detail=detail)


def _unhashed(event: dict[str, Any], rules: FieldRules) -> str | None:
    for name in unhashed_fields(event.get("user", {}), rules.must_be_hashed):
        return invalid(f"user.{name}", "not a SHA-256 digest")
    return None


def _store(world: World, arrival: Arrival, failed: dict[int, str], *, detail: bool) -> Envelope:
    try:
        bodies = [
            (index, canonical_json(event))
            for index, event in enumerate(arrival.events)
            if index not in failed
        ]
    except (RecursionError, ValueError):  # nested more deeply, or a longer number, than can be written again
        return Envelope(40000, _NOT_JSON)
    sequence = world.ledger.next_sequence
    world.ledger.store(
        [
            Entry(_line(world, arrival, sequence + offset, index, digest(body)), body)
            for offset, (index, body) in enumerate(bodies)
        ]
    )
    if not failed:
        return envelope_of(0)
    world.ledger.counters.events_refused_by_code[str(_PARTIAL)] += len(failed)
    data: dict[str, Any] = {}
    if detail:
        listed = [{"order_in_batch": index, "error": failed[index]} for index in sorted(failed)]
        data = {"partial_failure": True, "failed_events": listed}
    return Envelope(_PARTIAL, envelope_of(_PARTIAL).message, data)


def _line(world: World, arrival: Arrival, sequence: int, index: int, sha256: str) -> LedgerLine:
    event: dict[str, Any] = arrival.events[index]
    rules = FIELD_RULES[arrival.source]
    event_id = event.get("event_id")
    if not isinstance(event_id, str) or not event_id:
        event_id = None
    recorded = recorded_name(arrival.source, event["event"])
    match_keys = tuple(
        name
        for name, value in event.get("user", {}).items()
        if name in rules.match_keys and value not in _EMPTY
    )
    name = recorded if world.switches.dedup_name == "recorded" else event["event"]
    return LedgerLine(
        sequence=sequence,
        request_id=arrival.request_id,
        order_in_batch=index,
        arrived_at=arrival.now,
        event_source=arrival.source,
        event_source_id=arrival.event_source_id,
        event=event["event"],
        recorded_event=recorded,
        event_id=event_id,
        event_time=event["event_time"],
        test=arrival.test,
        disposition=_disposition(world, arrival, name, event_id),
        match_keys=match_keys,
        sha256=sha256,
        flags=flags_of(event, rules, match_keys, arrival.now),
    )


def _disposition(world: World, arrival: Arrival, name: str, event_id: str | None) -> Disposition:
    if arrival.test:
        return "test"
    # For app events no event id, hence no deduplication, is documented (A.3).
    if event_id is None or arrival.source == "app":
        return "counted"
    copy = world.deduplication.is_copy((arrival.event_source_id, name, event_id), arrival.now)
    return "duplicate" if copy else "counted"
