"""The table of event names, for people: for each event source what is sent, and in a line for each reason what is not.

A record's name stands in a configuration, where somebody may have written anything: what looks personal is withheld.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from plugin_spec import EventLine
from tiktok_destination.cli.wrapping import aligned, wrapped
from tiktok_destination.redaction import printable, shown_name


def shown_lines(events: Iterable[EventLine]) -> tuple[EventLine, ...]:
    """The lines as they may be shown."""
    return tuple(
        replace(
            line,
            record=shown_name(line.record),
            event=line.event and printable(line.event),
            remark=printable(line.remark),
        )
        for line in events
    )


def event_table(events: Sequence[EventLine]) -> Iterator[str]:
    """One section for each event source."""
    for source in dict.fromkeys(line.event_source for line in events):
        of_source = [line for line in events if line.event_source == source]
        sent = [line for line in of_source if line.event is not None]
        yield ""
        yield f"Events, {source}" if sent else f"Events, {source}: none"
        yield from aligned([_row(line) for line in sent], "  ")
        reasons: dict[str, list[str]] = {}
        for line in of_source:
            if line.event is None:
                reasons.setdefault(line.remark, []).append(line.record)
        if reasons:
            yield "  Not sent"
        for reason, names in reasons.items():
            yield from wrapped(f"{', '.join(names)}: {reason}", "    ")


def _row(line: EventLine) -> tuple[str, str, str]:
    says = [*(["From this file."] if line.origin == "config" else []), line.remark]
    return line.record, f"→ {line.event}", " ".join(part for part in says if part)
