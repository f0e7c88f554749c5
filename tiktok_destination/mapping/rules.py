"""Field rules as plain data: where a field of the event comes from. The same few forms in presets and configurations.

    path                                  the first path that holds something wins
    [path, path, …]
    {const: value}                        a fixed value
    {from: path or [paths], transform: t} with one transform
      when: condition                     only for records of which the condition holds
    {query: ttclid, of: path}             a parameter of the address at `path`;
      same_site_as: path                  only where that address is of the same site as this one
    {every: [rule, rule]}                 all that the rules find, as a list (presets)
    {object: {key: rule}}                 one object of what the rules find (presets)
    {list: [rule, rule]}                  one list of what the rules find, each in its place (presets)
    {att_status: {os: [paths], version: path, allowed: path}}
                                          Apple's tracking status, from what the device says (presets)
    null                                  leave the field out

The interpreter walks these; a compiler may turn them into code. Nothing here looks at a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiktok_destination.mapping.conditions import Condition, read_condition
from tiktok_destination.mapping.paths import Path, parse


@dataclass(frozen=True, slots=True)
class FromPath:
    """What stands at a path, transformed if so configured, where the condition holds."""

    path: Path
    transform: str | None = None
    when: Condition | None = None


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


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """One object, each member by rules of its own; nothing where no rule finds anything."""

    groups: tuple[tuple[Source, ...], ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOf:
    """One list, each place by rules of its own; nothing where no rule finds anything."""

    groups: tuple[tuple[Source, ...], ...]


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """Apple's tracking status, from the device's system, its version, and whether tracking is allowed."""

    os: tuple[Path, ...]
    version: Path
    allowed: Path


Source = FromPath | Constant | FromQuery | EveryOf | ObjectOf | ListOf | TrackingStatus


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
    if isinstance(data, Mapping) and "from" in data:
        paths = [data["from"]] if isinstance(data["from"], str) else data["from"]
        when = read_condition(data["when"]) if data.get("when") is not None else None
        return tuple(FromPath(parse(path), data.get("transform"), when) for path in paths)
    return (_of_preset(data),)


def _of_preset(data: Mapping[str, Any]) -> Source:
    """The forms that presets alone have."""
    if "every" in data:
        return EveryOf(tuple(read_sources(group) for group in data["every"]))
    if "list" in data:
        return ListOf(tuple(read_sources(group) for group in data["list"]))
    if "object" in data:
        return ObjectOf(
            tuple(read_sources(group) for group in data["object"].values()), tuple(data["object"])
        )
    told = data["att_status"]
    return TrackingStatus(tuple(map(parse, told["os"])), parse(told["version"]), parse(told["allowed"]))


def paths_of(source: Source) -> Iterator[Path]:
    """Every path that a source reads a value at."""
    if isinstance(source, FromPath):
        yield source.path
    elif isinstance(source, FromQuery):
        yield source.address
    elif isinstance(source, TrackingStatus):
        yield from (*source.os, source.version, source.allowed)
    elif not isinstance(source, Constant):
        for group in source.groups:
            for part in group:
                yield from paths_of(part)


def columns(sources: tuple[Source, ...]) -> Iterator[str]:
    """The keys at the top of a record that the sources read."""
    for source in sources:
        for path in paths_of(source):
            if isinstance(path.steps[0], str):
                yield path.steps[0]


def describe(source: Source) -> str:
    """The source as an operator would write it."""
    if isinstance(source, FromPath):
        return source.path.text
    if isinstance(source, Constant):
        return "a fixed value"
    if isinstance(source, FromQuery):
        return f"{source.parameter} in the query of {source.address.text}"
    return ", ".join(path.text for path in paths_of(source))
