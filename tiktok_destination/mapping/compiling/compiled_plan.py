"""The plan that a destination gives: typed decode and generated code for what is common, the interpreter for the rest.

To the interpreter goes: what the host could not read, what a host adds to, what the type refuses (an object where the
rules see none, or none where they see one), what is no JSON, and what names no event source.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import msgspec

from plugin_spec import Note, Now, Prepared, Record, Settled
from tiktok_destination.mapping.compiling.binding import bind, bind_condition, condition_paths, every_path
from tiktok_destination.mapping.compiling.code import Emitter
from tiktok_destination.mapping.compiling.input_type import Shape
from tiktok_destination.mapping.compiling.wishes import NotCompiledError, want, want_items
from tiktok_destination.mapping.event_sources import SourceChoice
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.units import MOST_LEVELS

Entries = tuple[Prepared | Settled, ...]
Make = Callable[..., Entries | None]
"""Position, typed record and time → the entries of a record; None where the interpreter has to say."""
_REFUSALS = (msgspec.MsgspecError, UnicodeError, RecursionError)
"""What a record raises that the type does not hold; half a character as a key is a UnicodeError."""


@dataclass(frozen=True)
class Compiled:
    """The code of a rulebook."""

    input_type: Any
    decode: Callable[[bytes], Any]
    make: Mapping[str, Make]
    """Event source → its function."""
    choice: SourceChoice | None
    text: str


class CompiledPlan(InterpretedPlan):
    """A plan whose rules became code."""

    def prepare(self, records: Iterable[Record], now: Now) -> Iterator[Prepared | Settled]:
        """The entries of the records, lazily and in input order."""
        compiled = self._compiled
        if compiled is None:
            return super().prepare(records, now)
        clock = now if callable(now) else lambda: now
        if self.rulebook.group is not None:
            return self._prepare_groups(compiled, records, clock)
        return self._prepare(compiled, records, clock)

    def source(self) -> str:
        """The generated code, to read."""
        return "" if self._compiled is None else self._compiled.text

    @property
    def input_type(self) -> Any:
        """What a record is decoded into: the fields that the rules read. None where the interpreter alone works."""
        return None if self._compiled is None else self._compiled.input_type

    def _prepare(
        self, compiled: Compiled, records: Iterable[Record], clock: Callable[[], float]
    ) -> Iterator[Prepared | Settled]:
        decode, input_type, choice = compiled.decode, compiled.input_type, compiled.choice
        longest = min(sys.get_int_max_str_digits() or _MOST_DIGITS, _MOST_DIGITS)
        (make,) = compiled.make.values() if choice is None else (None,)
        for record in records:
            entries: Entries | None = None
            body = record.body
            if record.fault is None and not record.overlay:
                typed = None
                try:
                    if body.__class__ is bytes:
                        if _is_sound(body, longest):
                            typed = decode(body)
                    elif body.__class__ is dict:
                        typed = msgspec.convert(body, input_type)
                except _REFUSALS:
                    typed = None
                if typed is not None:
                    taken = make or self._made_for(compiled, typed)
                    if taken is not None:
                        entries = taken(record.position, typed, clock())
            if entries is None:
                for unit in self._units([record]):
                    for entry in self._entries(unit, clock()):
                        yield entry.entry
            else:
                yield from entries

    def _prepare_groups(
        self, compiled: Compiled, records: Iterable[Record], clock: Callable[[], float]
    ) -> Iterator[Prepared | Settled]:
        (make,) = compiled.make.values()
        for unit in self._units(records):
            typed = None
            if unit.fault is None and not unit.overlay:
                try:
                    typed = msgspec.convert(unit.record, compiled.input_type)
                except _REFUSALS:
                    typed = None
            entries: Entries | None = None
            if typed is not None:
                entries = make(unit.position, typed, clock(), unit.rows, unit.notes, unit.record)
            if entries is None:
                for entry in self._entries(unit, clock()):
                    yield entry.entry
            else:
                yield from entries

    def _made_for(self, compiled: Compiled, typed: Any) -> Make | None:
        """The function of the event source that a record belongs to."""
        source = compiled.choice.of(typed) if compiled.choice else None
        return None if source is None or isinstance(source, Note) else compiled.make.get(source)

    @cached_property
    def _compiled(self) -> Compiled | None:
        """Made when it is first needed: `validate` and its like need no code."""
        try:
            return _compile(self)
        except NotCompiledError:
            return None


def _compile(plan: CompiledPlan) -> Compiled:
    rulebook = plan.rulebook
    root = Shape("record")
    for model in rulebook.models.values():
        want(model, root)
    choice = rulebook.choice
    if choice is not None:
        paths = [*every_path(choice.rule.sources)]
        paths += [path for _, when in choice.otherwise if when is not None for path in condition_paths(when)]
        for path in paths:
            if not isinstance(path.steps[0], str):
                raise NotCompiledError(path.text)
            root.want(path)
    for model in rulebook.models.values():
        want_items(model, root)
    input_type = root.close()
    make: dict[str, Make] = {}
    texts: list[str] = []
    for source, model in rulebook.models.items():
        emitter = Emitter(model, root, plan.interpreters[source])
        text = emitter.source()
        held = dict(emitter.held)
        # The text is made of the checked configuration's rules; what it holds of their values stands in quotes.
        exec(compile(text, f"<{source} entries>", "exec"), held)  # noqa: S102 - generated here, from checked rules
        make[source] = held[f"{source}_entries"]
        texts.append(text)
    if choice is not None:
        choice = SourceChoice(
            replace(choice.rule, sources=bind(choice.rule.sources, root)),
            tuple(
                (source, None if when is None else bind_condition(when, root))
                for source, when in choice.otherwise
            ),
        )
    return Compiled(input_type, msgspec.json.Decoder(input_type).decode, make, choice, "\n\n".join(texts))


def _is_sound(body: bytes, longest: int) -> bool:
    """Whether what the typed decode passes over cannot be what the interpreter's decode would refuse."""
    size = len(body)
    if size > _LEAST_DEEP and not _is_shallow(body):
        return False
    if not body.isascii():
        body.decode()
    return size <= longest


_LEAST_DEEP = 2 * MOST_LEVELS
"""Bytes that it takes to nest deeper than is read."""
_MOST_DIGITS = 4300
"""Of a whole number that the decoder takes, unless `sys.set_int_max_str_digits` says less."""
_FEW_ARRAYS = 8


def _is_shallow(body: bytes) -> bool:
    """Whether a body has too few brackets for deep nesting."""
    objects, arrays, at = body.count(b"{"), 0, body.find(b"[")
    while at >= 0 and arrays < _FEW_ARRAYS:  # few as a rule: looking for each costs less than counting
        arrays, at = arrays + 1, body.find(b"[", at + 1)
    return objects + (arrays if at < 0 else body.count(b"[")) <= MOST_LEVELS
