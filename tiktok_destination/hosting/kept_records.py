"""Records as they are kept beside dead letters, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from plugin_spec import Record
from tiktok_destination.delivery.outbox import KeptRecord


def kept(record: Record) -> KeptRecord:
    """As it is kept: a record that was no JSON to begin with (a row) as the JSON object that the plan saw."""
    body = record.body if isinstance(record.body, bytes) else msgspec.json.encode(record.body)
    return KeptRecord(body, dict(record.overlay) if record.overlay else None, record.fault)


def restored(records: Iterable[KeptRecord], first: int = 1) -> Iterator[Record]:
    """Records again, numbered from `first`."""
    for position, record in enumerate(records, first):
        yield Record(position, record.body, record.overlay, record.fault)
