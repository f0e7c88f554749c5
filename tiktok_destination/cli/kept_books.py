"""What a destination's data folder holds, for commands that look and do not send: no folder and no file is made for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tiktok_destination.cli.keeping import books_to_read, receiver_of
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.delivery.outbox import Scope, scopes
from tiktok_destination.store import Database


@dataclass(frozen=True)
class KeptBooks:
    """One destination's books at one receiver, which others may be writing meanwhile."""

    database: Database
    scope: Scope


@contextmanager
def kept_books(loaded: Loaded, config: Path, environ: Mapping[str, str]) -> Iterator[KeptBooks | None]:
    """The books of a destination, to look at; None: nothing was ever written down for it. Raises CommandFailedError."""
    receiver = receiver_of(loaded, environ)
    with books_to_read(config, environ) as database:
        if database is None:
            yield None
            return
        known = [one for one in scopes(database, loaded.config.name) if one.receiver == receiver]
        yield KeptBooks(database, known[0]) if known else None
