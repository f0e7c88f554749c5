"""`POST /open_api/v1.3/event/track/`: judges a request step by step and decides how it is answered.

The order is that of tiktok-api.md A.10; the first fault wins. An armed fault comes before everything else. What passes
as a request goes to `acceptance`, which judges and stores the events.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tiktok_destination.emulator import faults
from tiktok_destination.emulator.acceptance import Arrival, judge_events
from tiktok_destination.emulator.answers import JSON_TYPE, PLAIN_TYPE, Answer, Envelope, envelope_of
from tiktok_destination.emulator.field_rules import invalid
from tiktok_destination.emulator.tables import EVENT_SOURCES, LIMITS
from tiktok_destination.emulator.world import World

PATH = "/open_api/v1.3/event/track/"

# TikTok's own text, which does not mention crm although crm is accepted (tiktok-api.md C.5).
_BAD_SOURCE = invalid("event_source", "must be web, app or offline")
_BAD_SOURCE_ID = invalid("event_source_id", "not a valid string")
_BAD_TEST_CODE = invalid("test_event_code", "not a valid string")
_BAD_DATA = invalid("data", "not a valid list")
_BAD_COUNT = invalid("data", f"must hold 1 to {LIMITS.max_events} events")
_NOT_AN_OBJECT = "The request body must be a JSON object."
_NOT_JSON = "The request body is not valid JSON."
_NOT_JSON_TYPE = invalid("Content-Type", "must be application/json")

_NO_ANSWER = "no answer"
_GATEWAY = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


class Post(msgspec.Struct, frozen=True):
    """What came over the wire."""

    access_token: str
    content_type: str
    body: bytes


class _Unreadable(msgspec.Struct, frozen=True):
    """A body that is no JSON."""


def receive(world: World, post: Post) -> Answer:
    """Judge one request, store what is accepted, and say how it is answered."""
    parsed = _parse(post.body)
    with world.lock:
        if world.closed:
            return Answer(status=503, content_type=PLAIN_TYPE, body=b"503 the emulator is stopping")
        source_id = parsed.get("event_source_id") if isinstance(parsed, dict) else None
        fault = world.faults.take(PATH, source_id if isinstance(source_id, str) else None)
        counters = world.ledger.counters
        counters.requests += 1
        if fault is not None:
            counters.faults_by_kind[faults.kind_of(fault)] += 1
        match fault:
            case faults.ResetBeforeFault():
                counters.requests_by_code[_NO_ANSWER] += 1
                return Answer(hang_up=True)
            case faults.HttpFault(status=status):
                counters.requests_by_code[f"http {status}"] += 1
                return Answer(
                    status=status, content_type=PLAIN_TYPE, body=f"{status} {_GATEWAY[status]}".encode()
                )
        request_id = world.request_ids.next(world.clock.now())
        if isinstance(fault, faults.CodeFault):
            envelope = _fault_envelope(world, parsed, fault.code)
        else:
            partial = fault if isinstance(fault, faults.PartialFault) else None
            envelope = _judge(world, post, parsed, request_id, partial)
        _count(world, envelope, parsed, answered=not isinstance(fault, faults.ResetAfterFault))
    return _leave(envelope, request_id, fault)


def _parse(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (
        msgspec.DecodeError,
        ValueError,
        RecursionError,
    ):  # broken, beyond any number, or too deeply nested
        return _Unreadable()


def _fault_envelope(world: World, parsed: Any, code: int) -> Envelope:
    """The answer of a fault, its literal message filled from the request."""
    source_id = str(parsed.get("event_source_id", "unknown")) if isinstance(parsed, dict) else "unknown"
    return envelope_of(
        code,
        event_source_id=source_id,
        advertiser_id=world.access.advertiser_of(source_id) or "unknown",
        current=LIMITS.endpoint_quotas[PATH].per_second,
        limit=LIMITS.endpoint_quotas[PATH].per_second,
        field="data",
        reason="not acceptable",
    )


def _count(world: World, envelope: Envelope, parsed: Any, *, answered: bool) -> None:
    counters = world.ledger.counters
    counters.requests_by_code[str(envelope.code) if answered else _NO_ANSWER] += 1
    if envelope.code not in (0, 20001) and isinstance(parsed, dict) and isinstance(parsed.get("data"), list):
        counters.events_refused_by_code[str(envelope.code)] += len(parsed["data"])


def _leave(envelope: Envelope, request_id: str, fault: faults.AnyFault | None) -> Answer:
    """The way in which a judged request is answered."""
    body = envelope.encode(request_id)
    match fault:
        case faults.ResetAfterFault():
            return Answer(hang_up=True)
        case faults.TruncateFault():
            return Answer(body=body[: len(body) // 2], announced_length=len(body), request_id=request_id)
        case faults.NotJsonFault():
            return Answer(
                body=b"<!doctype html><title>Gateway</title><p>Something went wrong.",
                content_type="text/html",
            )
        case faults.DataNullFault():
            null = Envelope(envelope.code, envelope.message, None)
            return Answer(body=null.encode(request_id), request_id=request_id)
        case faults.DelayFault(seconds=seconds):
            return Answer(body=body, request_id=request_id, delay_s=seconds)
        case _:
            return Answer(body=body, request_id=request_id)


def _judge(
    world: World, post: Post, parsed: Any, request_id: str, partial: faults.PartialFault | None
) -> Envelope:
    """Steps 2 to 8, then the events."""
    now = world.clock.now()
    switches = world.switches
    token = world.access.token(post.access_token)
    if isinstance(token, Envelope):
        return token
    if switches.rate_limits:
        scopes = world.access.quotas(PATH, token)
        if not world.rate_limiter.admit(scopes, switches.rate_limit_scale, now):
            return envelope_of(40100)
    if refusal := _unreadable(post, parsed) or _unfit(parsed):
        return refusal
    arrival = Arrival(
        source=parsed["event_source"],
        event_source_id=parsed["event_source_id"],
        events=parsed["data"],
        test=bool(parsed.get("test_event_code")),
        request_id=request_id,
        now=now,
    )
    return world.access.refusal(
        token, arrival.source, arrival.event_source_id, deny_apps=switches.deny_app_events
    ) or judge_events(world, arrival, partial)


def _unreadable(post: Post, parsed: Any) -> Envelope | None:
    """Step 5."""
    if post.content_type.partition(";")[0].strip().lower() != JSON_TYPE:
        return Envelope(40002, _NOT_JSON_TYPE)
    if isinstance(parsed, _Unreadable):
        return Envelope(40000, _NOT_JSON)
    return None if isinstance(parsed, dict) else Envelope(40002, _NOT_AN_OBJECT)


def _unfit(parsed: dict[str, Any]) -> Envelope | None:
    """Steps 6 and 7: the members at the top level."""
    source = parsed.get("event_source")
    if not isinstance(source, str) or source not in EVENT_SOURCES:
        return Envelope(40002, _BAD_SOURCE)
    source_id = parsed.get("event_source_id")
    # A pixel code is text with letters, the other ids are digits; the wrong kind gets the same message (C.5).
    if not isinstance(source_id, str) or not source_id or source_id.isdecimal() == (source == "web"):
        return Envelope(40002, _BAD_SOURCE_ID)
    if not isinstance(parsed.get("test_event_code", ""), str):
        return Envelope(40002, _BAD_TEST_CODE)
    events = parsed.get("data")
    if not isinstance(events, list):
        return Envelope(40002, _BAD_DATA)
    return None if 1 <= len(events) <= LIMITS.max_events else Envelope(40002, _BAD_COUNT)
