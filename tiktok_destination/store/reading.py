"""Reading beside whoever writes: nothing is made, nothing is locked, nothing is changed.

But for a database of an earlier version: it is brought to this one first, as by whoever would write.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tiktok_destination.store.database import BUSY_S, FILE, Database
from tiktok_destination.store.schema import VERSION


def open_to_read(folder: Path) -> Database | None:
    """The folder's database, to look at; None: nothing was ever kept there. Raises StoreError."""
    path = folder / FILE
    try:
        if not path.stat().st_size:
            return None
    except FileNotFoundError:
        return None
    version = _version(path)
    if version == 0:  # whoever makes it has not come to its tables yet
        return None
    if version is not None and version < VERSION:
        Database(folder).close()
    return Database(folder, connect=_read_only)


def _version(path: Path) -> int | None:
    """None: it cannot be read, and the opening says what is wrong with it."""
    try:
        with closing(_read_only(str(path))) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error as error:
        # Only before its first change has a database of ours a journal that could be rolled back: later it has a log.
        is_being_made = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_ROLLBACK
        return 0 if is_being_made else None


def _read_only(address: str) -> sqlite3.Connection:
    uri = f"{Path(address).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
