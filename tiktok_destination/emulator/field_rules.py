"""The field table, arranged for the eye of one event source: which members are read, of which type, which are foreign.

Only rows that TikTok documents are type-checked; rows known from peers alone and unknown members pass as they are, and
members of another event source are ignored (tiktok-api.md A.2, A.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tiktok_destination.emulator.tables import EVENT_SOURCES, FIELDS, EventSource

_ITEMS = "properties.contents[]"
_INT64 = 2**63


def _is_string(value: Any) -> bool:
    return type(value) is str


def _is_strings(value: Any) -> bool:
    return type(value) is list and all(type(item) is str for item in value)


def _is_string_or_strings(value: Any) -> bool:
    return type(value) is str or _is_strings(value)


def _is_integer(value: Any) -> bool:
    return type(value) is int and -_INT64 <= value < _INT64  # a JSON boolean is no number


def _is_number(value: Any) -> bool:
    return type(value) is float or _is_integer(value)


def _is_boolean(value: Any) -> bool:
    return type(value) is bool


def _is_object(value: Any) -> bool:
    return type(value) is dict


def _is_objects(value: Any) -> bool:
    return type(value) is list and all(type(item) is dict for item in value)


TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "string": (_is_string, "not a valid string"),
    "strings": (_is_strings, "not a valid list of strings"),
    "string_or_strings": (_is_string_or_strings, "not a valid string or list of strings"),
    "integer": (_is_integer, "not a valid integer"),
    "number": (_is_number, "not a valid number"),
    "boolean": (_is_boolean, "not a valid boolean"),
    "object": (_is_object, "not a valid object"),
    "objects": (_is_objects, "not a valid list of objects"),
}

TypeRule = tuple[Callable[[Any], bool], str]
"""A test for a JSON value, and the whole message for one that fails it."""


def invalid(path: str, reason: str) -> str:
    """The message of a 40002. The shape is TikTok's own and carries no index of the event (C.5)."""
    return f"Invalid value for {path.replace('[]', '')}: {reason}."


@dataclass(frozen=True)
class FieldRules:
    """The field table for one event source."""

    source: EventSource
    top: dict[str, TypeRule] = field(default_factory=dict)
    sections: dict[str, dict[str, TypeRule]] = field(default_factory=dict)
    """`user`, `properties`, … → member → rule."""
    items: dict[str, TypeRule] = field(default_factory=dict)
    """Members of one of `properties.contents`."""
    required: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Section → the member that it cannot do without, and the message."""
    foreign: dict[str, frozenset[str]] = field(default_factory=dict)
    """Section (`""`: the event itself) → members that belong to other event sources only."""
    match_keys: frozenset[str] = frozenset()
    """Members of `user` by which TikTok can find the person."""
    must_be_hashed: tuple[str, ...] = ()
    """Members of `user` that have to be SHA-256 digests."""


def _rules_of(source: EventSource) -> FieldRules:
    top: dict[str, TypeRule] = {}
    sections: dict[str, dict[str, TypeRule]] = {}
    items: dict[str, TypeRule] = {}
    required: dict[str, tuple[str, str]] = {}
    foreign: dict[str, set[str]] = {}
    for row in FIELDS:
        section, _, member = row.path.rpartition(".")
        if source not in row.sources:
            foreign.setdefault(section, set()).add(member)
            continue
        if row.confidence != "official":
            continue
        test, reason = TYPES[row.type]
        rule = (test, invalid(row.path, reason))
        if section == _ITEMS:
            items[member] = rule
        elif section:
            sections.setdefault(section, {})[member] = rule
            if row.required:
                required[section] = (member, rule[1])
        else:
            top[member] = rule
    users = [(row.path.removeprefix("user."), row) for row in FIELDS if row.path.startswith("user.")]
    return FieldRules(
        source=source,
        top=top,
        sections=sections,
        items=items,
        required=required,
        foreign={section: frozenset(members) for section, members in foreign.items()},
        match_keys=frozenset(name for name, row in users if row.match_key and source in row.sources),
        must_be_hashed=tuple(name for name, row in users if row.must_be_hashed and source in row.sources),
    )


FIELD_RULES: Mapping[EventSource, FieldRules] = {source: _rules_of(source) for source in EVENT_SOURCES}
