"""The pages of what arrived: what became of it, which faults are armed, and each event as it was received."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice

from flask import Blueprint, Response, abort, request

from tiktok_destination.emulator.flags import MEANINGS
from tiktok_destination.emulator.ledger import DISPOSITIONS, Entry, LedgerLine
from tiktok_destination.emulator.rendering import html
from tiktok_destination.emulator.tables import EVENT_SOURCES
from tiktok_destination.emulator.world import World

_ROWS = 100


def create_blueprint(world: World) -> Blueprint:
    """The page of one emulator."""
    blueprint = Blueprint("page", __name__)

    @blueprint.get("/")
    def overview() -> Response:
        chosen = {name: request.args.get(name, "") for name in ("source", "disposition", "event")}
        with world.lock:
            lines = list(
                islice((one.line for one in world.ledger.latest() if _fits(one.line, chosen)), _ROWS)
            )
            summary = world.summary()
        return html(
            "overview.html",
            lines=lines,
            summary=summary,
            chosen=chosen,
            rows=_ROWS,
            sources=EVENT_SOURCES,
            dispositions=DISPOSITIONS,
        )

    @blueprint.get("/events/<int:sequence>")
    def one_event(sequence: int) -> Response:
        with world.lock:
            entry = world.ledger.find(sequence)
            clock = world.clock_shown()
        if entry is None:
            abort(404)
        return html("event.html", line=entry.line, body=_indented(entry), clock=clock)

    blueprint.add_app_template_filter(_utc, "utc")
    blueprint.add_app_template_filter(_meaning, "meaning")
    return blueprint


def _fits(line: LedgerLine, chosen: dict[str, str]) -> bool:
    return (
        chosen["source"] in ("", line.event_source)
        and chosen["disposition"] in ("", line.disposition)
        and chosen["event"] in ("", line.event, line.recorded_event)
    )


def _indented(entry: Entry) -> str:
    return json.dumps(json.loads(entry.body), indent=2, ensure_ascii=False)


def _utc(seconds: float) -> str:
    """Unix seconds for people; as they are where no calendar reaches."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
    except (OverflowError, OSError, ValueError):
        return str(seconds)


def _meaning(flag: str) -> str:
    return MEANINGS[flag.partition(":")[0]]
