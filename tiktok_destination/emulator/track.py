"""`POST /open_api/v1.3/event/track/`: judges a request step by step.

The order is that of tiktok-api.md A.10; the first fault wins. What passes as a request goes to `acceptance`, which
judges and stores the events.
"""

from __future__ import annotations

from typing import Any

from tiktok_destination.emulator.acceptance import Arrival, judge_events
from tiktok_destination.emulator.answers import Envelope
from tiktok_destination.emulator.calls import Incoming
from tiktok_destination.emulator.field_rules import invalid
from tiktok_destination.emulator.gateway import bearer
from tiktok_destination.emulator.parameters import NOT_AN_OBJECT
from tiktok_destination.emulator.tables import EVENT_SOURCES, LIMITS
from tiktok_destination.emulator.world import World

# TikTok's own text, which does not mention crm although crm is accepted (tiktok-api.md C.5).
_BAD_SOURCE = invalid("event_source", "must be web, app or offline")
_BAD_SOURCE_ID = invalid("event_source_id", "not a valid string")
_BAD_TEST_CODE = invalid("test_event_code", "not a valid string")
_BAD_DATA = invalid("data", "not a valid list")
_BAD_COUNT = invalid("data", f"must hold 1 to {LIMITS.max_events} events")


def judge(world: World, incoming: Incoming) -> Envelope:
    """Steps 2 to 8, then the events."""
    token = bearer(world, incoming)
    if isinstance(token, Envelope):
        return token
    body = incoming.payload
    if isinstance(body, Envelope):
        return body
    if not isinstance(body, dict):
        return NOT_AN_OBJECT
    if refusal := _unfit(body):
        return refusal
    arrival = Arrival(
        source=body["event_source"],
        event_source_id=body["event_source_id"],
        events=body["data"],
        test=bool(body.get("test_event_code")),
        request_id=incoming.request_id,
        now=incoming.now,
    )
    return world.access.refusal(
        token, arrival.source, arrival.event_source_id, deny_apps=world.switches.deny_app_events
    ) or judge_events(world, arrival, incoming.partial)


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
