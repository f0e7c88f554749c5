"""Walks data and schema together: for each value, the schemas that apply to it, with references and alternatives resolved.

Checking, defaults and secrets all read the same walk, so that they agree about which alternative a value belongs to.
Invariants: reads `$ref` (within the schema), `allOf`, `if`, `oneOf` and `anyOf`, `properties`, `patternProperties`,
`additionalProperties` and `items`; never raises for what the data hold, and raises ContractError for a reference that leads
nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jsonschema.protocols import Validator

from plugin_spec import ContractError
from plugin_spec.errors import ConfigPath
from tiktok_destination.config.keywords import FORMATS, KEYWORDS
from tiktok_destination.config.nearest import ALSO_CALLED, nearest

DISCRIMINATOR = "x-discriminator"
"""Schema annotation beside `oneOf`: the property whose value says which alternative is meant."""

Schema = Mapping[str, Any]

_STRUCTURAL = frozenset(
    {
        "$defs", "$id", "$ref", "$schema", "additionalProperties", "allOf", "else", "if", "items", "patternProperties",
        "properties", "required", "then",
    }
)  # fmt: skip
_CHOICES = ("oneOf", "anyOf")


@dataclass(frozen=True)
class Place:
    """One value and all schemas that apply to it; the outermost, whose annotations say most, comes first."""

    path: ConfigPath
    value: Any
    schemas: tuple[Schema, ...]

    def annotation(self, name: str) -> Any:
        """The first annotation of that name, or None."""
        return next((schema[name] for schema in self.schemas if name in schema), None)

    def also_called(self) -> dict[str, str]:
        """All other words that are known for the keys (or the value) here."""
        words: dict[str, str] = {}
        for schema in reversed(self.schemas):
            words.update(schema.get(ALSO_CALLED, {}))
        return words

    def known_keys(self) -> tuple[str, ...]:
        """The keys that may stand here, in the schema's order."""
        return tuple(dict.fromkeys(key for schema in self.schemas for key in schema.get("properties", {})))

    def required(self) -> tuple[str, ...]:
        """The keys that must stand here."""
        return tuple(dict.fromkeys(key for schema in self.schemas for key in schema.get("required", ())))

    def least(self) -> tuple[str, ...]:
        """The keys that must stand here; where one of several has to be chosen, the first."""
        chosen = [
            key
            for schema in self.schemas
            for choice in _CHOICES
            if choice in schema and _asks_for_keys_only(schema[choice])
            for key in schema[choice][0]["required"]
        ]
        return tuple(dict.fromkeys([*self.required(), *chosen]))

    def forbidden(self) -> bool:
        """Nothing may stand here."""
        return any(schema.get("not") == {} for schema in self.schemas)


class Structure:
    """A schema whose alternatives can be told apart."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.validator = KEYWORDS(root, format_checker=FORMATS)

    def places(self, data: Any) -> Iterator[Place]:
        """Every value of `data`, each before what it holds."""
        yield from self._walk((), data, [self.root])

    def place(self, path: ConfigPath, value: Any, schemas: Sequence[Schema]) -> Place:
        """The value with all schemas that follow from `schemas`."""
        found = [part for schema in schemas for part in self._applying(schema, value)]
        return Place(path, value, tuple(found))

    def below(self, place: Place, key: str) -> list[Schema]:
        """The schemas for one key of a section; none for a key that nothing names."""
        found: list[Schema] = []
        for schema in place.schemas:
            if key in schema.get("properties", {}):
                found.append(schema["properties"][key])
                continue
            patterns = [
                part
                for pattern, part in schema.get("patternProperties", {}).items()
                if re.search(pattern, key)
            ]
            found.extend(patterns)
            if not patterns and isinstance(schema.get("additionalProperties"), Mapping):
                found.append(schema["additionalProperties"])
        return found

    def own_keywords(self, schema: Schema) -> Schema:
        """The schema without the keywords that this walk follows itself."""
        return {
            keyword: value
            for keyword, value in schema.items()
            if keyword not in _STRUCTURAL and not (keyword in _CHOICES and not _asks_for_keys_only(value))
        }

    def _walk(self, path: ConfigPath, value: Any, schemas: Sequence[Schema]) -> Iterator[Place]:
        place = self.place(path, value, schemas)
        yield place
        if isinstance(value, Mapping):
            for key, member in value.items():
                below = self.below(place, key)
                if below:
                    yield from self._walk((*path, key), member, below)
        elif isinstance(value, list | tuple):
            items = [schema["items"] for schema in place.schemas if isinstance(schema.get("items"), Mapping)]
            for index, member in enumerate(value):
                yield from self._walk((*path, index), member, items)

    def _applying(self, schema: Schema | bool, value: Any) -> Iterator[Schema]:
        if isinstance(schema, bool):
            yield {} if schema else {"not": {}}
            return
        yield schema
        if "$ref" in schema:
            yield from self._applying(self._resolved(schema["$ref"]), value)
        for part in schema.get("allOf", ()):
            yield from self._applying(part, value)
        if "if" in schema:
            holds = self.validator.evolve(schema=schema["if"]).is_valid(value)
            yield from self._applying(schema.get("then" if holds else "else", True), value)
        for choice in _CHOICES:
            if choice in schema and not _asks_for_keys_only(schema[choice]):
                yield from self._chosen(schema[choice], schema.get(DISCRIMINATOR), value)

    def _chosen(
        self, alternatives: Sequence[Schema], discriminator: str | None, value: Any
    ) -> Iterator[Schema]:
        """The alternative that was meant; where none can be told, a schema that says what all of them ask for."""
        options = [tuple(self._applying(alternative, value)) for alternative in alternatives]
        fitting = [option for option in options if _accepts_type_of(self.validator, option, value)]
        if not fitting:
            yield {"type": [name for option in options for name in _types(option)]}
        elif len(fitting) == 1:
            yield from fitting[0]
        elif not isinstance(value, Mapping):
            yield from next((option for option in fitting if self._accepts(option, value)), fitting[0])
        elif discriminator:
            yield from _by_word(fitting, discriminator, value)
        else:
            yield from _by_keys(fitting, value)

    def _accepts(self, option: Sequence[Schema], value: Any) -> bool:
        return all(self.validator.evolve(schema=part).is_valid(value) for part in option)

    def _resolved(self, reference: str) -> Schema:
        target: Any = self.root
        for step in reference.removeprefix("#/").split("/") if reference != "#" else ():
            try:
                target = target[step.replace("~1", "/").replace("~0", "~")]
            except (KeyError, TypeError, IndexError):
                raise ContractError(
                    f"the configuration schema refers to {reference}, which is not in it: join files into one schema"
                ) from None
        found: Schema = target
        return found


def _asks_for_keys_only(alternatives: Sequence[Schema]) -> bool:
    """`oneOf` over nothing but `required`: exactly one of these keys. It describes no alternative shapes."""
    return all(isinstance(schema, Mapping) and set(schema) == {"required"} for schema in alternatives)


def _types(option: Sequence[Schema]) -> list[str]:
    named = [schema["type"] for schema in option if "type" in schema]
    return [name for entry in named for name in ([entry] if isinstance(entry, str) else entry)]


def _accepts_type_of(validator: Validator, option: Sequence[Schema], value: Any) -> bool:
    names = _types(option)
    return not names or any(validator.is_type(value, name) for name in names)


def _member(option: Sequence[Schema], key: str) -> Schema:
    return next((schema["properties"][key] for schema in option if key in schema.get("properties", {})), {})


def _by_word(
    options: Sequence[tuple[Schema, ...]], discriminator: str, value: Mapping[str, Any]
) -> Iterator[Schema]:
    members = [_member(option, discriminator) for option in options]
    words = [str(member.get("const")) for member in members]
    word = value.get(discriminator)
    if isinstance(word, str):
        meant = nearest(word, words, members[0].get(ALSO_CALLED, {}))
        if meant in words:
            yield from options[words.index(meant)]
            return
    known = [sum(bool(_member(option, key)) for key in value) for option in options]
    if known.count(max(known)) == 1:  # the keys tell, which finds further faults; the missing word stays one
        yield from options[known.index(max(known))]
        return
    member = {keyword: part for keyword, part in members[0].items() if keyword != "const"}
    yield {"required": [discriminator], "properties": {discriminator: {**member, "enum": words}}}


def _by_keys(options: Sequence[tuple[Schema, ...]], value: Mapping[str, Any]) -> Iterator[Schema]:
    """Each option has one required key of its own; a near miss of that key counts as well."""
    needed = [
        next((key for schema in option for key in schema.get("required", ())), "") for option in options
    ]
    for option, key in zip(options, needed, strict=True):
        if key in value:
            yield from option
            return
    for option, key in zip(options, needed, strict=True):
        if any(nearest(other, [key], {}) == key for other in value):
            yield from option
            return
    yield {"anyOf": [{"required": [key]} for key in needed]}
