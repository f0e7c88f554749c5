"""Reads entries, in order, and never more than there is room for.

- An input that may block for as long as it likes (a pipe, a slow query) is read in a thread of its own.
- What waits for nothing but this machine (a file) is read by whoever takes the entries: to hand each from one thread to another
  costs a tenth of everything.
- What the input raises is carried over, and is known once everything before it has been taken.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final, Protocol

from plugin_spec import Prepared, Settled

_AT_ONCE: Final = 256
"""Entries read in the caller's own thread before it looks at something else."""


class Inlet(Protocol):
    """One iterable."""

    error: BaseException | None
    """What ended the input, if it did not end by itself."""

    def open(self) -> None:
        """Begin to read."""

    def close(self) -> None:
        """Read no further."""

    def take(self, most: int) -> list[Prepared | Settled]:
        """The next entries, in order, as many as are there; none, where one has to wait for them."""

    def is_empty(self) -> bool:
        """Nothing can be taken at this moment."""

    def has_ended(self) -> bool:
        """Nothing can be taken, and nothing will come."""


class DirectInlet:
    """Reads when it is asked to."""

    def __init__(self, entries: Iterable[Prepared | Settled]) -> None:
        self._entries = iter(entries)
        self._ended = False
        self.error: BaseException | None = None

    def open(self) -> None:
        """Nothing is read before it is taken."""

    def close(self) -> None:
        """Read no further."""
        self._ended = True

    def take(self, most: int) -> list[Prepared | Settled]:
        """Read the next entries."""
        taken: list[Prepared | Settled] = []
        most = 0 if self._ended else min(most, _AT_ONCE)
        try:
            for entry in islice(self._entries, most):
                taken.append(entry)  # noqa: PERF402 - what was read before a failure is kept
        except Exception as error:  # noqa: BLE001 (raised by the run, after what was read has its outcomes)
            self.error = error
        self._ended = self._ended or len(taken) < most
        return taken

    def is_empty(self) -> bool:
        """The input has ended."""
        return self._ended

    def has_ended(self) -> bool:
        """The input has ended."""
        return self._ended


class ThreadedInlet:
    """Reads ahead by a little, in a thread of its own.

    At most `capacity` entries wait here. `bell` rings when entries arrive and when the input ends.
    """

    def __init__(
        self, entries: Iterable[Prepared | Settled], *, capacity: int, bell: threading.Event
    ) -> None:
        self._entries = entries
        self._capacity = capacity
        self._bell = bell
        self._waiting: deque[Prepared | Settled] = deque()
        self._room = threading.Event()
        self._closed = False
        self._exhausted = False
        self.error: BaseException | None = None

    def open(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._read, name="delivery-inlet", daemon=True).start()

    def close(self) -> None:
        """Read no further. A thread that is blocked in the input ends with the process."""
        self._closed = True
        self._room.set()

    def take(self, most: int) -> list[Prepared | Settled]:
        """The entries that have arrived, in order; never waits."""
        waiting = self._waiting
        taken = [waiting.popleft() for _ in range(min(most, len(waiting)))]
        if taken and not self._room.is_set():
            self._room.set()
        return taken

    def is_empty(self) -> bool:
        """Nothing waits here at this moment."""
        return not self._waiting

    def has_ended(self) -> bool:
        """Nothing waits here, and nothing will come."""
        return self._exhausted and not self._waiting

    def _read(self) -> None:
        waiting, bell = self._waiting, self._bell
        try:
            for entry in self._entries:
                waiting.append(entry)
                if not bell.is_set():
                    bell.set()
                if len(waiting) >= self._capacity:
                    self._await_room()
                if self._closed:
                    return
        except BaseException as error:  # noqa: BLE001 (carried to the delivering thread, which raises it)
            self.error = error
        finally:
            self._exhausted = True
            bell.set()

    def _await_room(self) -> None:
        while len(self._waiting) >= self._capacity and not self._closed:
            self._room.clear()
            # Looked at again after the clearing, so that room made in between is not missed.
            if len(self._waiting) >= self._capacity and not self._closed:
                self._room.wait()
