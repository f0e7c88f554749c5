"""What a host keeps of its deliveries in the data folder: opened for one destination, by one sender at a time."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from plugin_spec import About
from tiktok_destination.delivery.outbox import Outbox, Scope, Tally, ending, scope_of
from tiktok_destination.store import Database, SenderLock

_CHANCE_BYTES: Final = 16
_DAY_S: Final = 86_400.0
_DIGEST_BYTES: Final = 16


@dataclass(frozen=True)
class Keeping:
    """One destination's books, at one receiver."""

    database: Database
    """For the run's own writing."""
    scope: Scope
    tally: Tally
    outbox: Outbox
    clock: Callable[[], float]


@contextmanager
def open_keeping(
    folder: Path,
    named: tuple[str, str],
    about: About,
    clock: Callable[[], float],
    *,
    retention_days: int,
) -> Iterator[Keeping]:
    """The books of a destination, by its name and its receiver, which nobody else sends for meanwhile.

    Raises StoreError, SenderLockedError, OSError.
    """
    name, receiver = named
    with ExitStack() as stack:
        stack.enter_context(SenderLock(folder, name))
        database = stack.enter_context(Database(folder, check=True))
        synced = stack.enter_context(Database(folder, synced=True))
        scope = scope_of(synced, name, receiver)
        synced.change(ending(scope.number, clock() - retention_days * _DAY_S))
        tally = Tally(scope.number, about.unknown_name_codes)
        outbox = Outbox(synced, scope, tally, clock, secrets.token_bytes(_CHANCE_BYTES))
        yield Keeping(database, scope, tally, outbox, clock)


def digest_of_file(path: Path) -> bytes:
    """What a file is known by, whatever it is called. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()[:_DIGEST_BYTES]  # in hardware on most processors


def digest_of_pipe() -> bytes:
    """Nothing that comes through a pipe is ever known again."""
    return secrets.token_bytes(_DIGEST_BYTES)
