"""The events of a preset as a configuration would list them: what is sent, then, each line a comment, what is not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from plugin_spec import EventLine
from tiktok_destination.cli.template import comment, commented, marked
from tiktok_destination.cli.wrapping import WIDTH
from tiktok_destination.cli.yaml_writing import entry

_ROOM: Final = WIDTH - len("  #   ")
"""A line stands two levels deep in a section that is a comment."""


def event_lines(events: Iterable[EventLine], switched_on: Callable[[str], str | None]) -> Iterator[str]:
    """The lines; `switched_on` tells the event of a name that is off and can be switched on, else None."""
    by_record: dict[str, list[EventLine]] = {}
    for line in events:
        by_record.setdefault(line.record, []).append(line)
    if by_record:
        yield from comment("What happens without these lines. Change one to have something else.", _ROOM)
    off: list[str] = []
    never: dict[str, list[str]] = {}
    for record, lines in by_record.items():
        if sent := [line for line in lines if line.event]:
            yield from _sent(record, sent)
        elif event := switched_on(record):
            off += marked(entry(record, value=True, width=_ROOM - 2), f"off by default: {event}", _ROOM - 2)
        else:
            never.setdefault(lines[0].remark, []).append(record)
    yield from commented(off)
    for reason, records in never.items():
        yield from comment(reason, _ROOM)
        for record in records:
            yield from commented(entry(record, value=None, width=_ROOM - 2))


def _sent(record: str, lines: list[EventLine]) -> Iterator[str]:
    event = lines[0].event
    others = [f"{line.event_source}: {line.event}." for line in lines if line.event != event]
    says = " ".join(dict.fromkeys([*(line.remark for line in lines if line.remark), *others]))
    yield from marked(entry(record, event, _ROOM), says, _ROOM)
