"""Ctrl-C and SIGTERM: before anything was read they end the wait for input; while sending, the first asks to finish what
is in flight, and the second leaves at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, NoReturn

from tiktok_destination.cli import exit_codes

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_FIRST: Final = b"\nFinishing the requests in flight; once more to leave at once.\n"
_SECOND: Final = b"\nLeft at once: the outcomes of the requests in flight are unknown.\n"


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that is set by the first signal. The handlers that were there before come back afterwards."""
    stop = threading.Event()
    asked = False

    def handle(number: int, frame: FrameType | None) -> None:
        del number, frame
        nonlocal asked
        if asked:
            os.write(2, _SECOND)
            os._exit(exit_codes.PENDING)
        asked = True
        os.write(2, _FIRST)
        # Not stop.set() here: this code runs inside whatever the main thread was doing, and if that was
        # stop.wait(), the event's own lock may be held by the very thread that would now wait for it.
        threading.Thread(target=stop.set).start()

    with _handling(handle):
        yield stop


@contextmanager
def end_on_signals() -> Iterator[None]:
    """A signal raises KeyboardInterrupt, so that it also ends a wait for input that may never come."""

    def handle(number: int, frame: FrameType | None) -> NoReturn:
        del number, frame
        raise KeyboardInterrupt

    with _handling(handle):
        yield


@contextmanager
def _handling(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
