"""The rules of a model with paths that read the typed record, so that what has no code of its own is walked as ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tiktok_destination.mapping.compiling.input_type import Shape, place
from tiktok_destination.mapping.conditions import AllOf, AnyOf, Comparison, Condition, Not, OnPlatform
from tiktok_destination.mapping.event_names import EventRule, NameTable
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import (
    Constant,
    EveryOf,
    FromPath,
    FromQuery,
    ListOf,
    ObjectOf,
    Source,
    TrackingStatus,
    paths_of,
)


@dataclass(frozen=True, slots=True)
class TypedPath(Path):
    """A path that is walked through the attributes of structs first, and through plain data from there."""

    through: tuple[str, ...]
    rest: Path | None

    def find(self, record: Any) -> Any:
        """What stands there, or None."""
        value = record
        for attribute in self.through:
            value = getattr(value, attribute)
            if value is None:
                return None
        return value if self.rest is None else self.rest.find(value)


def every_path(sources: tuple[Source, ...]) -> Iterator[Path]:
    """Every path that sources look at, those of their conditions among them."""
    for source in sources:
        yield from paths_of(source)
        if isinstance(source, FromPath) and source.when is not None:
            yield from condition_paths(source.when)
        elif isinstance(source, FromQuery) and source.same_site_as is not None:
            yield source.same_site_as
        elif isinstance(source, EveryOf | ObjectOf | ListOf):
            for group in source.groups:
                yield from every_path(group)


def comparisons(condition: Condition) -> Iterator[Comparison]:
    """Every comparison that a condition makes."""
    if isinstance(condition, Comparison):
        yield condition
    elif isinstance(condition, Not):
        yield from comparisons(condition.part)
    elif isinstance(condition, AllOf | AnyOf):
        for part in condition.parts:
            yield from comparisons(part)


def condition_paths(condition: Condition) -> Iterator[Path]:
    """Every path that a condition compares."""
    if isinstance(condition, Comparison):
        yield condition.path
    elif isinstance(condition, OnPlatform):
        yield from condition.paths
    elif isinstance(condition, Not):
        yield from condition_paths(condition.part)
    else:
        for part in condition.parts:
            yield from condition_paths(part)


def bind_path(path: Path, root: Shape) -> TypedPath:
    """The path, through the typed record."""
    found = place(root, path)
    rest = Path(path.text, found.rest) if found.rest else None
    return TypedPath(path.text, path.steps, found.through, rest)


def bind(sources: tuple[Source, ...], root: Shape) -> tuple[Source, ...]:
    """The sources, through the typed record."""
    return tuple(_source(source, root) for source in sources)


def bind_condition(condition: Condition, root: Shape) -> Condition:
    """The condition, through the typed record."""
    if isinstance(condition, Comparison):
        return replace(condition, path=bind_path(condition.path, root))
    if isinstance(condition, OnPlatform):
        return replace(condition, paths=tuple(bind_path(path, root) for path in condition.paths))
    if isinstance(condition, Not):
        return Not(bind_condition(condition.part, root))
    parts = tuple(bind_condition(part, root) for part in condition.parts)
    return AllOf(parts) if isinstance(condition, AllOf) else AnyOf(parts)


def bind_names(names: NameTable, root: Shape) -> NameTable:
    """The names, with conditions through the typed record."""
    return replace(
        names,
        rules={
            folded: tuple(_event_rule(rule, root) for rule in rules) if isinstance(rules, tuple) else rules
            for folded, rules in names.rules.items()
        },
    )


def _event_rule(rule: EventRule, root: Shape) -> EventRule:
    return rule if rule.when is None else replace(rule, when=bind_condition(rule.when, root))


def _source(source: Source, root: Shape) -> Source:
    if isinstance(source, Constant):
        return source
    if isinstance(source, FromPath):
        when = None if source.when is None else bind_condition(source.when, root)
        return replace(source, path=bind_path(source.path, root), when=when)
    if isinstance(source, FromQuery):
        site = None if source.same_site_as is None else bind_path(source.same_site_as, root)
        return replace(source, address=bind_path(source.address, root), same_site_as=site)
    if isinstance(source, TrackingStatus):
        return TrackingStatus(
            tuple(bind_path(path, root) for path in source.os),
            bind_path(source.version, root),
            bind_path(source.allowed, root),
        )
    return replace(source, groups=tuple(bind(group, root) for group in source.groups))
