"""From a configuration schema to the parts of a form: fields, sections, and alternatives of which one is chosen.

Any destination's schema gives a form. What no simple input fits (a free mapping, a value of several types) is a field of YAML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from plugin_spec.errors import ConfigPath
from tiktok_destination.config.sentences import IS_SECRET
from tiktok_destination.config.structure import DISCRIMINATOR, Schema
from tiktok_destination.harness.yaml_text import written

CREDENTIAL_KEYS: Final = ("credential", "reporting_credential")


class Kind(StrEnum):
    """How a field is shown and read."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LINES = "lines"
    """A list of texts, one to a line."""
    YAML = "yaml"
    SECRET = "secret"  # noqa: S105 - a kind of field
    """`${NAME}` or `${file:PATH}`, never the secret itself."""
    CREDENTIAL = "credential"
    """The name of a stored credential, or a reference."""


@dataclass(frozen=True)
class Field:
    """One property."""

    path: ConfigPath
    name: str
    """Its name in the form."""
    kind: Kind
    title: str
    description: str
    example: str = ""
    default: str = ""
    required: bool = False
    options: tuple[Any, ...] = ()
    """The values that a choice may take."""


@dataclass(frozen=True)
class Section:
    """A property that holds others."""

    path: ConfigPath
    name: str
    title: str
    description: str
    required: bool
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Alternative:
    """One of several shapes of a section, and the word that chooses it."""

    word: str
    title: str
    description: str
    parts: tuple[Part, ...]
    name: str


@dataclass(frozen=True)
class Alternatives:
    """A section whose shape depends on the value of one of its properties."""

    path: ConfigPath
    name: str
    title: str
    description: str
    required: bool
    key: str
    key_title: str
    key_description: str
    alternatives: tuple[Alternative, ...]


Part = Field | Section | Alternatives


def parts_of(schema: Schema, root: Schema, path: ConfigPath = (), prefix: str = "") -> tuple[Part, ...]:
    """The parts for the properties of an object; what must be given comes first."""
    required = set(schema.get("required", ()))
    found = [
        _part(_resolved(part, root), root, (*path, key), f"{prefix}{key}", required=key in required)
        for key, part in schema.get("properties", {}).items()
    ]
    return tuple(sorted(found, key=lambda part: not part.required))


def _part(schema: Schema, root: Schema, path: ConfigPath, name: str, *, required: bool) -> Part:
    title, description = str(schema.get("title", path[-1])), str(schema.get("description", ""))
    if DISCRIMINATOR in schema and "oneOf" in schema:
        return _alternatives(schema, root, path, name, required=required)
    if "properties" in schema:
        parts = parts_of(schema, root, path, f"{name}.")
        return Section(path, name, title, description, required, parts)
    kind = Kind.CREDENTIAL if path[-1] in CREDENTIAL_KEYS and len(path) == 1 else _kind(schema)
    examples = schema.get("examples") or ("",)
    return Field(
        path=path,
        name=name,
        kind=kind,
        title=title,
        description=description,
        example=_shown(examples[0], kind),
        default=_shown(schema["default"], kind) if schema.get("default") not in (None, "", {}) else "",
        required=required,
        options=tuple(schema.get("enum", ())),
    )


def _alternatives(
    schema: Schema, root: Schema, path: ConfigPath, name: str, *, required: bool
) -> Alternatives:
    key = schema[DISCRIMINATOR]
    options = [_resolved(option, root) for option in schema["oneOf"]]
    member = _resolved(options[0]["properties"][key], root)
    return Alternatives(
        path=path,
        name=name,
        title=str(schema.get("title", path[-1])),
        description=str(schema.get("description", "")),
        required=required,
        key=key,
        key_title=str(member.get("title", key)),
        key_description=str(member.get("description", "")),
        alternatives=tuple(_alternative(option, root, path, name, key) for option in options),
    )


def _alternative(option: Schema, root: Schema, path: ConfigPath, name: str, key: str) -> Alternative:
    word = str(_resolved(option["properties"][key], root)["const"])
    rest = {
        **option,
        "properties": {other: part for other, part in option["properties"].items() if other != key},
    }
    own = f"{name}={word}"
    return Alternative(
        word=word,
        title=str(option.get("title", word)),
        description=str(option.get("description", "")),
        parts=parts_of(rest, root, path, f"{own}."),
        name=own,
    )


def _kind(schema: Schema) -> Kind:
    if schema.get(IS_SECRET):
        return Kind.SECRET
    if "enum" in schema:
        return Kind.CHOICE
    named = schema.get("type")
    if named == "array":
        return Kind.LINES if _type_of_items(schema) == "string" else Kind.YAML
    simple = {"string": Kind.TEXT, "integer": Kind.NUMBER, "number": Kind.NUMBER, "boolean": Kind.BOOLEAN}
    return simple.get(named, Kind.YAML) if isinstance(named, str) else Kind.YAML


def _type_of_items(schema: Schema) -> Any:
    items = schema.get("items")
    return items.get("type") if isinstance(items, Mapping) else None


def _shown(value: Any, kind: Kind) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind is Kind.LINES and isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict | list):
        return written(value).rstrip("\n")
    return str(value)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with a reference's target below its own keywords."""
    while "$ref" in schema:
        target: Any = root
        for step in schema["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
    return schema


def fields_of(parts: tuple[Part, ...]) -> Iterator[Field]:
    """Every field, of all alternatives."""
    for part in parts:
        if isinstance(part, Field):
            yield part
        elif isinstance(part, Section):
            yield from fields_of(part.parts)
        else:
            for one in part.alternatives:
                yield from fields_of(one.parts)
