"""Reads entries in a thread of its own, because the input may block for as long as it likes (a pipe, a slow query).

- Order is kept; at most `capacity` entries wait here.
- What the input raises is carried over, and is known once everything before it has been taken.
- `bell` rings when entries arrive and when the input ends.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from plugin_spec import Prepared, Settled


class Inlet:
    """One iterable, read ahead by a little."""

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
        """What ended the input, if it did not end by itself."""

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
