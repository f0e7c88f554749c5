"""Reading beside whoever writes: nothing is made, nothing is locked, nothing is changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tiktok_destination.store.database import BUSY_S, FILE, Database


def open_to_read(folder: Path) -> Database | None:
    """The folder's database, to look at; None: nothing was ever kept there. Raises StoreError."""
    path = folder / FILE
    try:
        if not path.stat().st_size:
            return None
    except FileNotFoundError:
        return None
    if _is_being_made(path):
        return None
    return Database(folder, connect=_read_only)


def _is_being_made(path: Path) -> bool:
    """Whether whoever makes the database has not come to its tables yet."""
    try:
        with closing(_read_only(str(path))) as connection:
            return not connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error:  # what is wrong with it, the opening says
        return False


def _read_only(address: str) -> sqlite3.Connection:
    uri = f"{Path(address).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
