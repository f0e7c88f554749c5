"""The common shape of each kind of field: when a value `v` has it, and its wire form then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tiktok_destination.catalog.fields import Field
from tiktok_destination.catalog.places import currencies
from tiktok_destination.mapping.compiling import quick, runtime
from tiktok_destination.mapping.compiling.pen import Pen
from tiktok_destination.mapping.compiling.quick import SHORTCUTS, Shortcut
from tiktok_destination.mapping.scalars import LARGEST

_DECIMAL = "v.__class__ is str and (w := decimal(v)) is not None"
_SIZE = f"0 <= (w := v) < {LARGEST}"

COMMON: Final[Mapping[str, Shortcut]] = {
    "text": Shortcut("v.__class__ is str and (v.isascii() or v.isprintable()) and (w := v.strip())", "w"),
    "amount": Shortcut(f"(v.__class__ is float or v.__class__ is int) and {_SIZE} or {_DECIMAL}", "w"),
    "count": Shortcut(f"v.__class__ is int and {_SIZE} or {_DECIMAL} and w.__class__ is int", "w"),
    "flag": Shortcut("v is True or v is False"),
    "currency": Shortcut("v.__class__ is str and v in currencies"),
    **{
        kind: Shortcut(f"v.__class__ is str and {shortcut.when}", shortcut.wire)
        for kind, shortcut in SHORTCUTS.items()
    },
}
"""Kind of field → its common shape; of `text`, `amount` and `count` it leaves the wire form in `w`."""

NAMES: Final[Mapping[str, Any]] = {**quick.NAMES, "currencies": currencies(), "decimal": runtime.decimal}
"""What the expressions name."""


def common_shape(pen: Pen, row: Field) -> Shortcut | None:
    """The common shape of a field's value, if its kind has one."""
    if row.kind != "choice":
        return COMMON.get(row.kind)
    if len({choice.casefold() for choice in row.choices}) < len(row.choices):
        return None
    choices = pen.constant(f"CHOICES_{row.target.replace('.', '_')}", frozenset(row.choices))
    return Shortcut(f"v.__class__ is str and v in {choices}")
