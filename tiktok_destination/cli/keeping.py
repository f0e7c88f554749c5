"""The data folder beside a configuration, for commands: its faults are lines for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from plugin_spec import ConfigError
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.credentials import data_folder
from tiktok_destination.delivery import DeliverySettings
from tiktok_destination.hosting.keeping import Keeping, open_keeping
from tiktok_destination.redaction import printable
from tiktok_destination.store import Database, SenderLockedError, StoreError, open_to_read


@contextmanager
def sending_books(
    loaded: Loaded, config: Path, environ: Mapping[str, str], clock: Callable[[], float]
) -> Iterator[Keeping]:
    """The books of a destination that is about to send. Raises CommandFailedError."""
    folder = data_folder(config.parent, environ)
    with (
        store_faults(folder),
        open_keeping(
            folder,
            (loaded.config.name, receiver_of(loaded, environ)),
            loaded.destination.about,
            clock,
            retention_days=DeliverySettings(**loaded.config.delivery).retention_days,
        ) as keeping,
    ):
        yield keeping


@contextmanager
def books_to_read(config: Path, environ: Mapping[str, str]) -> Iterator[Database | None]:
    """What is kept beside a configuration, to look at while others write; None: nothing is. Raises CommandFailedError."""
    folder = data_folder(config.parent, environ)
    with store_faults(folder):
        database = open_to_read(folder)
        if database is None:
            yield None
            return
        with database:
            yield database


@contextmanager
def store_faults(folder: Path) -> Iterator[None]:
    """What is wrong with the data folder ends the command. Raises CommandFailedError."""
    try:
        yield
    except (StoreError, SenderLockedError) as error:
        raise CommandFailedError([printable(str(error))]) from error
    except OSError as error:
        raise CommandFailedError(
            [
                printable(
                    f"{folder}: the data folder cannot be used ({type(error).__name__}). Give this user the right to"
                    " write it, or name another with TIKTOK_DESTINATION_DATA."
                )
            ]
        ) from error


def receiver_of(loaded: Loaded, environ: Mapping[str, str]) -> str:
    """Where calls go. Raises CommandFailedError."""
    try:
        return loaded.destination.receiver(environ)
    except ConfigError as error:
        raise CommandFailedError(loaded.config.locate(error.faults)) from error
