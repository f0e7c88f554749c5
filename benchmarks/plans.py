"""The configurations that are measured, with everything on, and what a plan of them reads."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.naive import CURRENCY, PAGE, REGION
from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.compiling.compiled_plan import CompiledPlan
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.plan import compile_plan

_SETTINGS: Final = {
    "event_source": "web",
    "pixel_code": "C0PIXELCODE00000001A",
    "default_region": REGION,
    "default_currency": CURRENCY,
    "link_url": PAGE,
    "time_zone": "Europe/London",
}


def config(preset: str) -> dict[str, Any]:
    """What the plugin's hooks would get."""
    return {"name": f"benchmark-{preset}", "settings": dict(_SETTINGS), "mapping": {"preset": preset}}


def plan(preset: str) -> CompiledPlan:
    """The plan that a host gets."""
    return compile_plan(config(preset))


def interpreted(preset: str) -> InterpretedPlan:
    """The same rules, walked for each record."""
    return InterpretedPlan(build(config(preset)))


def input_type(preset: str) -> Any:
    """The type that holds exactly what the plan reads: the plan's own."""
    return plan(preset).input_type
