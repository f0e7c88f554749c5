"""Field rules as plain data: where a field of the event comes from. The same few forms in presets and configurations.

    path                                  the first path that holds something wins
    [path, path, …]
    {const: value}                        a fixed value
    {from: path or [paths], transform: t} with one transform
    {query: ttclid, of: path}             a parameter of the address at `path`;
      same_site_as: path                  only where that address is of the same site as this one
    {every: [rule, rule]}                 all that the rules find, as a list (presets)
    null                                  leave the field out

The interpreter walks these; a compiler may turn them into code. Nothing here looks at a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_destination.mapping.paths import Path, parse


@dataclass(frozen=True, slots=True)
class FromPath:
    """What stands at a path, transformed if so configured."""

    path: Path
    transform: str | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    """A fixed value."""

    value: Any


@dataclass(frozen=True, slots=True)
class FromQuery:
    """A parameter of a web address."""

    parameter: str
    address: Path
    same_site_as: Path | None = None


@dataclass(frozen=True, slots=True)
class EveryOf:
    """All that several groups of sources find; the first of each group that holds something."""

    groups: tuple[tuple[Source, ...], ...]


Source = FromPath | Constant | FromQuery | EveryOf


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of the event, and its sources in order."""

    target: str
    sources: tuple[Source, ...]
    origin: str
    """`preset NAME` or `config`."""


def read_sources(data: Any) -> tuple[Source, ...]:
    """The sources that a rule names; none for null. Raises PathError for a path that cannot be read."""
    if data is None:
        return ()
    if isinstance(data, str):
        return (FromPath(parse(data)),)
    if isinstance(data, Sequence):
        return tuple(source for element in data for source in read_sources(element))
    if isinstance(data, Mapping) and "const" in data:
        constant = data["const"]
        return (Constant(list(constant) if isinstance(constant, list | tuple) else constant),)
    if isinstance(data, Mapping) and "query" in data:
        site = data.get("same_site_as")
        return (FromQuery(data["query"], parse(data["of"]), parse(site) if site else None),)
    if isinstance(data, Mapping) and "every" in data:
        return (EveryOf(tuple(read_sources(group) for group in data["every"])),)
    paths = [data["from"]] if isinstance(data["from"], str) else data["from"]
    return tuple(FromPath(parse(path), data.get("transform")) for path in paths)


def columns(sources: tuple[Source, ...]) -> Iterator[str]:
    """The keys at the top of a record that the sources read."""
    for source in sources:
        if isinstance(source, EveryOf):
            for group in source.groups:
                yield from columns(group)
        elif not isinstance(source, Constant):
            first = (source.path if isinstance(source, FromPath) else source.address).steps[0]
            if isinstance(first, str):
                yield first


def describe(source: Source) -> str:
    """The source as an operator would write it."""
    if isinstance(source, FromPath):
        return source.path.text
    if isinstance(source, Constant):
        return "a fixed value"
    if isinstance(source, FromQuery):
        return f"{source.parameter} in the query of {source.address.text}"
    return ", ".join(describe(part) for group in source.groups for part in group)
