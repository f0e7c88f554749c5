"""What generated code is written with: lines, the constants that they name, and how a rule's paths read in it.

In the code, `v` is a value of the record, `w` its wire form, and every object of the record has a local of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from plugin_spec import Note
from tiktok_destination.mapping.compiling.binding import bind
from tiktok_destination.mapping.compiling.input_type import NotCompiledError, Shape, place
from tiktok_destination.mapping.compiling.runtime import first
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.looking import look
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import FromPath, Source


class Pen:
    """Writes the function of one model, and keeps the constants that it names."""

    def __init__(self, model: Model, root: Shape, interpreter: Interpreter) -> None:
        self.model = model
        self.root = root
        self.interpreter = interpreter
        self.held: dict[str, Any] = {"model": model, "interpreter": interpreter, "Note": Note, "EMPTY": ""}
        """Name in the code → what it stands for."""
        self.lines: list[str] = []
        self._level = 1
        self._objects: dict[int, str] = {}

    def write(self, line: str) -> None:
        """One line."""
        self.lines.append("    " * self._level + line)

    @contextmanager
    def block(self, opening: str) -> Iterator[None]:
        """A line, and what is written meanwhile below it."""
        self.write(opening)
        self._level += 1
        yield
        self._level -= 1

    def hold(self, names: Mapping[str, Any]) -> None:
        """Let the code name these."""
        self.held.update(names)

    def constant(self, name: str, value: Any) -> str:
        """A name for a value."""
        self.held[name] = value
        return name

    def take(self, sources: tuple[Source, ...]) -> str:
        """Write `v`: the first value of plain sources that is not null. How the interpreter finds the value."""
        values = self.values(sources)
        for at, value in enumerate(values):
            self.write(f"v = {value}" if at == 0 else f"if v is None: v = {value}")
        return self.first_of(values)

    def first_of(self, values: list[str]) -> str:
        """The first of values that holds something, as an expression."""
        self.held["first"] = first
        return f"first(({''.join(f'{value}, ' for value in values).rstrip()}))"

    def looked_up(self, sources: tuple[Source, ...], root: Shape | None = None, at: str = "record") -> str:
        """What the interpreter finds by these sources, as an expression."""
        self.held["look"] = look
        return f"look({self.constant(f'RULE_{len(self.held)}', bind(sources, root or self.root))}, {at})"

    def values(self, sources: tuple[Source, ...]) -> list[str]:
        """The values of plain sources, as expressions."""
        return [self.value(source.path) for source in sources if isinstance(source, FromPath)]

    def value(self, path: Path) -> str:
        """The value at a path. Raises NotCompiledError for one within plain data."""
        if place(self.root, path).rest:
            raise NotCompiledError(path.text)
        return self.base(path)

    def base(self, path: Path) -> str:
        """The attribute at which a path leaves the structs."""
        found = place(self.root, path)
        return f"{self._object(found.holder)}.{found.through[-1]}"

    def is_plain(self, sources: tuple[Source, ...], root: Shape | None = None) -> bool:
        """Whether sources are attributes and nothing else."""
        return all(
            isinstance(source, FromPath)
            and source.transform is None
            and source.when is None
            and not place(root or self.root, source.path).rest
            for source in sources
        )

    def object_lines(self) -> list[str]:
        """A local for every object in use and those around them, outermost first."""
        lines: list[str] = []

        def walk(holder: Shape, expression: str) -> None:
            for attribute, shape in holder.attributes():
                if shape.is_object and self._is_used(shape):
                    local = self._object(shape)
                    empty = self.constant(f"NO_{local}", shape.type())
                    lines.append(f"    {local} = {expression}.{attribute}")
                    lines.append(f"    if {local} is None: {local} = {empty}")
                    walk(shape, local)

        walk(self.root, "record")
        return lines

    def _object(self, shape: Shape) -> str:
        """The local of an object."""
        if shape is self.root:
            return "record"
        if id(shape) not in self._objects:
            name = f"r_{shape.name}"
            while name in self._objects.values():
                name += "_"
            self._objects[id(shape)] = name
        return self._objects[id(shape)]

    def _is_used(self, shape: Shape) -> bool:
        return id(shape) in self._objects or any(self._is_used(inner) for inner in shape.members.values())


def any_of(values: list[str]) -> str:
    """Whether one of the values is neither null nor the empty text; `v` is then the first that is not.

    Empty cells of CSV are many. One that were another object would go to the interpreter's reader, which finds nothing.
    """
    return " or ".join(f"(v := {value}) is not None and v is not EMPTY" for value in values)
