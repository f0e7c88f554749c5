"""What a shell may complete as the value of an option: words of installed destinations and of their schemas.

A shell that asks gets words or silence: a destination that cannot be loaded has none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tiktok_destination.config.outline import Outline


def destinations(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The installed destinations."""
    from plugin_spec import DestinationManager, PluginLoadError  # noqa: PLC0415 - nothing else needs it here

    del ctx, param
    try:
        return _beginning_with(incomplete, DestinationManager().names())
    except PluginLoadError:
        return []


def presets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The presets of the destination that is meant."""
    del param
    return _of_schema(ctx, incomplete, lambda outline: outline.presets())


def event_sources(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The event sources among which its settings choose."""
    del param
    return _of_schema(ctx, incomplete, lambda outline: outline.event_sources())


def _of_schema(ctx: click.Context, incomplete: str, words: Callable[[Outline], tuple[str, ...]]) -> list[str]:
    from plugin_spec import DestinationManager, PluginLoadError  # noqa: PLC0415 - only where a shell asks
    from tiktok_destination.config.outline import Outline  # noqa: PLC0415 - only where a shell asks

    try:
        schema = DestinationManager().load(ctx.params["destination"]).config_schema()
    except PluginLoadError:
        return []
    return _beginning_with(incomplete, words(Outline(schema)))


def _beginning_with(incomplete: str, words: tuple[str, ...]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
