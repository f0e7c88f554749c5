"""The way of every request to TikTok's part: an armed fault, the judge of its endpoint, the books, and how the answer leaves.

A fault comes before everything else. The judge works under the lock and gives an envelope; what its answer looks like
on the wire is decided here alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tiktok_destination.emulator import faults
from tiktok_destination.emulator.answers import PLAIN_TYPE, Answer, Envelope, envelope_of
from tiktok_destination.emulator.calls import Call, Incoming, read_payload
from tiktok_destination.emulator.seed import Token
from tiktok_destination.emulator.tables import LIMITS, REPORT_EVENTS, Endpoint
from tiktok_destination.emulator.world import World

Judge = Callable[[World, Incoming], Envelope]

_NO_ANSWER = "no answer"
_GATEWAY = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}


def receive(world: World, endpoint: Endpoint, judge: Judge, call: Call) -> Answer:
    """Judge one request, keep what it changes, and say how it is answered."""
    payload = read_payload(endpoint, call)
    with world.lock:
        if world.closed:
            return Answer(status=503, content_type=PLAIN_TYPE, body=b"503 the emulator is stopping")
        fault = world.faults.take(endpoint.path, _event_source_id(payload))
        counters = world.ledger.counters
        counters.requests += 1
        counters.requests_by_path[endpoint.path] += 1
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
        now = world.clock.now()
        request_id = world.request_ids.next(now)
        if isinstance(fault, faults.CodeFault):
            envelope = _fault_envelope(world, endpoint, payload, fault.code)
        else:
            incoming = Incoming(
                endpoint=endpoint,
                access_token=call.access_token,
                payload=payload,
                request_id=request_id,
                now=now,
                partial=fault if isinstance(fault, faults.PartialFault) else None,
            )
            envelope = judge(world, incoming)
        if endpoint.path == REPORT_EVENTS:
            _count_refused(world, envelope, payload)
        answered = not isinstance(fault, faults.ResetAfterFault)
        counters.requests_by_code[str(envelope.code) if answered else _NO_ANSWER] += 1
    return _leave(envelope, request_id, fault)


def bearer(world: World, incoming: Incoming) -> Token | Envelope:
    """The token of a request that may go on, or the refusal (A.10 steps 2 to 4)."""
    token = world.tokens.admitted(incoming.access_token)
    if isinstance(token, Envelope):
        return token
    return over_quota(world, incoming, token.app_id, token.token) or token


def over_quota(world: World, incoming: Incoming, app_id: str | None, token: str = "") -> Envelope | None:
    """The refusal of a request that goes beyond a quota; otherwise it is counted."""
    switches = world.switches
    if not switches.rate_limits:
        return None
    scopes = world.access.quotas(incoming.endpoint.path, app_id, token)
    if world.rate_limiter.admit(scopes, switches.rate_limit_scale, incoming.now):
        return None
    return envelope_of(40100)


def _event_source_id(payload: Any) -> str | None:
    source_id = payload.get("event_source_id") if isinstance(payload, dict) else None
    return source_id if isinstance(source_id, str) else None


def _fault_envelope(world: World, endpoint: Endpoint, payload: Any, code: int) -> Envelope:
    """The answer of a fault, its literal message filled from the request."""
    source_id = str(payload.get("event_source_id", "unknown")) if isinstance(payload, dict) else "unknown"
    quota = LIMITS.endpoint_quotas.get(endpoint.path, LIMITS.app_quotas["BASIC"])
    return envelope_of(
        code,
        event_source_id=source_id,
        advertiser_id=world.access.advertiser_of(source_id) or "unknown",
        current=quota.per_second,
        limit=quota.per_second,
        field="data",
        reason="not acceptable",
    )


def _count_refused(world: World, envelope: Envelope, payload: Any) -> None:
    events = payload.get("data") if isinstance(payload, dict) else None
    if envelope.code not in (0, 20001) and isinstance(events, list):
        world.ledger.counters.events_refused_by_code[str(envelope.code)] += len(events)


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
