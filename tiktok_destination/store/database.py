"""The database of a data folder: SQLite in WAL mode, written in short transactions, with a schema that has a version.

- A change is a list of statements that take effect together or not at all; nobody holds a transaction open meanwhile.
- `synced`: a change is on the disk when it returns, and survives a power cut. Otherwise it survives the end of the process
  by any means, and a power cut may take the latest changes, from the newest backwards, never one from the middle.
- Several connections, in this process and in others, may be open at once: readers see the last change that was whole.
- Every failure is a StoreError that says what, where, and what to do. No message holds a value.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol, Self

from tiktok_destination.store.schema import (
    APPLICATION_ID,
    MIGRATIONS,
    TABLES,
    VERSION,
    tables_of,
)

FILE: Final = "outbox.sqlite"
BUSY_S: Final = 30.0
"""How long a change waits for that of another process."""

_LOG_PAGES: Final = 16_000
"""Of 4 kB: so long the log beside the database gets (64 MB) before it is copied back; it goes when the database is closed."""

Row = tuple[Any, ...]
Statement = tuple[str, Iterable[Sequence[Any]] | None]
"""SQL, and the rows of parameters to run it with, in order; None: once, without parameters."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_FAILURES: Final = (sqlite3.Error, OSError, UnicodeError)
"""UnicodeError: a text in the file (a name of the schema, say) is none any more."""


class StoreError(Exception):
    """The store cannot be read or written: what, where, and what to do. `code` tells the kinds apart."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        """`store_full`, `store_damaged`, `store_busy`, `store_newer` or `store_failed`."""


class Connection(Protocol):
    """What is used of sqlite3.Connection: the seam at which a test lets the n-th operation fail."""

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> sqlite3.Cursor: ...
    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> sqlite3.Cursor: ...
    def close(self) -> None: ...


Connect = Callable[[str], Connection]


def connect(address: str) -> sqlite3.Connection:
    """SQLite's own connection, whose transactions are begun and ended by hand."""
    # One object here guards every use by a lock, so the module's own check for one thread is not needed.
    return sqlite3.connect(address, timeout=BUSY_S, isolation_level=None, check_same_thread=False)


class Database:
    """One connection. Every method may be called from any thread."""

    def __init__(
        self, folder: Path, *, synced: bool = False, check: bool = False, connect: Connect = connect
    ) -> None:
        """Open the folder's database, which is made if there is none. `check` looks through the whole structure first.

        Raises StoreError.
        """
        self.path = folder / FILE
        self._lock = threading.RLock()
        self._connection: Connection | None = None
        try:
            _make_private(folder, self.path)
            self._connection = connect(str(self.path))
            self._begin(synced=synced)
            self._migrate()
            if check:
                self._check()
        except _FAILURES as error:
            self.close()
            raise self._told(error) from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; again does no harm."""
        with self._lock:
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def change(
        self, statements: Iterable[Statement], *, insert: tuple[str, Sequence[Row]] | None = None
    ) -> list[int]:
        """Run all of them as one change, first the insertion of rows, whose numbers are returned.

        Raises StoreError, after which nothing of it has happened.
        """
        numbers: list[int] = []
        with self._lock:
            try:
                self._run("BEGIN IMMEDIATE")
                if insert is not None:
                    sql, rows_to_insert = insert
                    numbers += [self._open().execute(sql, row).lastrowid or 0 for row in rows_to_insert]
                for sql, rows in statements:
                    if rows is None:
                        self._run(sql)
                    else:
                        self._open().executemany(sql, rows)
                self._run("COMMIT")
            except _FAILURES as error:
                self._roll_back()
                raise self._told(error) from error
            except BaseException:
                self._roll_back()
                raise
        return numbers

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """What a query finds. Raises StoreError."""
        with self._lock:
            try:
                return self._open().execute(sql, parameters).fetchall()
            except _FAILURES as error:
                raise self._told(error) from error

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value that a query finds; None: it finds nothing. Raises StoreError."""
        found = self.rows(sql, parameters)
        return found[0][0] if found else None

    def _open(self) -> Connection:
        if self._connection is None:
            raise StoreError("store_failed", f"{self.path}: the outbox is closed.")
        return self._connection

    def _run(self, sql: str) -> None:
        self._open().execute(sql)

    def _begin(self, *, synced: bool) -> None:
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {'FULL' if synced else 'NORMAL'}",
            "cell_size_check = ON",
            "secure_delete = ON",  # what is deleted is overwritten: it is people's data
            "temp_store = FILE",
            "cache_size = -16384",
        ):
            self._run(f"PRAGMA {pragma}")
        if not synced:
            # A run files keys, which come in no order, so that a filing touches most pages of their table: the longer the
            # log, the more often a page in it was written again before it is copied back.
            self._run(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _migrate(self) -> None:
        version = self._pragma("user_version")
        if version == VERSION:
            return
        if version > VERSION or (version and self._pragma("application_id") != APPLICATION_ID):
            raise StoreError(
                "store_newer",
                f"{self.path}: this is version {version} of the outbox, and this program knows {VERSION}."
                " Use the newer program that wrote it.",
            )
        self._run("BEGIN IMMEDIATE")
        try:
            for at in range(self._pragma("user_version"), VERSION):  # another process may have been quicker
                for sql in MIGRATIONS[at]:
                    self._run(sql)
            self._run(f"PRAGMA application_id = {APPLICATION_ID}")
            self._run(f"PRAGMA user_version = {VERSION}")
            self._run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _check(self) -> None:
        connection = self._open()
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found[0] != "ok" or connection.execute(TABLES).fetchall() != tables_of():
            raise self._damaged()

    def _pragma(self, name: str) -> int:
        return int(self._open().execute(f"PRAGMA {name}").fetchone()[0])

    def _roll_back(self) -> None:
        try:
            self._run("ROLLBACK")
        except (sqlite3.Error, StoreError):  # nothing had begun, or SQLite has rolled back by itself
            return

    def _damaged(self) -> StoreError:
        return StoreError(
            "store_damaged",
            f"{self.path}: the outbox is damaged, and nothing is sent from it."
            " `tiktok-destination store salvage` saves what can be read.",
        )

    def _told(self, error: Exception) -> StoreError:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        # Without a code of SQLite's own: a text in the file is none, which Python finds.
        no_text = code is None and isinstance(error, sqlite3.OperationalError | UnicodeError)
        # Of statements that are always the same, an error of their own means that the tables are others.
        if primary in (*_DAMAGED, sqlite3.SQLITE_ERROR) or no_text:
            return self._damaged()
        if primary == sqlite3.SQLITE_FULL:
            return StoreError(
                "store_full",
                f"{self.path}: the disk is full, and the outbox cannot be written. Make room on it.",
            )
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreError(
                "store_busy",
                f"{self.path}: another process has kept the outbox for {BUSY_S:.0f} s. Wait for it, or end it.",
            )
        kind = getattr(error, "sqlite_errorname", type(error).__name__)
        return StoreError(
            "store_failed",
            f"{self.path}: the outbox cannot be read or written ({kind}). Check the folder, its disk and its rights,"
            " or name another folder with TIKTOK_DESTINATION_DATA.",
        )


def _make_private(folder: Path, path: Path) -> None:
    """The folder 0700 and the file 0600, whatever the umask says."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    if path.stat().st_mode & _OTHERS:
        raise StoreError(
            "store_failed",
            f"{path}: others may read the outbox, which holds people's data. Run: chmod 600 {path}",
        )
