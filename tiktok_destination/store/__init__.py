"""One SQLite database for everything that must outlive a process: how it is opened, written and mended, not what is in it."""

from tiktok_destination.store.database import FILE, Database, Row, Statement, StoreError
from tiktok_destination.store.holder import sender_of
from tiktok_destination.store.lock import SenderLock, SenderLockedError
from tiktok_destination.store.reading import open_to_read
from tiktok_destination.store.salvage import Salvage, SavedTable, copies_beside, salvage

__all__ = [
    "FILE",
    "Database",
    "Row",
    "Salvage",
    "SavedTable",
    "SenderLock",
    "SenderLockedError",
    "Statement",
    "StoreError",
    "copies_beside",
    "open_to_read",
    "salvage",
    "sender_of",
]
