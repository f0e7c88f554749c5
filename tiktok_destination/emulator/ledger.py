"""The ledger: one line for every event of a request that was stored, and counters for everything that arrived.

A line names fields and gives the digest of the event's bytes, never what the event holds, except its name, id and
time. Sequence numbers rise by one and are never used again, not even after a reset. The file is appended and flushed
once for each request; memory keeps the latest lines together with the events themselves, for the page only.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from tiktok_destination.emulator.tables import EventSource

KEPT_IN_MEMORY = 20_000

Disposition = Literal["counted", "duplicate", "test"]
DISPOSITIONS: tuple[Disposition, ...] = ("counted", "duplicate", "test")


class LedgerLine(msgspec.Struct, frozen=True, gc=False):
    """One event that was stored."""

    sequence: int
    request_id: str
    order_in_batch: int
    """Its place in `data`, from 0."""
    arrived_at: float
    """Unix seconds on the emulator's clock."""
    event_source: EventSource
    event_source_id: str
    event: str
    """The name as it was given."""
    recorded_event: str
    """The name under which it counts."""
    event_id: str | None
    event_time: int
    test: bool
    disposition: Disposition
    match_keys: tuple[str, ...]
    """The names of the identifiers present, no values."""
    sha256: str
    """Of the event as canonical JSON: sorted keys, no spaces, UTF-8."""
    flags: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A ledger line and the event it stands for, as canonical JSON."""

    line: LedgerLine
    body: bytes


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_json(event: Any) -> bytes:
    """Equal bytes for equal events: sorted keys, no spaces, UTF-8."""
    try:
        return msgspec.json.encode(event, order="sorted")
    except OverflowError:  # an integer beyond 64 bits
        return _canonical.encode(event).encode("utf-8")


def digest(body: bytes) -> str:
    return sha256(body).hexdigest()


class Counters(msgspec.Struct):
    """How often what happened since the start or the last reset. Codes are text, as keys of JSON are."""

    requests: int = 0
    requests_by_code: Counter[str] = msgspec.field(default_factory=Counter)
    """By the code of the answer; `http 404` and the like for answers without one, `no answer` for a closed socket."""
    requests_by_path: Counter[str] = msgspec.field(default_factory=Counter)
    requests_stored: int = 0
    events_refused_by_code: Counter[str] = msgspec.field(default_factory=Counter)
    events_by_disposition: Counter[str] = msgspec.field(default_factory=Counter)
    events_by_source: Counter[str] = msgspec.field(default_factory=Counter)
    events_by_name: Counter[str] = msgspec.field(default_factory=Counter)
    """By recorded name, counted events only: what a report would show."""
    flags: Counter[str] = msgspec.field(default_factory=Counter)
    faults_by_kind: Counter[str] = msgspec.field(default_factory=Counter)


class Ledger:
    """The lines in memory and in the file. Its owner's lock guards it."""

    def __init__(self, path: Path | None, kept: int = KEPT_IN_MEMORY) -> None:
        """Raises OSError if `path` cannot be written."""
        self._file = path.open("ab") if path is not None else None
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._encoder = msgspec.json.Encoder()
        self.next_sequence = 1
        self.counters = Counters()

    def store(self, entries: Sequence[Entry]) -> None:
        """Append the events of one request, whose sequence numbers follow `next_sequence`."""
        if self._file is not None:
            self._file.write(b"".join(self._encoder.encode(entry.line) + b"\n" for entry in entries))
            self._file.flush()
        self._entries.extend(entries)
        self.next_sequence += len(entries)
        counters = self.counters
        counters.requests_stored += 1
        lines = [entry.line for entry in entries]
        counted = [line for line in lines if line.disposition == "counted"]
        counters.events_by_disposition.update(line.disposition for line in lines)
        counters.events_by_source.update(line.event_source for line in counted)
        counters.events_by_name.update(line.recorded_event for line in counted)
        counters.flags.update(flag for line in lines for flag in line.flags)

    def after(self, sequence: int, limit: int) -> list[LedgerLine]:
        """The oldest `limit` lines in memory beyond `sequence`, in order."""
        if not self._entries:
            return []
        start = max(0, sequence + 1 - self._entries[0].line.sequence)
        stop = min(len(self._entries), start + limit)
        return [self._entries[index].line for index in range(start, stop)]

    def latest(self) -> Iterator[Entry]:
        """What is in memory, newest first."""
        return iter(list(reversed(self._entries)))

    def find(self, sequence: int) -> Entry | None:
        """The event with this sequence number, if it is still in memory."""
        if not self._entries:
            return None
        index = sequence - self._entries[0].line.sequence
        return self._entries[index] if 0 <= index < len(self._entries) else None

    def reset(self) -> None:
        """Forget lines and counters. The file keeps what it has."""
        self._entries.clear()
        self.counters = Counters()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
