"""The event id: the record's own, or one derived from what the event says; and the key of deduplication."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder(order="sorted")


def derive(source_id: str, canonical: str, event: Mapping[str, Any]) -> str:
    """32 hex digits that stay the same while the event stays the same: for a record that brings no id.

    Over event source id, canonical name, event time, user, page address, order id, content ids and value, and a CRM
    event's lead, so that a cosmetic change of the mapping keeps the id.
    """
    properties = event.get("properties", {})
    parts: list[Any] = [
        source_id,
        canonical,
        event["event_time"],
        event.get("user", {}),
        event.get("page", {}).get("url"),
        properties.get("order_id"),
        properties.get("content_ids"),
        properties.get("value"),
    ]
    if "lead" in event:
        parts.append(event["lead"].get("lead_id"))
    return hashlib.sha256(_encoder.encode(parts)).hexdigest()[:32]


def derive_of_order(source_id: str, canonical: str, order_id: str) -> str:
    """As `derive`, for grouped rows that are one event by their order id alone: parts of one order that stand apart get
    one id, so that the order counts once.
    """
    return hashlib.sha256(_encoder.encode([source_id, canonical, "order", order_id])).hexdigest()[:32]


def dedup_key(source_id: str, canonical: str, event_id: str) -> bytes:
    """16 bytes, equal for two copies of one event (TikTok's key: event source id + event + event_id, D.1)."""
    return hashlib.sha256(f"{source_id}\x1f{canonical}\x1f{event_id}".encode()).digest()[:16]
