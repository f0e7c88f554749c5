"""Joins both books of a run: the receiver's ledger and the sender's outcomes. Each breach is a sentence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugin_spec import EntryOutcome, Outcome, Prepared
from tiktok_destination.emulator.ledger import canonical_json, digest

_SHOWN = 3
"""Ids in one sentence."""


@dataclass(frozen=True)
class Arrived:
    """One event in the receiver's book."""

    event_id: str
    counted: bool
    """False: the receiver knew it for a copy, and did not count it again."""
    digest: str | None = None
    """Of the event as canonical JSON, where the receiver tells it."""


def of_ledger(lines: Iterable[Mapping[str, Any]]) -> list[Arrived]:
    """The emulator's lines, test events aside."""
    return [
        Arrived(line["event_id"], line["disposition"] == "counted", line["sha256"])
        for line in lines
        if line["disposition"] != "test"
    ]


def digests_of(entries: Iterable[Any]) -> dict[str, str]:
    """Event id → the digest of what is to be sent; of copies the first. Does not hold the entries."""
    found: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, Prepared) and entry.event_id is not None:
            found.setdefault(entry.event_id, digest(canonical_json(json.loads(entry.body))))
    return found


def breaches(
    sent: Mapping[str, str],
    outcomes: Sequence[EntryOutcome],
    arrived: Sequence[Arrived],
    *,
    may_be_missing: Iterable[Outcome] = (),
) -> Iterator[str]:
    """What does not hold between the events that were to be sent, their outcomes, and what arrived.

    `sent`: event id → digest. An event that has one of the outcomes `may_be_missing` need not have arrived.
    """
    delivered = Counter(
        outcome.event_id for outcome in outcomes if outcome.outcome is Outcome.DELIVERED and outcome.event_id
    )
    counted = Counter(one.event_id for one in arrived if one.counted)
    excused = {outcome.event_id for outcome in outcomes if outcome.outcome in set(may_be_missing)}
    yield from _told("lost", (one for one in sent if one not in counted and one not in excused))
    yield from _told("counted more than once", (one for one, often in counted.items() if often > 1))
    yield from _told(
        "called delivered more than once", (one for one, often in delivered.items() if often > 1)
    )
    yield from _told("called delivered and never accepted", (one for one in delivered if one not in counted))
    yield from _told(
        "counted and not called delivered",
        (one for one in counted if one not in delivered and one not in excused),
    )
    yield from _told("received and never sent", (one for one in counted if one not in sent))
    yield from _told(
        "received in other bytes than were sent",
        (one.event_id for one in arrived if one.digest not in (None, sent.get(one.event_id))),
    )


def _told(what: str, ids: Iterable[str]) -> Iterator[str]:
    found = list(ids)
    if found:
        yield f"{len(found)} {what}: {', '.join(found[:_SHOWN])}{', …' if len(found) > _SHOWN else ''}"
