"""What a destination's data folder holds, for commands that look and do not send: no folder and no file is made for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiktok_destination.cli.keeping import receiver_of, store_faults
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.credentials import data_folder
from tiktok_destination.delivery.outbox import Scope, scopes
from tiktok_destination.store import FILE, Database


@dataclass(frozen=True)
class KeptBooks:
    """One destination's books at one receiver, which others may be writing meanwhile."""

    database: Database
    scope: Scope


@contextmanager
def kept_books(loaded: Loaded, config: Path, environ: Mapping[str, str]) -> Iterator[KeptBooks | None]:
    """The books of a destination; None: nothing was ever written down for it. Raises CommandFailedError."""
    folder = data_folder(config.parent, environ)
    receiver = receiver_of(loaded, environ)
    with store_faults(folder):
        if not (folder / FILE).exists():
            yield None
            return
        with Database(folder, synced=True) as database:
            known = [one for one in scopes(database, loaded.config.name) if one.receiver == receiver]
            yield KeptBooks(database, known[0]) if known else None
