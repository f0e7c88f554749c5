"""How the deliveries of a destination stand: what a page shows and what its script polls. All counts, no values."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from plugin_spec import Code, EntryOutcome, Outcome
from tiktok_destination.harness.entries import EntryBook
from tiktok_destination.harness.inputs import InputSeen
from tiktok_destination.hosting.summary import (
    Behind,
    CodeCount,
    NoteCount,
    UnmappedName,
    code_counts,
    note_counts,
    unmapped_names,
)


class State(StrEnum):
    """What a destination does at the moment."""

    OPENING = "opening"
    """It is not known yet what waits in the outbox from before."""
    IDLE = "idle"
    SENDING = "sending"
    RETRYING = "retrying"
    """The receiver was not to be reached, or the books could not be opened or written; it is tried again in a while."""
    PAUSED = "paused"
    STOPPED = "stopped"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing is sent."""

    code: str
    meaning: str
    remedy: str
    path: str | None = None
    behind: Behind | None = None
    detail: str | None = None
    """More about it, for people."""

    @property
    def behind_code(self) -> str | None:
        return self.behind.code if self.behind else None

    @classmethod
    def of(cls, code: str, codes: Mapping[str, Code], *, detail: str | None = None) -> Reason:
        """The reason of this code, in its words."""
        known = codes.get(code)
        return cls(
            code=code,
            meaning=known.meaning if known else "",
            remedy=known.remedy if known else "",
            detail=detail,
        )

    @classmethod
    def of_pending(cls, outcome: EntryOutcome, codes: Mapping[str, Code]) -> Reason:
        """Why this entry is pending."""
        reason = cls.of(outcome.code or "", codes)
        behind = codes.get(outcome.reason or "")
        return msgspec.structs.replace(
            reason,
            path=outcome.path,
            behind=behind and Behind(code=behind.code, meaning=behind.meaning, remedy=behind.remedy),
        )


class EventCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often an event name came to an outcome."""

    event: str
    outcome: str
    code: str | None
    test: bool
    count: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One consistent whole: entries = outcomes + test outcomes, and pending ones = in line + set aside + held back."""

    destination: str
    state: State
    reasons: tuple[Reason, ...]
    """Why nothing is sent."""
    is_open: bool
    """The books are open, so that what comes in can be accepted."""
    withheld: Reason | None
    """Why inputs wait, though what is accepted may be sent."""
    retry_in_s: float | None
    leading_records: int
    grouped_rows: int
    further_events: int
    entries: int
    outcomes: dict[str, int]
    """Of what counts."""
    test_outcomes: dict[str, int]
    """Of test events, counted apart."""
    in_line: int
    """Pending entries that are sent without a further word."""
    set_aside: int
    """Pending entries that may have arrived: a person decides."""
    held_back: int
    """Pending entries that would count, and wait as the configuration is in test mode."""
    further: int
    """Events that wait in the outbox besides, and become entries as others are sent."""
    events: tuple[EventCount, ...]
    codes: tuple[CodeCount, ...]
    notes: tuple[NoteCount, ...]
    unmapped: tuple[UnmappedName, ...]
    is_full: bool
    """So many events are in line that inputs wait unread."""
    inputs: tuple[InputSeen, ...]
    """The newest first."""


def standing(  # noqa: PLR0913 - what its owner knows beside the book
    book: EntryBook,
    codes: Mapping[str, Code],
    *,
    name: str,
    state: State,
    reasons: tuple[Reason, ...],
    is_open: bool,
    withheld: Reason | None,
    retry_in_s: float | None,
    in_line: int,
    set_aside: int,
    held_back: int,
    further: int,
    is_full: bool,
    inputs: tuple[InputSeen, ...],
) -> Standing:
    """How it stands now."""
    account = book.account
    events = [(key, count) for key, count in book.by_event.items() if count]
    return Standing(
        destination=name,
        state=state,
        reasons=reasons,
        is_open=is_open,
        withheld=withheld,
        retry_in_s=retry_in_s,
        leading_records=account.leading_records,
        grouped_rows=account.grouped_rows,
        further_events=account.further_events,
        entries=account.entries,
        outcomes={outcome.value: account.outcomes[outcome] for outcome in Outcome},
        test_outcomes={outcome.value: account.test_outcomes[outcome] for outcome in Outcome},
        in_line=in_line,
        set_aside=set_aside,
        held_back=held_back,
        further=further,
        is_full=is_full,
        events=tuple(
            EventCount(event=key.event, outcome=key.outcome.value, code=key.code, test=key.test, count=count)
            for key, count in sorted(events, key=lambda item: (item[0].event, -item[1], item[0].outcome))
        ),
        codes=tuple(code_counts(account, codes)),
        notes=tuple(note_counts(account, codes)),
        unmapped=tuple(unmapped_names(account)),
        inputs=inputs,
    )
