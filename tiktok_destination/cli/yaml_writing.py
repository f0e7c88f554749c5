"""Values as a configuration file writes them, read alike by this program's strict reader and by any other."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_PLAIN: Final = re.compile(r"[A-Za-z_$](?:[\w ./$(){}\[\]-]|:(?=[^\s]))*(?<! )", re.ASCII)
_PLAIN_IN_BRACKETS: Final = re.compile(r"[A-Za-z_](?:[\w ./-])*(?<! )", re.ASCII)
_WORDS: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""What some reader of YAML takes for something other than text."""


def entry(key: str, value: Any, width: int) -> list[str]:
    """`key: value` in one line of that width, or in several."""
    line = f"{_text(key, _PLAIN_IN_BRACKETS)}: {_block_value(value)}"
    if len(line) <= width or not value or not isinstance(value, Mapping | list | tuple):
        return [line]
    lines = [f"{_text(key, _PLAIN_IN_BRACKETS)}:"]
    if isinstance(value, Mapping):
        for name, member in value.items():
            lines += [f"  {below}" for below in entry(name, member, width - 2)]
    else:
        lines += [f"  - {in_brackets(member)}" for member in value]
    return lines


def in_brackets(value: Any) -> str:
    """A value on one line, between brackets of any kind."""
    if isinstance(value, str):
        return _text(value, _PLAIN_IN_BRACKETS)
    if isinstance(value, Mapping):
        members = (f"{in_brackets(key)}: {in_brackets(member)}" for key, member in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(in_brackets, value))}]"
    return json.dumps(value)


def _block_value(value: Any) -> str:
    return _text(value, _PLAIN) if isinstance(value, str) else in_brackets(value)


def _text(text: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(text) and text.casefold() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    # YAML takes some invisible characters for line breaks, and others for none of its own.
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
