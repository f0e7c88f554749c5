"""One sender at a time: a lock that the system releases when its process ends, by whatever means."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final, Self

SUFFIX: Final = ".sending.lock"
"""Other locks lie in the folder, too, and a destination may be called as one of them."""


def lock_path(folder: Path, destination: str) -> Path:
    """Where the lock of a destination is."""
    return folder / f"{destination}{SUFFIX}"


class SenderLockedError(Exception):
    """Another process is sending for this destination: who, and what to do."""


class SenderLock:
    """Held from the making to `close`."""

    def __init__(self, folder: Path, destination: str) -> None:
        """Raises SenderLockedError, and OSError where the folder cannot be written."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = lock_path(folder, destination)
        # The file stays: were it removed, two processes could hold locks on two files of one name.
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode("ascii", "replace")
            os.close(self._descriptor)
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise SenderLockedError(
                f"{destination}: {who} is sending for this destination already. Wait for it to end, or stop it."
            ) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, str(os.getpid()).encode(), 0)

    def close(self) -> None:
        """Let others send; again does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
