"""What a rule may fill: fields of the event, of its frame, and of its items. And what to say where a target is none."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from functools import cache

from plugin_spec import ConfigFault
from tiktok_destination.catalog.fields import fields, item_fields
from tiktok_destination.mapping.event_sources import EVENT_SOURCES

ITEMS = "properties.contents[]"
"""Where the items are; `properties.contents[].price` and its like read from within an item."""
FRAME = ("event_time", "event_id", "test_event_code", "click_time", "ad_tracking_enabled")
"""What is read of a record beside the parts of its event: the last two are judged by, and not sent."""
NAMING = ("event", "event_source")
"""What says which event a record becomes, and of which event source."""
COUNTRY = "user.country"
"""Any event source may have a rule for it, since a record's country also reads its phones; it is sent where it belongs."""

_LIKE_A_TARGET = re.compile(r"[A-Za-z_.\[\]]{1,60}")


@cache
def item_targets() -> dict[str, str]:
    """Field of an item → the target of its rule."""
    return {row.name: f"{ITEMS}.{row.name}" for row in item_fields()}


def fault_of_target(
    target: str, event_sources: Collection[str], path: tuple[str | int, ...]
) -> ConfigFault | None:
    """Why no rule can fill this target for any of these event sources, if so."""
    if target in _frame_and_items():
        return None
    field = fields().get(target)
    if field is None or field.kind == "contents":
        # What is no field's name may be anything, a person's datum too: it is not repeated.
        shown = target if _LIKE_A_TARGET.fullmatch(target) else "this"
        return ConfigFault(path, f"{shown} is not a field of TikTok's events", _hint(target))
    if field.event_sources.intersection(event_sources) or target == COUNTRY:
        return None
    takers = ", ".join(source for source in EVENT_SOURCES if source in field.event_sources)
    sent = " and ".join(event_sources)
    problem = f"{target} is for {takers} events only; this destination sends {sent} events"
    return ConfigFault(path, problem, "Leave it out.")


def is_swapped(source: str, target: str) -> bool:
    """Whether a rename reads like `field of the event: path of the record`, the wrong way round."""
    return source in fields() and target not in fields() and _LIKE_A_TARGET.fullmatch(target) is not None


@cache
def _frame_and_items() -> tuple[str, ...]:
    return (*NAMING, *FRAME, ITEMS, *item_targets().values())


def _hint(target: str) -> str:
    plain = [name for name, field in fields().items() if field.kind != "contents"]
    known = [*plain, *_frame_and_items()]
    last = target.rpartition(".")[2]
    close = difflib.get_close_matches(target, known, n=1, cutoff=0.6) or [
        name for name in known if name.rpartition(".")[2] == last
    ]
    return f"Did you mean {close[0]}?" if close else f"Fields are, for example: {', '.join(plain[:6])}."
