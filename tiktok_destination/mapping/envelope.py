"""The request body around events, and the batch key that says which events may share one (tiktok-api A.2)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


def batch_key(event_source: str, source_id: str, test_event_code: str | None) -> str:
    """Events share a request when they share event source, event source id and test event code."""
    parts = (
        [event_source, source_id] if test_event_code is None else [event_source, source_id, test_event_code]
    )
    return msgspec.json.encode(parts).decode()


def envelope(key: str, bodies: Sequence[bytes]) -> bytes:
    """The body of a request that carries these events, byte for byte."""
    parts: list[str] = msgspec.json.decode(key, type=list[str])
    head = {"event_source": parts[0], "event_source_id": parts[1]}
    if len(parts) > 2:
        head["test_event_code"] = parts[2]
    opening, closing = msgspec.json.encode(head)[:-1] + b',"data":[', b"]}"
    if not bodies:
        return opening + closing
    # Joined in one go, so that a million bytes are copied once.
    events = [*bodies]
    events[0] = opening + events[0]
    events[-1] += closing
    return b",".join(events)
