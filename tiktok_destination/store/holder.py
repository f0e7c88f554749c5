"""Whether somebody is sending: asked without taking the sender's lock from anybody."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from tiktok_destination.store.lock import lock_path


def sender_of(folder: Path, destination: str) -> int | None:
    """The process that is sending for this destination; None: no process is. Raises OSError."""
    try:
        descriptor = os.open(lock_path(folder, destination), os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        text = os.read(descriptor, 20).decode("ascii", "replace")
        # The lock itself is tried only where the process that took it last is alive: a try that succeeds would, for an
        # instant, stand in the way of a sender that starts.
        if text.isdigit() and _is_alive(int(text)) and _is_held(descriptor):
            return int(text)
        return None
    finally:
        os.close(descriptor)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _is_held(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
