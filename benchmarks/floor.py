"""The floor: what no mapping in Python can go below, each part as cheap as it can be had.

- decoding each record into exactly the type that the plan decodes into (a row of CSV: into the dict that a plan gets),
- SHA-256 of exactly the strings that the plan hashes, which are recorded while it runs,
- encoding the finished events, built before.

Nothing is decided here that could make it larger: the type and the strings are the plan's own, and each part runs in a
tight loop of its own. A plan that read or hashed more than it must would raise it, and itself by more.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

_HEX64 = re.compile(rb"[0-9a-f]{64}")
_CHUNK = 500


@contextmanager
def recorded_hashes() -> Iterator[list[str | bytes]]:
    """Everything that is hashed meanwhile. Before the plan's modules are imported, as they may keep the function."""
    if "tiktok_destination.mapping.hashing" in sys.modules:
        raise RuntimeError("too late to see what is hashed: the mapping has been imported")
    true_sha256 = hashlib.sha256
    recorded: list[str | bytes] = []

    def recording(data: bytes = b"", **options: Any) -> Any:
        try:
            recorded.append(bytes(data).decode())
        except UnicodeDecodeError:
            recorded.append(bytes(data))
        return true_sha256(data, **options)

    hashlib.sha256 = recording  # type: ignore[assignment]  # it stands in for it
    try:
        yield recorded
    finally:
        hashlib.sha256 = true_sha256


def check_all_seen(
    recorded: Iterable[str | bytes], sources: Iterable[bytes], bodies: Iterable[bytes]
) -> None:
    """Every digest in an event was recorded, or stood in a record. Raises RuntimeError."""
    known = {hashlib.sha256(_bytes(text)).hexdigest().encode() for text in recorded}
    given = {digest for source in sources for digest in _HEX64.findall(source.lower())}
    if any(digest not in known and digest not in given for body in bodies for digest in _HEX64.findall(body)):
        raise RuntimeError("the plan makes digests that the floor does not see")


def decode_seconds(lines: Sequence[bytes], record_type: Any, clock: Callable[[], float]) -> float:
    """Typed decoding; a line that the type refuses costs what the refusal costs."""
    decode = msgspec.json.Decoder(record_type).decode
    refused = (msgspec.MsgspecError, UnicodeDecodeError)
    began = clock()
    for line in lines:
        try:  # noqa: SIM105 - `suppress` costs a good part of the decoding
            decode(line)
        except refused:
            pass
    return clock() - began


def cells_seconds(text: str, clock: Callable[[], float]) -> float:
    """Rows of CSV as dicts, by the standard library's reader alone."""
    began = clock()
    reader = csv.reader(io.StringIO(text))
    header = next(reader)
    for cells in reader:
        dict(zip(header, cells, strict=True))
    return clock() - began


def hash_seconds(texts: Sequence[str | bytes], clock: Callable[[], float]) -> float:
    """A digest in hex of each; a text is encoded first."""
    sha256 = hashlib.sha256
    as_bytes = [text for text in texts if isinstance(text, bytes)]
    as_text = [text for text in texts if isinstance(text, str)]
    began = clock()
    for written in as_text:
        sha256(written.encode()).hexdigest()
    for raw in as_bytes:
        sha256(raw).hexdigest()
    return clock() - began


def encode_seconds(bodies: Sequence[bytes], clock: Callable[[], float]) -> float:
    """Each event as JSON; they are built a few hundred at a time, so that they are no colder than a mapper's own."""
    encode = msgspec.json.Encoder().encode
    seconds = 0.0
    for at in range(0, len(bodies), _CHUNK):
        events = [msgspec.json.decode(body) for body in bodies[at : at + _CHUNK]]
        began = clock()
        for event in events:
            encode(event)
        seconds += clock() - began
    return seconds


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


CLOCK = time.process_time
"""CPU of this process: what others do on the machine counts less."""
