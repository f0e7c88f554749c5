"""Reads a configuration file strictly: what stands in the file is what is read, and every value knows its place.

Invariants: only `true`, `false`, `null` and numbers as JSON writes them are anything but text, so that `NO`, `012`,
`12:30:00` and `2024-01-01` stay as they are; a key that stands twice, an anchor, an alias, a tag or a merge key is a
fault, never an effect; sizes are bounded before anything is built. The text of YAML's own errors is not passed on,
because it may quote the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from plugin_spec import ConfigError
from plugin_spec.errors import ConfigPath
from tiktok_destination.config import yaml_problems
from tiktok_destination.config.faults import LocatedFault, showable

MAX_BYTES = 256 * 1024
MAX_DEPTH = 32
MAX_NODES = 10_000
MAX_NUMBER_CHARACTERS = 40

Place = tuple[int, int]
"""Line and column, from 1."""

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Mark:
    """Where a value and its key stand. A list's item has its own place as that of its key."""

    key: Place
    value: Place
    number_text: str | None = None
    """A number as it was written."""
    blank: bool = False
    """Nothing is written where the value belongs."""


@dataclass(frozen=True)
class Document:
    """A file that was read: plain data, and a mark for each path in it."""

    path: Path
    data: dict[str, Any] = field(repr=False)
    marks: Mapping[ConfigPath, Mark] = field(repr=False)
    faults: tuple[LocatedFault, ...] = ()
    """What is wrong with the YAML although its data could be read."""
    unsound: frozenset[ConfigPath] = frozenset()
    """Where those faults are: what stands at or below says nothing more."""

    def place(self, path: ConfigPath, *, at_key: bool = False) -> Place:
        """Line and column of the value (or the key) at `path`; of the nearest key above it where it is missing."""
        mark = self.marks.get(path)
        if mark is not None:
            return mark.key if at_key else mark.value
        return self.place(path[:-1], at_key=True) if path else (1, 1)


def read(path: Path) -> Document:
    """Read the file at `path`. Raises ConfigError for one that is no YAML, too large, or cannot be opened."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise _unusable("there is no such file", "Check the path") from None
    except IsADirectoryError:
        raise _unusable("this is a directory, not a file", "Name the YAML file in it") from None
    except (OSError, ValueError):
        raise _unusable("the file cannot be opened", "Check its permissions") from None
    if len(content) > MAX_BYTES:
        raise _unusable(
            f"the file is larger than {MAX_BYTES // 1024} KiB", "A configuration is a few kilobytes"
        )
    try:
        text = content.decode("utf-8")  # YAML passes over a byte order mark
    except UnicodeDecodeError as error:
        lines = content[: error.start].decode("utf-8").split("\n")
        place = (len(lines), len(lines[-1]) + 1)
        raise _unusable("the file is not UTF-8 text", "Save it as UTF-8", place) from None
    return parse(text, path)


def parse(text: str, path: Path) -> Document:
    """Read `text`, which stands in the file `path`. Raises ConfigError where no data can be read at all."""
    reader = _Reader()
    try:
        loader = yaml.SafeLoader(text)
        data = reader.read(iter(loader.get_event, None))
    except yaml.YAMLError as error:
        line, column, problem, remedy = yaml_problems.explain(error, text)
        raise _unusable(problem, remedy, (line, column)) from None
    except (RecursionError, ValueError, OverflowError):  # PyYAML's own, for some escapes and directives
        place = (loader.line + 1, loader.column + 1)
        raise _unusable(yaml_problems.UNREADABLE, "Check its quotes and escapes", place) from None
    return Document(path, data, reader.marks, tuple(reader.faults), frozenset(reader.unsound))


def _unusable(problem: str, remedy: str, place: Place = (0, 0)) -> ConfigError:
    return ConfigError((LocatedFault((), problem, remedy, line=place[0], column=place[1]),))


class _Reader:
    """Builds the data from YAML's events, which leaves every decision about a scalar to us."""

    def __init__(self) -> None:
        self.marks: dict[ConfigPath, Mark] = {}
        self.faults: list[LocatedFault] = []
        self.unsound: set[ConfigPath] = set()
        self._events: Iterator[yaml.Event] = iter(())
        self._nodes = 0

    def read(self, events: Iterator[yaml.Event]) -> dict[str, Any]:
        self._events = events
        data: dict[str, Any] | None = None
        for event in events:
            if not isinstance(event, yaml.NodeEvent):
                continue
            if data is not None:
                raise _unusable(
                    "a second document begins here", "Write one destination to a file", _place(event)
                )
            value = self._value(event, (), 1)
            if not isinstance(value, dict) or not value:
                break
            data = value
        if data is None:
            raise _unusable(
                "the file holds no settings", 'Begin with "version: 1", one "key: value" to a line'
            )
        return data

    def _value(self, event: yaml.Event, path: ConfigPath, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _unusable(f"the file holds more than {MAX_NODES:,} values", "Shorten it", _place(event))
        if depth > MAX_DEPTH:
            raise _unusable(f"nested more than {MAX_DEPTH} deep", "Check the brackets", _place(event))
        if isinstance(event, yaml.AliasEvent):
            self._fault(path, event, "an alias (*) is not read here", "Write the value itself")
            return None
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self._fault(path, event, "an anchor (&) is not read here", "Write the value itself, without it")
        if getattr(event, "tag", None) is not None:
            self._fault(path, event, "a tag (!) is not read here", "Write the value without it")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path, depth)
        return self._mapping(path, depth)

    def _sequence(self, path: ConfigPath, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            here = (*path, len(items))
            self._mark(here, event, event)
            items.append(self._value(event, here, depth + 1))
        return items

    def _mapping(self, path: ConfigPath, depth: int) -> dict[str, Any]:
        data: dict[str, Any] = {}
        while not isinstance(key_event := next(self._events), yaml.MappingEndEvent):
            key = self._key(key_event, path, depth)
            value_event = next(self._events)
            repeated = key in data
            if repeated:
                self._fault((*path, key), key_event, "this key stands twice", "Keep one of the two")
            here = (*path, f"{key} (again)" if repeated else key)
            self._mark(here, key_event, value_event)
            value = self._value(value_event, here, depth + 1)
            if not repeated:
                data[key] = value
        return data

    def _key(self, event: yaml.Event, path: ConfigPath, depth: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._fault(path, event, "a key is one word or text", "Write key: value")
            self._value(event, path, depth + 1)  # an alias, a list, a section: passed over
            return "(not text)"
        self._nodes += 1
        key: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._fault((*path, key), event, "an anchor or a tag is not read here", "Write the key alone")
        elif event.style is None and key == "<<":
            self._fault(
                (*path, key), event, "a merge key (<<) is not read here", "Write the values themselves"
            )
        elif event.style is None and (key in _WORDS or _NUMBER.fullmatch(key)):
            self._fault((*path, key), event, "a key is text", "Quote this key")
        elif not key:
            self._fault(path, event, "a key is missing before this colon", "Write key: value")
        if _SURROGATE.search(key):
            raise _unusable(yaml_problems.UNREADABLE, "Check its quotes and escapes", _place(event))
        return key

    def _scalar(self, event: yaml.ScalarEvent, path: ConfigPath) -> str | float | bool | None:
        text: str = event.value
        if _SURROGATE.search(text):
            self._fault(path, event, "an escape stands for half a character", "Write the character itself")
            return None
        if event.style is not None:
            return text
        if not text:
            self._note(path, blank=True)
            return None
        if text in _WORDS:
            return _WORDS[text]
        if not _NUMBER.fullmatch(text):
            return text
        self._note(path, number_text=text)
        value = _number(text)
        if value is None:
            self._fault(
                path, event, "this number is too long or too large", "Put it in quotes if it is an id"
            )
        return value

    def _mark(self, path: ConfigPath, key: yaml.Event, value: yaml.Event) -> None:
        self.marks[path] = Mark(_place(key), _place(value))

    def _note(self, path: ConfigPath, *, number_text: str | None = None, blank: bool = False) -> None:
        mark = self.marks.get(path)
        if mark is not None:
            self.marks[path] = Mark(mark.key, mark.value, number_text, blank)

    def _fault(self, path: ConfigPath, event: yaml.Event, problem: str, remedy: str) -> None:
        line, column = _place(event)
        self.unsound.add(path)
        self.faults.append(LocatedFault(showable(path), problem, remedy, line=line, column=column))


def _number(text: str) -> float | None:
    if len(text) > MAX_NUMBER_CHARACTERS:
        return None
    if _INTEGER.fullmatch(text):
        return int(text)
    value = float(text)
    return value if math.isfinite(value) else None


def _place(event: yaml.Event) -> Place:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
