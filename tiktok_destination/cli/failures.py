"""How a command says that it cannot go on. Everything else that escapes a command is a defect."""

from __future__ import annotations

from collections.abc import Sequence


class CommandFailedError(Exception):
    """The configuration, the input or the surroundings cannot be used: lines for people, each with what to do."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("; ".join(lines))
