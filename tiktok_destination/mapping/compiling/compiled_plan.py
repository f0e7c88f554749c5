"""The plan that a destination gives: typed decode and generated code for what is common, the interpreter for the rest.

To the interpreter goes: what the host could not read, what a host adds to, what the type refuses (an object where the
rules see none, or none where they see one), what is no JSON, and what names no event source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from functools import cached_property
from operator import attrgetter
from typing import Any

import msgspec

from plugin_spec import Note, Now, Prepared, Record, Settled
from tiktok_destination.mapping.compiling.binding import bind, bind_condition, condition_paths, every_path
from tiktok_destination.mapping.compiling.code import write_function
from tiktok_destination.mapping.compiling.input_type import NotCompiledError, Shape
from tiktok_destination.mapping.compiling.rows import Rows
from tiktok_destination.mapping.compiling.soundness import REFUSALS, is_sound, longest_sound
from tiktok_destination.mapping.compiling.wishes import is_cell, want, want_items, want_rows
from tiktok_destination.mapping.event_sources import SourceChoice
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.model import GroupRule
from tiktok_destination.mapping.rules import columns

Entries = tuple[Prepared | Settled, ...]
Make = Callable[..., Entries | None]
"""Position, typed record and time → the entries of a record; None where the interpreter has to say."""


@dataclass(frozen=True)
class Compiled:
    """The code of a rulebook."""

    shape: Shape
    """What the rules read of a record, with its type."""
    decode: Callable[[bytes], Any]
    make: Mapping[str, Make]
    """Event source → its function."""
    choice: SourceChoice | None
    rows: Rows | None
    """How rows are joined, where several make one event."""
    text: str


class CompiledPlan(InterpretedPlan):
    """A plan whose rules became code."""

    def prepare(self, records: Iterable[Record], now: Now) -> Iterator[Prepared | Settled]:
        """The entries of the records, lazily and in input order."""
        compiled = self._compiled
        if compiled is None:
            return super().prepare(records, now)
        clock = now if callable(now) else lambda: now
        if compiled.rows is not None:
            return self._prepare_rows(compiled, compiled.rows, records, clock)
        return self._prepare(compiled, records, clock)

    def source(self) -> str:
        """The generated code, to read."""
        return "" if self._compiled is None else self._compiled.text

    @property
    def input_type(self) -> Any:
        """What a record is decoded into: the fields that the rules read. None where the interpreter alone works."""
        return None if self._compiled is None else self._compiled.shape.type

    def _prepare(
        self, compiled: Compiled, records: Iterable[Record], clock: Callable[[], float]
    ) -> Iterator[Prepared | Settled]:
        decode, choice, shape, longest = compiled.decode, compiled.choice, compiled.shape, longest_sound()
        (make,) = compiled.make.values() if choice is None else (None,)
        for record in records:
            entries: Entries | None = None
            body = record.body
            if record.fault is None and not record.overlay:
                typed = None
                try:
                    if body.__class__ is bytes:
                        if is_sound(body, longest):
                            typed = decode(body)
                    elif body.__class__ is dict and shape.fits(body):
                        typed = msgspec.convert(body, shape.type)
                except REFUSALS:
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

    def _prepare_rows(
        self, compiled: Compiled, rows: Rows, records: Iterable[Record], clock: Callable[[], float]
    ) -> Iterator[Prepared | Settled]:
        (make,) = compiled.make.values()
        for run in rows.runs(records):
            entries: Entries | None = None
            if run.rows and run.joined is None:
                entries = make(run.records[0].position, run.rows[0], clock(), run.positions(), run.rows, [])
            elif run.rows:
                unit = run.unit(rows.joining)
                head = rows.head_of(unit)
                if head is not None:
                    entries = make(unit.position, head, clock(), unit.rows, run.rows, [*unit.notes])
            if entries is None:
                for entry in self._entries(run.unit(rows.joining), clock()):
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
    ends = (0, 0)
    for model in rulebook.models.values():
        if rulebook.group is not None:
            ends = want_rows(model, rulebook.group, root)
        else:
            want(model, root)
    choice = rulebook.choice
    if choice is not None:
        paths = [*every_path(choice.rule.sources)]
        paths += [path for _, when in choice.otherwise if when is not None for path in condition_paths(when)]
        for path in paths:
            if not isinstance(path.steps[0], str):
                raise NotCompiledError(path.text)
            root.want(path)
    if rulebook.group is None:
        for model in rulebook.models.values():
            want_items(model, root)
    decode = msgspec.json.Decoder(root.close()).decode
    make: dict[str, Make] = {}
    texts: list[str] = []
    for source, model in rulebook.models.items():
        text, held = write_function(model, root, plan.interpreters[source])
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
    group = rulebook.group
    rows = None if group is None else _rows(group, rulebook.zone, root, ends)
    return Compiled(root, decode, make, choice, rows, "\n\n".join(texts))


def _rows(group: GroupRule, zone: tzinfo, root: Shape, ends: tuple[int, int]) -> Rows:
    """How rows are joined; `ends`: how many cells are compared, and how many the head has."""
    ids = group.event_id
    alone = len(ids) == 1 and is_cell(ids[0])
    return Rows(
        group=group,
        typed_group=replace(
            group,
            event=bind(group.event, root),
            event_id=bind(group.event_id, root),
            order_id=bind(group.order_id, root),
        ),
        event_set=root.attribute(group.event_set),
        zone=zone,
        decode=msgspec.json.Decoder(root.type).decode,
        shape=root,
        heads=ends[1],
        compared=ends[0],
        event_id=attrgetter(root.attribute(next(columns(ids)))) if alone else lambda _row: None,
    )
