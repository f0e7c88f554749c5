"""YAML as the configuration reader reads it: writing data, reading a fragment, and changing one key of a file in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from plugin_spec import ConfigError, ConfigFault
from tiktok_destination.config import document as documents
from tiktok_destination.config.document import Document

_NUMBER_LIKE: Final = re.compile(r"-?[0-9][0-9.eE+-]*")
"""What the reader may take for a number where the library that writes does not, such as 1e3."""
_FRAGMENT: Final = "value"
_WIDEST: Final = 10_000
"""Text is not folded."""


class _Dumper(yaml.SafeDumper):
    """Without anchors, which are not read, and with quotes around every text that could be read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text_node(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _NUMBER_LIKE.fullmatch(text) or not text.isprintable() else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text_node)


def written(data: Any) -> str:
    """The data as YAML, keys in their order."""
    text = yaml.dump(
        data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_WIDEST
    )
    return text.removesuffix("...\n")


def fragment(text: str) -> tuple[Any, tuple[ConfigFault, ...]]:
    """The value that a field's text stands for, and what is wrong with it; paths begin at the value."""
    lines = "\n".join(f"  {line}" for line in text.replace("\r\n", "\n").split("\n"))
    try:
        document = documents.parse(f"{_FRAGMENT}:\n{lines}\n", Path())
    except ConfigError as error:
        return None, tuple(_in_fragment(fault) for fault in error.faults)
    faults = tuple(_in_fragment(fault) for fault in document.faults)
    if set(document.data) != {_FRAGMENT}:
        faults = (*faults, ConfigFault((), "every line has to be indented as the first one is"))
    return document.data.get(_FRAGMENT), faults


def _in_fragment(fault: ConfigFault) -> ConfigFault:
    line = getattr(fault, "line", 0)
    place = f"line {line - 1}: " if line > 1 else ""
    return ConfigFault(fault.path[1:], f"{place}{fault.problem}", fault.remedy)


def with_key(text: str, document: Document, key: str, value: Any) -> str:
    """The file's text with another value for one key of its top level. All other lines stay, remarks too."""
    lines = text.split("\n")
    new = written({key: value}).rstrip("\n").split("\n")
    mark = document.marks.get((key,))
    if mark is None:
        after = max((_last_line(document, (one,)) for one in ("version", "destination", "name")), default=0)
        return "\n".join([*lines[:after], *new, *lines[after:]])
    first, last = mark.key[0], _last_line(document, (key,))
    remark = _remark(lines[last - 1]) if first == last and len(new) == 1 else ""
    return "\n".join([*lines[: first - 1], *new[:-1], new[-1] + remark, *lines[last:]])


def _last_line(document: Document, path: tuple[str, ...]) -> int:
    """The last line on which something of this key begins; 0 where it is not there."""
    return max(
        (max(mark.key[0], mark.value[0]) for other, mark in document.marks.items() if other[:1] == path),
        default=0,
    )


def _remark(line: str) -> str:
    found = re.search(r"\s+#[^'\"]*$", line)
    return found.group() if found else ""


def opening_remarks(text: str) -> str:
    """The lines of remarks with which a file begins."""
    found = re.match(r"(?:[ \t]*#[^\n]*\n)+", text)
    return found.group() if found else ""


def plain(value: Any) -> Any:
    """Frozen configuration data as plain data."""
    if isinstance(value, Mapping):
        return {key: plain(member) for key, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list | tuple) else value
