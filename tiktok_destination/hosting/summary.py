"""The summary of a run, as data: what `--json` prints, and what the text is made of. All counts, no values."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from plugin_spec import Code, Outcome
from tiktok_destination.hosting.accounting import Account


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """What stood in the way when a pending entry was given up on for this run."""

    code: str
    meaning: str
    remedy: str


class CodeCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a code stood beside an outcome."""

    outcome: str
    code: str
    count: int
    meaning: str
    remedy: str
    behind: Behind | None
    test: bool
    """Of test events."""


class NoteCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often a note was made."""

    code: str
    count: int
    meaning: str
    remedy: str


class UnmappedName(msgspec.Struct, frozen=True, kw_only=True):
    """An event name of the input that no rule maps."""

    event: str
    count: int
    nearest: str | None


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `records_read` = `records_before` + `records_accounted` unless the run was cut short."""

    destination: str
    enabled: bool
    test_mode: bool
    """Every event of this destination is a test event."""
    complete: bool
    """Every record that was to be read has been read and has its outcome."""
    records_read: int
    records_before: int
    """Of the records read, those whose entries had their outcomes from an earlier run that this one goes on with."""
    records_accounted: int
    leading_records: int
    grouped_rows: int
    entries: int
    further_events: int
    test_events: int
    last_record: int
    """The last record that has an outcome."""
    outcomes: dict[str, int]
    """Of what counts. With `test_outcomes` they add up to `entries`."""
    test_outcomes: dict[str, int]
    codes: list[CodeCount]
    notes: list[NoteCount]
    unmapped: list[UnmappedName]
    exit_code: int


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a run beside its counts."""

    destination: str
    enabled: bool = True
    test_mode: bool = False
    complete: bool
    records_read: int
    records_before: int = 0
    exit_code: int


def summarise(account: Account, codes: Mapping[str, Code], run: Run) -> Summary:
    """The summary of what has been counted so far."""
    return Summary(
        destination=run.destination,
        enabled=run.enabled,
        test_mode=run.test_mode,
        complete=run.complete,
        records_read=run.records_read,
        records_before=run.records_before,
        records_accounted=account.records,
        leading_records=account.leading_records,
        grouped_rows=account.grouped_rows,
        entries=account.entries,
        further_events=account.further_events,
        test_events=account.test_outcomes.total(),
        last_record=account.last_position,
        outcomes={outcome.value: account.outcomes[outcome] for outcome in Outcome},
        test_outcomes={outcome.value: account.test_outcomes[outcome] for outcome in Outcome},
        codes=code_counts(account, codes),
        notes=note_counts(account, codes),
        unmapped=unmapped_names(account),
        exit_code=run.exit_code,
    )


def code_counts(account: Account, codes: Mapping[str, Code]) -> list[CodeCount]:
    """The codes in the order of their outcomes, the most frequent first."""
    found = [(key, count) for key, count in account.codes.items() if count]
    return [
        CodeCount(
            outcome=key.outcome.value,
            code=key.code,
            count=count,
            behind=None if key.behind is None else Behind(code=key.behind, **words_of(codes, key.behind)),
            test=key.test,
            **words_of(codes, key.code),
        )
        for key, count in sorted(found, key=lambda item: (_ORDER[item[0].outcome], -item[1], item[0].code))
    ]


def note_counts(account: Account, codes: Mapping[str, Code]) -> list[NoteCount]:
    """The notes, the most frequent first."""
    found = [(code, count) for code, count in account.notes.items() if count]
    return [
        NoteCount(code=code, count=count, **words_of(codes, code))
        for code, count in sorted(found, key=lambda item: (-item[1], item[0]))
    ]


def unmapped_names(account: Account) -> list[UnmappedName]:
    """The names that no rule maps, the most frequent first."""
    return [
        UnmappedName(event=name, count=count, nearest=nearest)
        for (name, nearest), count in sorted(
            account.unmapped.items(), key=lambda item: (-item[1], item[0][0])
        )
    ]


_ORDER = {outcome: rank for rank, outcome in enumerate(Outcome)}


def words_of(codes: Mapping[str, Code], code: str) -> dict[str, str]:
    """A code's `meaning` and `remedy`; empty for one that nobody knows."""
    known = codes.get(code)
    return {"meaning": known.meaning if known else "", "remedy": known.remedy if known else ""}
