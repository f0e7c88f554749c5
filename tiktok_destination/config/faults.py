"""Faults with a place in a file, and the one way in which they are written: `file:line:column: key.path: what. Do what.`

Invariants: a line is one line (control characters are replaced); a key that looks like a personal datum or a token is
withheld wherever a path is shown; no value stands in a fault unless the schema says that it is an id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath, show_path

if TYPE_CHECKING:
    from tiktok_destination.config.document import Document

WITHHELD = "(withheld)"

_MOST_KEY_CHARACTERS = 60
_UNLIKE_A_KEY = re.compile(
    r"@"  # an e-mail address
    r"|[0-9]{7}"  # a telephone number, an account
    r"|\A(?=[^.\s_-]*[0-9])[^.\s_-]{20,}\Z"  # one long unbroken word with digits: a token, a digest
)


@dataclass(frozen=True)
class LocatedFault(ConfigFault):
    """A fault that knows its place. Lines and columns count from 1; 0 where the fault is the file itself."""

    line: int = 0
    column: int = 0


def showable(path: ConfigPath) -> ConfigPath:
    """The path as it may stand in a message: unlikely and unprintable keys replaced."""
    return tuple(step if isinstance(step, int) else _showable_key(step) for step in path)


def locate(fault: ConfigFault, document: Document | None) -> LocatedFault:
    """The fault with its place in the document, and with a path that may be shown."""
    if isinstance(fault, LocatedFault):
        return fault
    line, column = document.place(fault.path, at_key=fault.at_key) if document else (0, 0)
    return LocatedFault(showable(fault.path), fault.problem, fault.remedy, fault.at_key, line, column)


def render(path: Path, document: Document | None, faults: Iterable[ConfigFault]) -> tuple[str, ...]:
    """One line for each fault, in the order of the file.

    `document` may be None for faults that were raised by `load`, which know their places already.
    """
    located = sorted((locate(fault, document) for fault in faults), key=lambda it: (it.line, it.column))
    return tuple(_line(path, fault) for fault in located)


def _line(path: Path, fault: LocatedFault) -> str:
    place = f"{path}:{fault.line}:{fault.column}" if fault.line else str(path)
    subject = f"{show_path(fault.path)}: " if fault.path else ""
    said = " ".join(_ended(words) for words in (fault.problem.strip(), fault.remedy.strip()) if words)
    return _printable(f"{place}: {subject}{said}")


def _ended(words: str) -> str:
    return words if words.endswith((".", "?")) else f"{words}."


def _showable_key(key: str) -> str:
    if len(key) > _MOST_KEY_CHARACTERS or _UNLIKE_A_KEY.search(key):
        return WITHHELD
    return _printable(key)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
