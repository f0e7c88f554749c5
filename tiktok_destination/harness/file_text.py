"""The text of a configuration file as it may be shown: not at all where a token stands in it by mistake."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.yaml_text import opening_remarks

_TOKEN_LINE: Final = re.compile(r"^(?!\s*#).*?\baccess_token[\"']?\s*:(?P<value>.*)$", re.MULTILINE)
_ALLOWED: Final = re.compile(
    r"\s*[\"']?(?:\$\{(?:file:[^}]*|[A-Z][A-Z0-9_]*)\}[\"']?\s*\}?\s*(?:,.*)?)?(?:#.*)?"
)
"""Nothing, or one reference, also in braces and with a remark."""
_BLANK: Final = re.compile(r"\s*(?:#.*)?")
_NEXT_KEY: Final = re.compile(r"\s*[^\s#:]+\s*:(?:\s.*)?")


def text_of(found: DestinationFile) -> str | None:
    """The file's text; None where it cannot be shown."""
    try:
        text = found.path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return shown_again(text)


def stamp_of(path: Path) -> str:
    """What a file holds, as a word that changes with it; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    except OSError:
        return ""


def shown_again(text: str) -> str | None:
    """The text, unless a token seems to stand in it. It may be anything, so it is judged line by line."""
    held = (_value(match["value"], text[match.end() :]) for match in _TOKEN_LINE.finditer(text))
    return None if any(not _ALLOWED.fullmatch(value) for value in held) else text


def _value(beside: str, below: str) -> str:
    """What stands beside the key, or else on the next line that says something, unless that is the next key."""
    if not _BLANK.fullmatch(beside):
        return beside
    line = next((line for line in below.splitlines() if not _BLANK.fullmatch(line)), "")
    return "" if _NEXT_KEY.fullmatch(line) else line


def has_remarks_inside(text: str) -> bool:
    """True: there are remarks beyond those with which the file begins."""
    rest = text.removeprefix(opening_remarks(text))
    return any(line.lstrip().startswith("#") or " #" in line for line in rest.splitlines())
