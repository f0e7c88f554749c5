"""Rules → Python source: one function for each event source, which makes the entries of one record.

The function reads top to bottom as the interpreter goes: what happened and the frame (`frame`), every field that the
event source takes (`event_fields`, `items`), then one entry for each event (`ending`). A field's code is

    if (v := r_properties.email) is not None and v is not EMPTY or (v := r_context_traits.email) …:
        if v.__class__ is str and is_email(v):                                   # the common shape
            user["email"] = sha256(v.strip().lower().encode()).hexdigest()
        elif (w := read(FIELD, first((…)), region, notes)) is not None:          # anything else, exactly
            user["email"] = w

so that a field that is not there costs a comparison, and one of the common shape no call of ours.

Of rows, `listed` are all, and `record` is the first of them, or what joining made of rows that differ, with its `notes`.
"""

from __future__ import annotations

from typing import Any

from tiktok_destination.mapping.compiling.ending import write_events
from tiktok_destination.mapping.compiling.event_fields import write_fields
from tiktok_destination.mapping.compiling.frame import write_frame, write_name
from tiktok_destination.mapping.compiling.input_type import Shape
from tiktok_destination.mapping.compiling.pen import Pen
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.model import Model


def write_function(model: Model, root: Shape, interpreter: Interpreter) -> tuple[str, dict[str, Any]]:
    """The text of a model's function, and what its names stand for. Raises NotCompiledError."""
    pen = Pen(model, root, interpreter)
    write_name(pen)
    write_frame(pen)
    write_fields(pen)
    write_events(pen)
    given = "position, record, now" if model.group is None else "position, record, now, rows, listed, notes"
    head = f"def {model.event_source}_entries({given}):"
    return "\n".join([head, *pen.object_lines(), *pen.lines]) + "\n", pen.held
