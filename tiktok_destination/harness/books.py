"""The books of a destination in the data folder, for the harness: opening them, and looking into them without.

Whoever has opened them is the only one that sends for the destination. Every fault is a NotKeptError with its code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from tiktok_destination.delivery.outbox import HandedInput, count_waiting, scopes, unfinished_inputs
from tiktok_destination.harness.codes import LOCKED, NOT_OPENED
from tiktok_destination.harness.route import NotOpenedError, Route
from tiktok_destination.hosting.keeping import Keeping, open_keeping
from tiktok_destination.redaction import printable
from tiktok_destination.store import SenderLockedError, StoreError, open_to_read

_FAILED: Final = "store_failed"


class NotKeptError(Exception):
    """Nothing can be kept at the moment, so nothing is accepted and nothing is sent. The text is for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class LeftBehind:
    """What the books hold from before."""

    events: int = 0
    """Events that wait."""
    inputs: tuple[HandedInput, ...] = ()
    """Those that were not accepted to their end, the latest first."""


def open_books(route: Route, clock: Callable[[], float]) -> tuple[Keeping, Callable[[], None]]:
    """The books, and what closes them. Raises NotKeptError."""
    with _faults(), ExitStack() as stack:
        keeping = stack.enter_context(
            open_keeping(
                route.folder,
                (route.name, route.receiver()),
                route.about,
                clock,
                retention_days=route.settings.retention_days,
            )
        )
        return keeping, stack.pop_all().close


def look_into(route: Route, most_inputs: int) -> LeftBehind:
    """What is in the books, which somebody else may hold. Raises NotKeptError."""
    with _faults():
        kept = open_to_read(route.folder)
        if kept is None:
            return LeftBehind()
        with kept as database:
            receiver = route.receiver()
            for scope in scopes(database, route.name):
                if scope.receiver == receiver:
                    inputs = unfinished_inputs(database, scope, most_inputs)
                    return LeftBehind(count_waiting(database, scope), tuple(inputs))
        return LeftBehind()


@contextmanager
def _faults() -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise NotKeptError(error.code, printable(str(error))) from error
    except SenderLockedError as error:
        raise NotKeptError(LOCKED, printable(str(error))) from error
    except NotOpenedError as error:
        raise NotKeptError(NOT_OPENED, str(error)) from error
    except OSError as error:
        text = f"The data folder cannot be used ({type(error).__name__}). Check its rights and its disk."
        raise NotKeptError(_FAILED, text) from error
