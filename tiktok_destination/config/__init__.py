"""YAML → checked, frozen settings. `load` reads one destination's file; `render` writes faults as lines."""

from tiktok_destination.config.loading import LoadedConfig, load
from tiktok_destination.config.rendering import render
from tiktok_destination.config.schemas import destination_schema, plugin_part

__all__ = ["LoadedConfig", "destination_schema", "load", "plugin_part", "render"]
