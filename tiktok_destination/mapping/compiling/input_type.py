"""The type of a record as one configuration reads it: a struct for each object on the way, a member for each value.

Values are decoded as they are, whatever they are, and judged by their readers; only what a path leads through has to be
an object. Below a value that is wanted as a whole, and from an index, a search or a `[]` on, paths go through plain data.
"""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tiktok_destination.mapping.paths import Path, Step


class NotCompiledError(Exception):
    """Rules that the compiler has no code for: the interpreter walks them."""


_UNFIT = re.compile(r'[\x00-\x1f"\\]')


@dataclass(slots=True)
class Shape:
    """One place of a record: an object with known keys, a list of items, or a value."""

    name: str
    """How generated code calls the object that stands here."""
    members: dict[str, Shape] = field(default_factory=dict)
    value: bool = False
    """A rule wants what stands here as it is."""
    element: Shape | None = None
    """The shape of each element of a list of items."""
    type: Any = None
    """What it is decoded as, when all rules have said what they want."""
    inner: tuple[tuple[str, Shape], ...] = ()
    """Its members of which more is known than that they are values, when all rules have said what they want."""

    @property
    def is_object(self) -> bool:
        """Whether what stands here is read by its members alone."""
        return bool(self.members) and not self.value

    def at(self, keys: tuple[str, ...]) -> Shape:
        """The shape at these keys. Raises NotCompiledError for a key that msgspec renames no attribute to."""
        shape = self
        for key in keys:
            if key not in shape.members:
                if _UNFIT.search(key):
                    raise NotCompiledError(key)
                attribute = _attribute(key, shape.members)
                prefix = "" if shape.name == "record" else f"{shape.name}_"
                shape.members[key] = Shape(f"{prefix}{attribute}")
            shape = shape.members[key]
        return shape

    def want(self, path: Path) -> None:
        """A rule reads this path."""
        self.at(leading_keys(path)).value = True

    def close(self) -> Any:
        """Make the types, when every wish is known. What is wanted as a whole is not taken apart."""
        if self.value and (self.members or self.element):
            self.members, self.element = {}, None
        if self.element is not None and not self.members:
            self.type = list[self.element.close()]  # type: ignore[misc]  # a type made at run time
        elif self.is_object or self.name in ("record", "item"):
            self.element = None
            rows = [
                (attribute, shape.close() | None if shape.is_typed else Any, None)
                for attribute, shape in self.attributes()
            ]
            renames = {
                attribute: key for (attribute, _), key in zip(self.attributes(), self.members, strict=True)
            }
            self.type = msgspec.defstruct(self.name, rows, rename=renames, gc=False)
            self.inner = tuple((key, shape) for key, shape in self.members.items() if shape.is_typed)
        return self.type

    def fits(self, held: Any) -> bool:
        """Whether objects and lists of a host's own record are dicts and lists: more passes for them when converted."""
        for key, shape in self.inner:
            value = held.get(key)
            if value is None:
                continue
            if shape.element is not None:
                if value.__class__ is not list:
                    return False
                for element in value:
                    if element.__class__ is not dict or (
                        shape.element.inner and not shape.element.fits(element)
                    ):
                        return False
            elif value.__class__ is not dict or (shape.inner and not shape.fits(value)):
                return False
        return True

    @property
    def is_typed(self) -> bool:
        """Whether more is known of what stands here than that it is a value."""
        return self.is_object or (self.element is not None and not self.value)

    def attributes(self) -> list[tuple[str, Shape]]:
        """The members as attributes of the struct."""
        taken: list[tuple[str, Shape]] = []
        for key, shape in self.members.items():
            taken.append((_attribute(key, dict(taken)), shape))
        return taken

    def attribute(self, key: str) -> str:
        """What the member of that key is called in the struct."""
        return next(
            attribute
            for (attribute, _), held in zip(self.attributes(), self.members, strict=True)
            if held == key
        )


def leading_keys(path: Path) -> tuple[str, ...]:
    """The keys that a path begins with."""
    keys: list[str] = []
    for step in path.steps:
        if not isinstance(step, str):
            break
        keys.append(step)
    return tuple(keys)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path ends in the typed record: an attribute of an object, and what is left to walk in plain data."""

    holder: Shape
    through: tuple[str, ...]
    """The attributes from the record to the value."""
    rest: tuple[Step, ...]


def place(root: Shape, path: Path) -> Place:
    """Where the value of a path stands, when the types are made."""
    holder, through = root, []
    for taken, step in enumerate(path.steps):
        assert isinstance(step, str)  # noqa: S101 - a path of which a plan is made begins with a key
        through.append(holder.attribute(step))
        inner = holder.members[step]
        if not inner.is_object:
            return Place(holder, tuple(through), path.steps[taken + 1 :])
        holder = inner
    raise LookupError(path.text)


def _attribute(key: str, taken: dict[str, Any]) -> str:
    fits = key.isascii() and key.isidentifier() and not keyword.iskeyword(key) and not key.startswith("_")
    name = key if fits else f"key_{len(taken) + 1}"
    while name in taken:
        name += "_"
    return name
