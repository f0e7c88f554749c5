"""Opens the INPUT of a command; an input that cannot be read ends the command, at the start or half way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader

from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.formats import InputError, RecordFile, open_records
from tiktok_destination.hosting.column_fit import misfit


@contextmanager
def open_input(source: str, loaded: Loaded) -> Iterator[RecordFile]:
    """The file, or standard input for `-`. Raises CommandFailedError for an InputError, also while it is read."""
    try:
        with open_records(source, _standard_input) as records:
            _check_columns(records, loaded)
            yield records
    except InputError as error:
        raise CommandFailedError([str(error)]) from error


def _check_columns(records: RecordFile, loaded: Loaded) -> None:
    if records.columns is None:
        return
    fault = misfit(records.columns, loaded.destination.field_rules(loaded.config.plugin))
    if fault is not None:
        raise InputError(records.name, *fault)


def _standard_input() -> BufferedReader:
    # A stream of its own over descriptor 0: an interrupted run leaves a thread reading it, and the interpreter, when
    # it ends, insists on the lock of sys.stdin and would wait for that thread.
    return open(0, "rb", closefd=False)  # the descriptor is not ours to close
