"""How events, their origins and their outcomes lie in the store: msgpack, and for events a digest that is checked before use."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import msgspec

from plugin_spec import EntryOutcome, Note, OverlayValue, Prepared, Settled

KEY_BYTES: Final = 16
_KEY_OF_ITS_OWN: Final = b"event without a key"


class Origin(msgspec.Struct, frozen=True, array_like=True):
    """Where an entry comes from, in words that a host can show."""

    input: str
    """The name of the file, or what else brought the records."""
    record: int
    """The record's number in it, from 1; for grouped rows that of the first."""
    line: int | None = None
    """The line on which that record begins."""
    entry: int = 1
    """The entry within its record, from 1."""
    rows: tuple[int, ...] = ()
    """Grouped rows: the numbers of all records in the entry."""
    source: bytes | None = None
    """What the input is known by when it comes again; None: it never is."""


class KeptRecord(msgspec.Struct, frozen=True, array_like=True):
    """A record as the host got it, from which its entries can be made anew."""

    body: bytes
    """A JSON object."""
    overlay: dict[str, OverlayValue] | None = None
    fault: Note | None = None


_sha1: Final = hashlib.sha1
"""The quickest of the library's where the processor has instructions for it. It tells slips apart, and guards nothing."""
_encoder = msgspec.msgpack.Encoder()
_events = msgspec.msgpack.Decoder(Prepared)
_origins = msgspec.msgpack.Decoder(Origin)
_outcomes = msgspec.msgpack.Decoder(EntryOutcome)
_records = msgspec.msgpack.Decoder(tuple[KeptRecord, ...])


_UNREADABLE: Final = (msgspec.MsgspecError, TypeError, ValueError)


class DamagedError(Exception):
    """What lies in the store is not what was put there."""


def encoded(what: Prepared | Settled | Origin | EntryOutcome | Sequence[KeptRecord]) -> bytes:
    """As it is stored."""
    return _encoder.encode(what)


def digest_of(stored: bytes) -> bytes:
    """Sixteen bytes that tell whether a stored event is whole."""
    return hashlib.blake2b(stored, digest_size=16).digest()


def event_of(stored: bytes, digest: bytes) -> Prepared:
    """The event, byte for byte as it was accepted. Raises DamagedError."""
    if not isinstance(stored, bytes) or digest_of(stored) != digest:
        raise DamagedError
    try:
        return _events.decode(stored)
    except _UNREADABLE as error:
        raise DamagedError from error


def origin_of(stored: bytes) -> Origin:
    """Where an entry comes from; nobody knows, if what says so is damaged: the entry itself may be whole."""
    try:
        return _origins.decode(stored)
    except _UNREADABLE:
        return Origin("", 0)


def outcome_of(stored: bytes) -> EntryOutcome:
    """Raises DamagedError."""
    try:
        return _outcomes.decode(stored)
    except _UNREADABLE as error:
        raise DamagedError from error


def records_of(stored: bytes) -> tuple[KeptRecord, ...]:
    """Raises DamagedError."""
    try:
        return _records.decode(stored)
    except _UNREADABLE as error:
        raise DamagedError from error


def key_of(dedup_key: bytes) -> bytes:
    """What tells a key from all others, in 16 bytes."""
    if len(dedup_key) == KEY_BYTES:
        return dedup_key
    return hashlib.blake2b(dedup_key, digest_size=KEY_BYTES).digest()


def own_key(source: bytes, record: int, entry: int) -> bytes:
    """For an event without a key: its place in what it comes from, so that it is known again, and no other is."""
    place = f"{record}:{entry}".encode()
    return hashlib.blake2b(source + place, digest_size=KEY_BYTES, person=_KEY_OF_ITS_OWN[:16]).digest()


def body_digest(body: bytes) -> bytes:
    """Eight bytes that tell an event's copies from other events with its key."""
    return _sha1(body, usedforsecurity=False).digest()[:8]


def number_of(digest: bytes) -> int:
    """A body's digest as the store holds it: a signed number."""
    return int.from_bytes(digest, "big", signed=True)
