"""What is wrong and what to write, from a schema's keyword and its own words. The value itself is never looked at closely.

Invariants: no sentence repeats a value, except a number where the schema says `x-id` (an id is no secret); nothing of the
validation library's text is used, because it quotes what was written.
"""

from __future__ import annotations

import json
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath
from tiktok_destination.config.document import Mark
from tiktok_destination.config.faults import showable
from tiktok_destination.config.nearest import nearest, plain
from tiktok_destination.config.structure import Place, Schema

IS_ID = "x-id"
IS_SECRET = "x-secret"  # noqa: S105 - the name of a schema annotation

_TIME_ZONE = "iana-time-zone"
"""The format's name in the schemas."""
_MOST_NAMES = 12
_TYPE_WORDS: Mapping[str, str] = {
    "object": "a section of keys",
    "array": "a list",
    "string": "text",
    "boolean": "true or false",
    "number": "a number",
    "integer": "a whole number",
    "null": "null",
}
_SWITCH_WORDS: Mapping[str, str] = {
    "yes": "true",
    "on": "true",
    "true": "true",
    "no": "false",
    "off": "false",
    "false": "false",
}
_SECRET_FORM = "Write ${NAME} for an environment variable or ${file:PATH} for a file"  # noqa: S105 - words

_SPEAK_OF_THEIR_SCHEMA = frozenset({"oneOf", "anyOf", "not"})
"""Keywords whose schema knows better than the outermost one what to write."""

Sentence = tuple[str, str]
"""What is wrong, and what to write."""


def listed(names: list[str] | tuple[str, ...]) -> str:
    """Names as one phrase, cut off where it would grow long."""
    shown = ", ".join(names[:_MOST_NAMES])
    return f"{shown}, …" if len(names) > _MOST_NAMES else shown


def missing(place: Place) -> ConfigFault:
    """A required key that is not there; `place` is where it would be."""
    return ConfigFault(place.path, "is missing", _what_to_write(place))


def unknown(path: ConfigPath, key: str, meant: str | None, section: Place) -> ConfigFault:
    """A key that may not stand here; `meant` is what `nearest` made of it."""
    known = section.known_keys()
    if meant in known:
        remedy = f"Did you mean {meant}?"
    elif meant:
        remedy = meant
    else:
        remedy = f"Known here: {listed(known)}" if known else "Remove it"
    if meant is None and any(schema.get(IS_SECRET) for part in section.schemas for schema in _members(part)):
        # Beside a secret, an unknown key may be the secret itself.
        return ConfigFault(path, "holds a key that is not known", remedy, at_key=True)
    return ConfigFault((*path, key), "is not known here", remedy, at_key=True)


def blank(place: Place) -> ConfigFault:
    """A key with nothing behind it, where null would be allowed."""
    return ConfigFault(
        place.path, "has no value", "Write null if that is meant, or remove the line", at_key=True
    )


def unfit(place: Place, schema: Schema, keyword: str, mark: Mark) -> Sentence:
    """What is wrong with the value at `place`, which fails that keyword of `schema`, one of the place's own."""
    operand = schema[keyword]
    if keyword == "type":
        return _wrong_type(place, operand, mark)
    if keyword in _SPEAK_OF_THEIR_SCHEMA:
        place = replace(place, schemas=(schema, *place.schemas))
    explain = _EXPLANATIONS.get(keyword)
    problem, remedy = explain(place, operand) if explain else ("does not have the form that is needed", "")
    return problem, remedy or _what_to_write(place)


def _wrong_type(place: Place, operand: Any, mark: Mark) -> Sentence:
    wanted = [operand] if isinstance(operand, str) else list(dict.fromkeys(operand))
    if mark.blank:
        return "has no value", _what_to_write(place)
    problem = f"is {_found(place.value)}, not {' or '.join(_TYPE_WORDS[name] for name in wanted)}"
    if place.annotation(IS_SECRET):
        return problem, _SECRET_FORM
    if wanted == ["string"] and mark.number_text is not None:
        if place.annotation(IS_ID):
            return problem, f'Write it in quotes: "{mark.number_text}"'
        if place.annotation("enum") is None:
            return problem, f"Put it in quotes if it is meant. {_what_to_write(place)}"
    if "boolean" in wanted and isinstance(place.value, str):
        word = _SWITCH_WORDS.get(place.value.casefold())
        if word:
            return problem, f"Write {word}"
    if isinstance(place.value, str) and {"number", "integer"} & set(wanted):
        return problem, f"Write a number without quotes. {_what_to_write(place)}"
    return problem, _what_to_write(place)


def _found(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "text" if value else "empty"
    if isinstance(value, int | float):
        return "a number"
    return "a list" if isinstance(value, list) else "a section of keys"


def _what_to_write(place: Place) -> str:
    description = _description(place)
    examples = place.annotation("examples") or ()
    if not examples:
        return description
    last = showable(place.path)[-1] if place.path else 0
    key = f"{last}: " if isinstance(last, str) else ""
    shown = json.dumps(examples[0], ensure_ascii=False)
    return f"{description} For example: {key}{shown}".strip()


def _description(place: Place) -> str:
    return str(place.annotation("description") or "").strip()


def _members(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [member for member in schema.get("properties", {}).values() if isinstance(member, Mapping)]


def _none_of(place: Place, allowed: list[Any]) -> Sentence:
    words = [word if isinstance(word, str) else json.dumps(word) for word in allowed]
    few = len(words) <= _MOST_NAMES
    problem = f"is not one of {', '.join(words)}" if few else "is not one of the values that are known"
    meant = nearest(place.value, words, place.also_called()) if isinstance(place.value, str) else None
    if meant in words:
        return problem, f"Did you mean {meant}?"
    if meant:
        return problem, meant
    return problem, ""


def _not_the_one(_place: Place, only: Any) -> Sentence:
    return "is not the value that stands here", f"Write {json.dumps(only, ensure_ascii=False)}"


def _one_key_of(place: Place, alternatives: list[Mapping[str, Any]]) -> Sentence:
    names = [key for alternative in alternatives for key in alternative.get("required", ())]
    present = [name for name in names if isinstance(place.value, Mapping) and name in place.value]
    if present:
        return f"holds {' and '.join(present)} together", _how_to_join(place, present)
    return f"needs one of {', '.join(names)}", ""


def _how_to_join(place: Place, present: list[str]) -> str:
    """Comparisons of one path are parts of a larger condition; of other keys only one can be meant."""
    if "path" not in place.value:
        return "Keep one of them"
    parts = ", ".join(f"{{path: …, {name}: …}}" for name in present)
    return f"Join them with all: [{parts}]"


def _wrong_format(place: Place, name: str) -> Sentence:
    if name != _TIME_ZONE:
        return "does not have the form that is needed", ""
    # A name without a region (EST, Japan) may mean less than somebody thinks, and is never suggested.
    known = sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone)
    cities = {plain(zone.rpartition("/")[2]): zone for zone in reversed(known)}
    meant = cities.get(plain(place.value)) or nearest(place.value, known, {})
    return "is not the name of a time zone", f"Did you mean {meant}?" if meant else ""


_EXPLANATIONS: Mapping[str, Callable[[Place, Any], Sentence]] = {
    "enum": _none_of,
    "const": _not_the_one,
    "oneOf": _one_key_of,
    "anyOf": _one_key_of,
    "not": lambda place, _operand: ("cannot stand beside the other keys of this file", _description(place)),
    "pattern": lambda _place, _operand: ("does not have the form that is needed", ""),
    "format": _wrong_format,
    "minLength": lambda _place, least: (
        "is empty" if least == 1 else f"is shorter than {least} characters",
        "",
    ),
    "maxLength": lambda _place, most: (f"is longer than {most} characters", ""),
    "minItems": lambda _place, least: (
        "is an empty list" if least == 1 else f"has fewer than {least} items",
        "",
    ),
    "maxItems": lambda _place, most: (f"has more than {most} items", ""),
    "uniqueItems": lambda _place, _operand: ("holds the same item twice", "Keep one of them"),
    "minimum": lambda _place, least: (f"is less than {least}", ""),
    "maximum": lambda _place, most: (f"is more than {most}", ""),
    "exclusiveMinimum": lambda _place, bound: (f"is not more than {bound}", ""),
    "exclusiveMaximum": lambda _place, bound: (f"is not less than {bound}", ""),
}
