"""The one way in which faults of a file are written: `file:line:column: key.path: what is wrong. What to write.`

Invariants: a line is one line; a key that looks like a personal datum or a token is withheld wherever a path is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plugin_spec import ConfigFault
from plugin_spec.errors import show_path
from tiktok_destination.config.document import Document
from tiktok_destination.config.faults import LocatedFault, showable
from tiktok_destination.redaction import printable


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
    return printable(f"{place}: {subject}{said}")


def _ended(words: str) -> str:
    return words if words.endswith((".", "?")) else f"{words}."
