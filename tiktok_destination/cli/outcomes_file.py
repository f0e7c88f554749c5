"""The file of outcomes: one line of JSON for each entry, in input order, flushed portion by portion.

A failure to write is kept and reported at the end; it never loses the count of what was sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.hosting.outcome_lines import OutcomeLine
from tiktok_destination.redaction import printable

_BLOCK_BYTES: Final = 64 * 1024


class OutcomesFile:
    """Write-only; refuses to take the place of a file that is being read, or of one that the command prints to."""

    def __init__(self, path: Path, *, never: Iterable[Path], append: bool = False) -> None:
        """`append`: after what an earlier run wrote, without a line that it did not finish."""
        self._name = printable(str(path))
        self.failure: str | None = None
        """Why the file is not complete; None while it is."""
        if any(_same_file(path, other) for other in never):
            raise CommandFailedError(
                [f"{self._name}: this file is read by the same command. Write the outcomes to another file."]
            )
        stream = _printed_to(path)
        if stream is not None:
            raise CommandFailedError(
                [
                    f"{self._name}: {stream} goes there already, and each would overwrite the other. Name another file."
                ]
            )
        try:
            self._file = path.open("ab") if append else path.open("wb")
            if append:
                self._file.truncate(_whole_lines(path))
        except (OSError, ValueError) as error:
            raise CommandFailedError([self._problem(error)]) from error
        self._encode = msgspec.json.Encoder().encode_lines

    def write(self, lines: Sequence[OutcomeLine]) -> bool:
        """Append these and flush. False when the file cannot take them, now or earlier."""
        if self.failure is not None:
            return False
        try:
            self._file.write(self._encode(lines))
            self._file.flush()
        except OSError as error:
            self.failure = self._problem(error)
            return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as failure:
            self.failure = self.failure or self._problem(failure)

    def _problem(self, error: Exception) -> str:
        cause = (
            os.strerror(error.errno) if isinstance(error, OSError) and error.errno else type(error).__name__
        )
        return f"{self._name}: the outcomes cannot be written ({cause}). Choose a place with room that may be written."


def _whole_lines(path: Path) -> int:
    """How many bytes the file's finished lines are."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(end - _BLOCK_BYTES, 0)
            file.seek(start)
            at = file.read(end - start).rfind(b"\n")
            if at >= 0:
                return start + at + 1
            end = start
    return 0


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def _printed_to(path: Path) -> str | None:
    """Which of the command's own streams goes to this file."""
    try:
        status = path.stat()
        if os.path.samestat(status, Path(os.devnull).stat()):
            return None  # nothing is overwritten where nothing is kept
    except (OSError, ValueError):
        return None
    for descriptor, stream in ((1, "standard output"), (2, "standard error")):
        try:
            if os.path.samestat(status, os.fstat(descriptor)):
                return stream
        except OSError:  # it is closed
            continue
    return None
