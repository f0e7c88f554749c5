"""What a preset keeps switched off as a whole, and which switches together deserve a word of warning. Both are its data.

kept_off: {app: {code: app_events_off, switch: app_events, says: …}}      an event source whose events wait for a switch
warnings: [{switched_on: [view_content], while: session_start, says: …}]      names that should not be the same event
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from plugin_spec import ConfigFault
from tiktok_destination.mapping.event_names import NameTable, fold

_APP_EVENTS = "app_events"


def off_as_a_whole(preset: Mapping[str, Any], mapping: Mapping[str, Any], event_source: str) -> str | None:
    """The code that says why nothing of this event source is sent, or None."""
    switch = preset.get("kept_off", {}).get(event_source)
    if switch is None or mapping.get(switch["switch"]):
        return None
    code: str = switch["code"]
    return code


def preset_warnings(
    preset: Mapping[str, Any], mapping: Mapping[str, Any], event_source: str, names: NameTable
) -> Iterator[ConfigFault]:
    """What an operator should know of the switches as they stand."""
    if off_as_a_whole(preset, mapping, event_source):
        switch = preset["kept_off"][event_source]
        yield ConfigFault(
            ("mapping",), switch["says"], f"Write mapping.{switch['switch']}: true to send them."
        )
    switches = {kept["switch"] for kept in preset.get("kept_off", {}).values()}
    if mapping.get(_APP_EVENTS) and _APP_EVENTS not in switches:
        problem = "no app events are kept off here, so there is nothing to switch on"
        yield ConfigFault(("mapping", _APP_EVENTS), problem, "Leave it out.")
    written = {fold(name): name for name in mapping.get("events") or {}}
    for row in preset.get("warnings", ()):
        others = _events(names, row["while"])
        for name in row["switched_on"]:
            if fold(name) in written and others & _events(names, name):
                yield ConfigFault(("mapping", "events", written[fold(name)]), row["says"], row["remedy"])


def _events(names: NameTable, name: str) -> set[str]:
    held = names.resolve(name)
    return {rule.canonical for rule in held} if isinstance(held, tuple) else set()
