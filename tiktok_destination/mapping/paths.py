"""Paths into a record: `context.page.url`, `integrations."TikTok Conversions".ttclid`, `products[].price`,
`address[0].city`, `context.externalId[type=tiktokExternalId].id`.

A path is data: a tuple of steps. Looking up never raises, whatever the record holds; a miss is `None`. A path with a
`[]` gives a list of all that it finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiktok_destination.mapping.scalars import as_text

_TOKEN = re.compile(
    r"""
    (?P<dot>\.)
  | "(?P<quoted>[^"]*)"
  | \[(?P<index>-?\d+)\]
  | (?P<every>\[\])
  | \[(?P<key>[^\]=\["]+)=(?P<equals>[^\]]*)\]
  | (?P<plain>[^.\[\]"]+)
    """,
    re.VERBOSE,
)


class PathError(ValueError):
    """A path that cannot be read; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Every:
    """`[]`: each element."""


@dataclass(frozen=True, slots=True)
class Where:
    """`[key=value]`: the first element whose key has that value."""

    key: str
    value: str


Step = str | int | Every | Where


@dataclass(frozen=True, slots=True)
class Path:
    """A parsed path and the text it was written as."""

    text: str
    steps: tuple[Step, ...]

    def find(self, record: Any) -> Any:
        """What stands there, or None."""
        return _find(record, self.steps, 0)


def parse(text: str) -> Path:
    """Read a path. Raises PathError."""
    steps: list[Step] = []
    position = 0
    after_dot = True
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise PathError(f"at character {position + 1}: a bracket or quote that does not close")
        position = token.end()
        kind = token.lastgroup
        if kind == "dot":
            if after_dot:
                raise PathError(f"at character {position}: a dot with no key before it")
            after_dot = True
            continue
        if kind in ("plain", "quoted"):
            if not after_dot:
                raise PathError(f"at character {token.start() + 1}: a dot is missing before this key")
            steps.append(token["plain"].strip() if kind == "plain" else token["quoted"])
        elif after_dot and steps:
            raise PathError(
                f"at character {token.start() + 1}: a key is missing between the dot and the bracket"
            )
        elif kind == "index":
            steps.append(int(token["index"]))
        elif kind == "every":
            steps.append(Every())
        else:
            steps.append(Where(token["key"].strip(), token["equals"].strip().strip('"')))
        after_dot = False
    if not steps or after_dot:
        raise PathError("the path is empty or ends in a dot")
    return Path(text, tuple(steps))


def _find(value: Any, steps: tuple[Step, ...], start: int) -> Any:
    for at in range(start, len(steps)):
        step = steps[at]
        if isinstance(step, str):
            if type(value) is not dict and not isinstance(
                value, Mapping
            ):  # the exact type first: it is nearly always that
                return None
            value = value.get(step)
        elif not isinstance(value, list | tuple):
            return None
        elif isinstance(step, int):
            value = value[step] if -len(value) <= step < len(value) else None
        elif isinstance(step, Where):
            value = next((element for element in value if _has(element, step)), None)
        else:
            return [found for element in value if (found := _find(element, steps, at + 1)) is not None]
        if value is None:
            return None
    return value


def _has(element: Any, where: Where) -> bool:
    held = element.get(where.key) if isinstance(element, Mapping) else None
    return held == where.value or (
        isinstance(held, int) and not isinstance(held, bool) and as_text(held) == where.value
    )
