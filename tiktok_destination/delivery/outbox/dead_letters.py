"""Dead letters: what was rejected, refused or has expired, kept so that somebody can look, mend, and send it again.

- A refused or expired event is kept with its bytes. A rejected entry has none: it can be sent again from its record, where
  the configuration keeps records, or by sending the input again.
- An entry of a file that is sent again, and comes to nothing again, leaves one dead letter and not two.
- They end by themselves after `retention_days`, and when somebody purges them. Test events leave none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from plugin_spec import EntryOutcome, Outcome, Prepared
from tiktok_destination.delivery.outbox.stored import (
    DamagedError,
    KeptRecord,
    Origin,
    digest_of,
    encoded,
    event_of,
    origin_of,
    outcome_of,
    records_of,
)
from tiktok_destination.store import Database, Row, Statement

KINDS: Final = (Outcome.REJECTED, Outcome.REFUSED, Outcome.EXPIRED)

_PAGE: Final = 500
_COLUMNS: Final = (
    "scope, entered_at, outcome, kind, code, name, not_after, since, event, digest, origin, record"
)
_EARLIER: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS earlier_letters (place INTEGER, entry INTEGER, code TEXT, id INTEGER,"
    " PRIMARY KEY (place, entry, code, id)) WITHOUT ROWID"
)
_REPLACE: Final = (
    "DELETE FROM dead_letters WHERE since IS NULL AND (record IS NULL OR ?) AND id IN"
    " (SELECT id FROM temp.earlier_letters WHERE place = ? AND entry = ? AND code = ?)"
)


@dataclass(frozen=True)
class DeadLetter:
    """One entry that came to nothing."""

    number: int
    scope: int
    entered_at: float
    """Unix seconds."""
    outcome: EntryOutcome
    origin: Origin
    since: float | None
    """It may have arrived all the same: Unix seconds at which the first such attempt began."""
    event: Prepared | None
    """None: it never became one."""
    records: tuple[KeptRecord, ...]
    """Empty where records are not kept."""


@dataclass(frozen=True)
class Selection:
    """Which dead letters are meant; what is None selects nothing out."""

    numbers: tuple[int, ...] = ()
    kind: Outcome | None = None
    code: str | None = None
    event: str | None = None
    """The event's name."""
    since: float | None = None
    """Entered at this moment or later, in Unix seconds."""
    until: float | None = None
    """Entered before this moment, in Unix seconds."""

    def condition(self, scopes: Sequence[int]) -> tuple[str, list[object]]:
        """SQL, and its parameters."""
        parts = [f"scope IN ({_marks(scopes)})"]
        parameters: list[object] = [*scopes]
        if self.numbers:
            parts.append(f"id IN ({_marks(self.numbers)})")
            parameters += self.numbers
        for column, value in (("kind", self.kind), ("code", self.code), ("name", self.event)):
            if value is not None:
                parts.append(f"{column} = ?")
                parameters.append(str(value))
        if self.since is not None:
            parts.append("entered_at >= ?")
            parameters.append(self.since)
        if self.until is not None:
            parts.append("entered_at < ?")
            parameters.append(self.until)
        return " AND ".join(parts), parameters


@dataclass(frozen=True)
class Letter:
    """What enters."""

    outcome: EntryOutcome
    origin: Origin
    since: float | None = None
    event: Prepared | None = None
    records: tuple[KeptRecord, ...] = ()


def is_dead(outcome: EntryOutcome) -> bool:
    """Whether an entry with this outcome leaves a dead letter."""
    return outcome.outcome in KINDS and not outcome.test


def entering(scope: int, letters: Sequence[Letter], now: float) -> Statement:
    """What makes them dead letters."""
    return (
        f"INSERT INTO dead_letters ({_COLUMNS}) VALUES ({_marks(range(12))})",  # noqa: S608 - names of columns
        [_row(scope, letter, now) for letter in letters],
    )


def look_up_earlier(database: Database, scope: int, source: bytes) -> None:
    """Look up once, for `replacing`, which letters an input has left before. Raises StoreError."""
    database.change([(_EARLIER, None), ("DELETE FROM temp.earlier_letters", None)])
    after = 0
    while True:
        rows = database.rows(
            # By the number, in whose order they lie: the index of the scope would have them sorted for every page.
            f"SELECT id, code, origin FROM dead_letters NOT INDEXED WHERE scope = ? AND id > ? AND instr(origin, ?) ORDER BY id LIMIT {_PAGE}",  # noqa: S608 - a number
            (scope, after, source),
        )
        places = [(origin_of(origin), code, number) for number, code, origin in rows]
        known = [(origin.record, origin.entry, code, number) for origin, code, number in places]
        database.change([("INSERT INTO temp.earlier_letters VALUES (?, ?, ?, ?)", known)])
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def replacing(letters: Sequence[Letter]) -> Statement:
    """What deletes earlier letters of the same entries and codes, but for those that say more than these do."""
    return _REPLACE, [
        (bool(one.records), one.origin.record, one.origin.entry, one.outcome.code or "") for one in letters
    ]


def dead_letters(database: Database, scopes: Sequence[int], selection: Selection) -> Iterator[DeadLetter]:
    """Those selected, in the order in which they entered. Raises StoreError."""
    condition, parameters = selection.condition(scopes)
    after = 0
    while True:
        rows = database.rows(
            f"SELECT id, {_COLUMNS} FROM dead_letters NOT INDEXED WHERE {condition} AND id > ? ORDER BY id LIMIT {_PAGE}",  # noqa: S608 - marks and names
            (*parameters, after),
        )
        yield from map(_restored, rows)
        if len(rows) < _PAGE:
            return
        after = rows[-1][0]


def count_dead_letters(
    database: Database, scopes: Sequence[int], selection: Selection
) -> list[tuple[Outcome, str, int]]:
    """(kind, code, how many) of those selected, most first. Raises StoreError."""
    condition, parameters = selection.condition(scopes)
    rows = database.rows(
        f"SELECT kind, code, COUNT(*) FROM dead_letters WHERE {condition} GROUP BY kind, code ORDER BY 3 DESC, 1, 2",  # noqa: S608 - as above
        parameters,
    )
    return [(Outcome(kind), code, count) for kind, code, count in rows]


def latest_dead_letters(
    database: Database, scopes: Sequence[int], selection: Selection, most: int
) -> list[DeadLetter]:
    """Of those selected the ones that entered last, the latest first. Raises StoreError."""
    condition, parameters = selection.condition(scopes)
    rows = database.rows(
        f"SELECT id, {_COLUMNS} FROM dead_letters WHERE {condition} ORDER BY id DESC LIMIT ?",  # noqa: S608 - as above
        (*parameters, most),
    )
    return list(map(_restored, rows))


def together(database: Database, scope: int, selection: Selection) -> list[tuple[int, ...]]:
    """The numbers of those selected: one by one, or, where records are kept, all that came of the same records.

    Records are made anew as a whole, and so their letters go together, whether each of them is selected or not.
    Raises StoreError.
    """
    condition, parameters = selection.condition([scope])
    chosen = {row[0] for row in database.rows(f"SELECT id FROM dead_letters WHERE {condition}", parameters)}  # noqa: S608 - as above
    records = f"SELECT record FROM dead_letters WHERE {condition}"  # noqa: S608 - as above
    alike = database.rows(
        f"SELECT id FROM dead_letters WHERE scope = ? AND record IN ({records})",  # noqa: S608 - as above
        (scope, *parameters),
    )
    numbers = sorted(chosen.union(number for (number,) in alike))
    units: dict[object, list[int]] = {}
    for at in range(0, len(numbers), _PAGE):
        some = numbers[at : at + _PAGE]
        rows = database.rows(
            f"SELECT id, origin, record FROM dead_letters WHERE id IN ({_marks(some)}) ORDER BY id",  # noqa: S608 - as above
            some,
        )
        for number, origin, record in rows:
            units.setdefault(_source(number, origin, record), []).append(number)
    return [tuple(unit) for unit in units.values() if not chosen.isdisjoint(unit)]


def purging(scopes: Sequence[int], selection: Selection) -> Statement:
    """What deletes those selected."""
    condition, parameters = selection.condition(scopes)
    return f"DELETE FROM dead_letters WHERE {condition}", [parameters]  # noqa: S608 - as above


def _row(scope: int, letter: Letter, now: float) -> Row:
    outcome = letter.outcome
    event = None if letter.event is None else encoded(letter.event)
    return (
        scope,
        now,
        encoded(outcome),
        outcome.outcome.value,
        outcome.code or "",
        outcome.event_name,
        None if letter.event is None else letter.event.not_after,
        letter.since,
        event,
        None if event is None else digest_of(event),
        encoded(letter.origin),
        encoded(letter.records) if letter.records else None,
    )


def _source(number: int, origin: bytes, record: bytes | None) -> object:
    """Equal for letters that came of the same records."""
    if record is None:
        return number
    try:
        whole = origin_of(origin)
    except DamagedError:
        return number
    return whole.input, whole.record, digest_of(record)


def _restored(row: Row) -> DeadLetter:
    number, scope, entered_at, outcome, kind, code, name, _, since, event, digest, origin, records = row
    try:
        told = outcome_of(outcome)
    except DamagedError:
        told = EntryOutcome(0, 1, Outcome(kind), code=code, event_name=name)
    try:
        whole_event = None if event is None else event_of(event, digest)
    except DamagedError:
        whole_event = None
    try:
        whole_records = () if records is None else records_of(records)
    except DamagedError:
        whole_records = ()
    return DeadLetter(number, scope, entered_at, told, origin_of(origin), since, whole_event, whole_records)


def _marks(of: Sequence[object]) -> str:
    return ", ".join("?" * len(of))
