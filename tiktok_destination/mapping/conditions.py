"""Conditions on a record: `{path: properties.plan, in: [pro, team]}`, joined by all, any, not; in presets also
`{platform: apple, of: [paths]}`.

A comparison between a number and a text that is a plain number compares numbers, because a CSV cell is always a text.
Judging never raises; what cannot be compared does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tiktok_destination.catalog.limits import platform_of
from tiktok_destination.mapping.paths import Path, parse
from tiktok_destination.mapping.scalars import as_flag, as_text, read_number


@dataclass(frozen=True, slots=True)
class Comparison:
    """One test of what stands at a path."""

    path: Path
    operator: str
    operand: Any

    def __call__(self, record: Any) -> bool:
        return _OPERATORS[self.operator](self.path.find(record), self.operand)


@dataclass(frozen=True, slots=True)
class OnPlatform:
    """The device is of that platform."""

    platform: str
    paths: tuple[Path, ...]

    def __call__(self, record: Any) -> bool:
        return platform_at(self.paths, record) == self.platform


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def __call__(self, record: Any) -> bool:
        return all(part(record) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def __call__(self, record: Any) -> bool:
        return any(part(record) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def __call__(self, record: Any) -> bool:
        return not self.part(record)


Condition = Comparison | OnPlatform | AllOf | AnyOf | Not
"""Called with a record: whether the condition holds."""


def platform_at(paths: tuple[Path, ...], record: Any) -> str | None:
    """The platform that the first path with the name of one names."""
    words = (as_text(path.find(record)) for path in paths)
    return next((platform for word in words if word and (platform := platform_of(word))), None)


def read_condition(data: Mapping[str, Any]) -> Condition:
    """A condition as it stands in the configuration. Raises PathError for a path that cannot be read."""
    if "all" in data:
        return AllOf(tuple(read_condition(part) for part in data["all"]))
    if "any" in data:
        return AnyOf(tuple(read_condition(part) for part in data["any"]))
    if "not" in data:
        return Not(read_condition(data["not"]))
    if "platform" in data:  # presets alone have this form
        return OnPlatform(data["platform"], tuple(map(parse, data["of"])))
    operator = next(key for key in data if key != "path")
    return Comparison(parse(data["path"]), operator, data[operator])


def is_empty(value: Any) -> bool:
    """Nothing there: null, blank text, or an empty list or object."""
    if value is None:
        return True
    if isinstance(value, str):
        return not value or value.isspace()
    return isinstance(value, list | dict | tuple) and not value


def _equal(held: Any, operand: Any) -> bool:
    if isinstance(operand, bool):
        return as_flag(held) is operand
    if isinstance(held, bool):
        return isinstance(operand, str) and as_flag(operand) is held
    if isinstance(held, str) and isinstance(operand, str):
        return held.strip() == operand.strip()
    left, right = read_number(held), read_number(operand)
    return left is not None and left == right


def _contains(held: Any, operand: Any) -> bool:
    if isinstance(held, list | tuple):
        return any(_equal(element, operand) for element in held)
    return isinstance(held, str) and str(operand) in held


def _compare(held: Any, operand: Any, *, greater: bool) -> bool:
    left, right = read_number(held), read_number(operand)
    if left is None or right is None:
        return False
    return left > right if greater else left < right


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "exists": lambda held, wanted: (not is_empty(held)) is wanted,
    "equals": _equal,
    "in": lambda held, operand: any(_equal(held, candidate) for candidate in operand),
    "contains": _contains,
    "gt": lambda held, operand: _compare(held, operand, greater=True),
    "lt": lambda held, operand: _compare(held, operand, greater=False),
}
