"""A progress bar on stderr where a person is watching; nothing at all in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tiktok_destination.formats import RecordFile


@contextmanager
def progress_on_terminal(source: RecordFile) -> Iterator[Callable[[int], None]]:
    """A function to be told how many records have been read."""
    if not sys.stderr.isatty():
        yield lambda records_read: None  # noqa: ARG005 - nobody is watching
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    with Progress(
        BarColumn(),
        TextColumn("{task.fields[records]:,} records read"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as progress:
        task = progress.add_task("", total=source.size_bytes, records=0)
        yield lambda records_read: progress.update(task, completed=source.bytes_read, records=records_read)
