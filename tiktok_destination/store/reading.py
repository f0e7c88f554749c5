"""Reading beside whoever writes: nothing is made, nothing is locked, nothing is changed."""

from __future__ import annotations

import sqlite3
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
    return Database(folder, connect=_read_only)


def _read_only(address: str) -> sqlite3.Connection:
    uri = f"{Path(address).absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
