"""Faults that know their place in a file. No value stands in a fault unless the schema says that it is an id."""

from __future__ import annotations

from dataclasses import dataclass

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath
from tiktok_destination.redaction import shown_key


@dataclass(frozen=True)
class LocatedFault(ConfigFault):
    """A fault that knows its place. Lines and columns count from 1; 0 where the fault is the file itself."""

    line: int = 0
    column: int = 0


def showable(path: ConfigPath) -> ConfigPath:
    """The path as it may stand in a message: keys that look like data replaced."""
    return tuple(step if isinstance(step, int) else shown_key(step) for step in path)
