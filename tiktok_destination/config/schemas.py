"""The schema files, joined: each function gives one schema that refers to no other file."""

from __future__ import annotations

from typing import Any

import config_schemas

_SUFFIX = ".schema.json"


def destination_schema() -> dict[str, Any]:
    """The whole file as a host reads it; `settings` and `mapping` are left to the plugin."""
    return _joined("destination")


def plugin_part() -> dict[str, Any]:
    """The TikTok destination's own keys: `settings` and `mapping`."""
    return _joined("tiktok")


def _joined(name: str) -> dict[str, Any]:
    schema = config_schemas.load(name)
    definitions: dict[str, Any] = schema.pop("$defs", {})
    joined = _inlined(schema, definitions)
    if definitions:
        joined["$defs"] = {key: _inlined(part, definitions) for key, part in definitions.items()}
    result: dict[str, Any] = joined
    return result


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    """`part` with other files' content in place of the reference to it; keywords beside the reference stay.

    Definitions of a file move to the joined schema under their own names, so a reference to them stays as it is.
    """
    if isinstance(part, list):
        return [_inlined(member, definitions) for member in part]
    if not isinstance(part, dict):
        return part
    reference = part.get("$ref", "")
    if _SUFFIX not in reference:
        return {key: _inlined(member, definitions) for key, member in part.items()}
    name, _, pointer = reference.partition(_SUFFIX)
    target: Any = config_schemas.load(name)
    target.pop("$schema", None)
    definitions.update(
        {key: _inlined(member, definitions) for key, member in target.pop("$defs", {}).items()}
    )
    for step in pointer.removeprefix("#/").split("/") if pointer else ():
        target = target[step]
    return _inlined({**target, **{key: member for key, member in part.items() if key != "$ref"}}, definitions)
