"""Whether what is kept is whole: the structure, the digest of each event, and that everything belongs to somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tiktok_destination.delivery.outbox.stored import DamagedError, event_of
from tiktok_destination.store import Database, StoreError

_PAGE: Final = 500
_WITH_EVENTS: Final = ("events", "dead_letters")
_TABLES: Final = (
    "events",
    "dead_letters",
    "keys",
    "key_log",
    "uncertain",
    "flights",
    "inputs",
    "pending",
    "tally",
)
_OF_NO_SCOPE: Final = ("pending",)
_STRUCTURE_DAMAGED: Final = "store_damaged"


@dataclass(frozen=True)
class TableSoundness:
    """One table."""

    name: str
    rows: int
    damaged: int
    """Rows whose event is not what was put there."""
    of_nobody: int
    """Rows of a destination that the database does not know."""


@dataclass(frozen=True)
class Soundness:
    """What a check has found."""

    structure: bool
    """False: the structure is damaged, and nothing else was looked at."""
    tables: tuple[TableSoundness, ...] = ()

    @property
    def good(self) -> bool:
        return self.structure and not any(table.damaged or table.of_nobody for table in self.tables)


def soundness(database: Database) -> Soundness:
    """Look at all of it. Raises StoreError where it cannot be read for another reason than damage."""
    try:
        if database.value("PRAGMA integrity_check(1)") != "ok":
            return Soundness(structure=False)
        return Soundness(structure=True, tables=tuple(_table(database, name) for name in _TABLES))
    except StoreError as error:
        if error.code != _STRUCTURE_DAMAGED:
            raise
        return Soundness(structure=False)


def _table(database: Database, name: str) -> TableSoundness:
    of_nobody = (
        0
        if name in _OF_NO_SCOPE
        else database.value(f"SELECT COUNT(*) FROM {name} WHERE scope NOT IN (SELECT id FROM scopes)")  # noqa: S608 - a name of ours
    )
    return TableSoundness(
        name,
        database.value(f"SELECT COUNT(*) FROM {name}"),  # noqa: S608 - a name of ours
        _damaged(database, name) if name in _WITH_EVENTS else 0,
        of_nobody,
    )


def _damaged(database: Database, table: str) -> int:
    damaged, after = 0, 0
    while True:
        rows = database.rows(
            f"SELECT id, event, digest FROM {table} WHERE id > ? AND event IS NOT NULL ORDER BY id LIMIT {_PAGE}",  # noqa: S608 - a name of ours
            (after,),
        )
        for _, event, digest in rows:
            try:
                event_of(event, digest)
            except DamagedError:
                damaged += 1
        if len(rows) < _PAGE:
            return damaged
        after = rows[-1][0]
