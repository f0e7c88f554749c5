"""Records for the figures: calls of the Segment spec, most of them good, some as inputs have them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from plugin_spec import Record


def purchase(position: int, event_id: str, seconds: int) -> Record:
    """An order at this Unix time."""
    body = {
        "type": "track",
        "event": "Order Completed",
        "messageId": event_id,
        "timestamp": seconds,
        "userId": f"user-{position}",
        "context": {"page": {"url": "https://shop.example/thanks"}},
        "properties": {"value": position % 500, "currency": "EUR"},
    }
    return Record(position, json.dumps(body).encode())


def mixed(rng: random.Random, count: int, now: float) -> Iterator[Record]:
    """Orders of the last day; about one in twenty is a copy of an earlier one, cannot be read, or has no known name."""
    earlier: list[bytes] = []
    for position in range(1, count + 1):
        record = purchase(position, f"e-{position}", int(now) - rng.randrange(1, 86_400))
        draw = rng.random()
        if draw < 0.02 and earlier:
            record = Record(position, rng.choice(earlier))
        elif draw < 0.035:
            record = Record(position, b'{"type": "track", "event": ')
        elif draw < 0.05:
            record = Record(position, record.body.replace(b"Order Completed", b"Aisle Swept"))
        earlier.append(record.body)
        if len(earlier) > 50:
            del earlier[0]
        yield record
