"""The plan of one configuration: what a host gets from `destination_compile`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.compiling.compiled_plan import CompiledPlan


def compile_plan(config: Mapping[str, Any]) -> CompiledPlan:
    """A plan for a plugin's configuration. Raises ConfigError with every fault."""
    return CompiledPlan(build(config))
