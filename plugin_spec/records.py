"""What a host gives (`Record`), what a plan makes of it (`Prepared` or `Settled`), what the host keeps (`EntryOutcome`).

All are frozen. Codes and field paths in them may be shown and logged; a record's values never stand in them, except
in `Prepared.body`, which is the event itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from plugin_spec.outcomes import Outcome


class Note(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something that was left out of, or corrected in, an event. `code` is one of `About.codes`."""

    code: str
    path: str | None = None
    """The event's field, e.g. `user.phone`."""


class OverlayValue(msgspec.Struct, frozen=True):
    """A value that a host adds to a record, and where it has it from (`click store`, `identity`)."""

    value: Any
    origin: str


class Record(msgspec.Struct, frozen=True):
    """One record of the host: a JSON object as bytes, or a mapping that the plan reads and never changes."""

    position: int
    """From 1, rising by one with each record of an input."""
    body: bytes | Mapping[str, Any]
    overlay: Mapping[str, OverlayValue] | None = None
    """Event field path → value. Fills gaps, never replaces; kept with the record so that a replay is the same."""
    fault: Note | None = None
    """Set when the host could not read this record at all. The plan settles it as rejected, in its place and order, and
    carries the host's code over."""


class Prepared(msgspec.Struct, frozen=True):
    """One event, ready to send."""

    position: int
    ordinal: int
    event_name: str
    event_id: str | None
    batch_key: str
    """Only events of one batch key may share a request. Opaque to the host."""
    dedup_key: bytes | None
    """Equal for two copies of one event, by which the host keeps from sending the second. None: copies cannot be told."""
    not_after: float
    """Unix seconds: after this moment the event has expired and is not sent. A receiver without such a limit: a time
    that never comes, such as the year 9999."""
    body: bytes
    """The wire event. These bytes are stored, and these bytes are sent, every time."""
    notes: tuple[Note, ...] = ()
    rows: tuple[int, ...] = ()
    """Grouped rows: the positions of all records in this entry, the first included; empty for a single record."""
    test: bool = False
    """A test event: counted apart, never part of deduplication."""
    repeatable: bool = True
    """False: the receiver recognises no copies, so an attempt without a certain end is not repeated by itself. So it is
    also without a `dedup_key`."""


class Settled(msgspec.Struct, frozen=True):
    """An entry whose outcome needed no sending: rejected, expired, filtered or suppressed."""

    position: int
    ordinal: int
    outcome: Outcome
    code: str
    path: str | None = None
    reason: str = ""
    event_name: str | None = None
    """The event's name, or the record's own where no event came of it."""
    event_id: str | None = None
    suggestion: str | None = None
    """What the operator may have meant, e.g. the nearest standard event name."""
    notes: tuple[Note, ...] = ()
    rows: tuple[int, ...] = ()
    test: bool = False
    """Of a test event, or of a record that would have become one: counted apart."""


class EntryOutcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry's outcome, as a host keeps and shows it."""

    position: int
    """The record, from 1; for grouped rows the first of them."""
    ordinal: int
    """The entry within its record, from 1."""
    outcome: Outcome
    code: str | None = None
    path: str | None = None
    reason: str | None = None
    """A sentence about the code; for a pending entry the code of what stands behind it, if that is another one."""
    event_name: str | None = None
    event_id: str | None = None
    suggestion: str | None = None
    rows: tuple[int, ...] = ()
    notes: tuple[Note, ...] = ()
    test: bool = False
    attempts: int = 0
    """How many requests carried this event."""
    request_id: str | None = None
    """The receiver's id of the request that decided."""
