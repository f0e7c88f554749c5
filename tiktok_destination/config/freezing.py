"""Fills in the schema's defaults and makes the result read-only, all the way down."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from plugin_spec.errors import ConfigPath
from tiktok_destination.config.structure import Place, Schema, Structure


def frozen(schema: Schema, data: Mapping[str, Any], secrets: Mapping[ConfigPath, str]) -> Mapping[str, Any]:
    """`data`, already checked, with defaults and secrets in their places: mapping proxies and tuples."""
    filled = _with_defaults(schema, data)
    for path, secret in secrets.items():
        _put(filled, path, secret)
    result: Mapping[str, Any] = _freeze(filled)
    return result


def _with_defaults(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    structure = Structure(schema)
    filled: dict[str, Any] = _copy(data)
    # A default may bring defaults of its own, so the walk sees the data while they grow.
    for place in structure.places(filled):
        if isinstance(place.value, dict):
            _fill(structure, place)
    return filled


def _fill(structure: Structure, place: Place) -> None:
    for key in place.known_keys():
        if key in place.value:
            continue
        for schema in structure.below(place, key):
            if "default" in schema:
                place.value[key] = _copy(schema["default"])
                break


def _put(data: Any, path: ConfigPath, value: str) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(member) for key, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list | tuple) else value


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return MappingProxyType({key: _freeze(member) for key, member in value.items()})
    return tuple(_freeze(member) for member in value) if isinstance(value, list) else value
