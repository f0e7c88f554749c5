"""A dead letter as JSON: what may be known of it outside this program, and on demand what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from plugin_spec import Code, OverlayValue
from tiktok_destination.delivery.outbox import DeadLetter, KeptRecord
from tiktok_destination.hosting.intake import Place
from tiktok_destination.hosting.outcome_lines import OutcomeLine, outcome_line
from tiktok_destination.redaction import printable


class ReplayedAs(StrEnum):
    """What `replay` would do with a letter."""

    ANEW = "anew"
    """Map its record under the present configuration."""
    AS_IT_WAS = "as_it_was"
    """Send the event, byte for byte."""
    NOT = "not"
    """Nothing: neither an event nor a record is there."""


class RecordLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A kept record: people's data, shown on demand alone."""

    body: msgspec.Raw | str
    """JSON; the text where it is none."""
    overlay: dict[str, OverlayValue] | None = None


class LetterLine(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`event` and `records` are people's data, and are left out unless they are asked for."""

    number: int
    entered_at: float
    """Unix seconds."""
    input: str
    """The name of the file, or what else brought the records."""
    outcome: OutcomeLine
    may_have_arrived_since: float | None = None
    """Unix seconds at which the first attempt without a certain end began."""
    replay: ReplayedAs
    event: msgspec.Raw | None = None
    """The event itself."""
    records: tuple[RecordLine, ...] = ()


def letter_line(
    letter: DeadLetter, codes: Mapping[str, Code], *, event: bool = False, records: bool = False
) -> LetterLine:
    """`event`, `records`: with what the letter holds of them."""
    origin = letter.origin
    outcome = outcome_line(letter.outcome, Place(origin.record, origin.line or 0, origin.rows), codes)
    return LetterLine(
        number=letter.number,
        entered_at=letter.entered_at,
        input=printable(origin.input),
        outcome=outcome,
        may_have_arrived_since=letter.since,
        replay=_replayed_as(letter),
        event=msgspec.Raw(letter.event.body) if event and letter.event is not None else None,
        records=tuple(map(_record_line, letter.records)) if records else (),
    )


def _replayed_as(letter: DeadLetter) -> ReplayedAs:
    if letter.records:
        return ReplayedAs.ANEW
    return ReplayedAs.NOT if letter.event is None else ReplayedAs.AS_IT_WAS


def _record_line(record: KeptRecord) -> RecordLine:
    try:
        msgspec.json.decode(record.body)
    except msgspec.DecodeError:
        return RecordLine(body=record.body.decode("utf-8", "replace"), overlay=record.overlay)
    return RecordLine(body=msgspec.Raw(record.body), overlay=record.overlay)
