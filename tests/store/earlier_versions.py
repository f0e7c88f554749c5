"""Databases as earlier versions of the program wrote them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tiktok_destination.store import FILE
from tiktok_destination.store.schema import APPLICATION_ID, MIGRATIONS

VALUES = {"INTEGER": 1, "REAL": 1.0, "TEXT": "text", "BLOB": bytes(16)}


def of_version(folder: Path, version: int) -> None:
    """A database of this version, with one row in each of its tables."""
    path = folder / FILE
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for migration in MIGRATIONS[:version]:
            for sql in migration:
                connection.execute(sql)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        for (name,) in names:
            if not name.startswith("sqlite_"):
                kinds = [kind for _, _, kind, *_ in connection.execute(f"PRAGMA table_info({name})")]
                marks = ", ".join("?" * len(kinds))
                connection.execute(f"INSERT INTO {name} VALUES ({marks})", [VALUES[kind] for kind in kinds])
    path.chmod(0o600)
