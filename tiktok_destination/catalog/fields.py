"""The fields of a wire event: how each is read, which event sources take it, what is hashed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tiktok_destination.catalog.reading import read


@dataclass(frozen=True)
class Field:
    """One field of the wire event."""

    target: str
    """Path in the event, e.g. `user.email`."""
    kind: str
    """How its value is read and normalised; a key of the mapping's readers."""
    event_sources: frozenset[str]
    hashed: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    required: str | None = None
    """The code with which an event without this field is rejected."""
    means: str | None = None
    """What the field holds, where its name misleads."""


@dataclass(frozen=True)
class ItemField:
    """One field of an element of `properties.contents`."""

    name: str
    kind: str


@cache
def fields() -> dict[str, Field]:
    """Every field by its target, in the order of the wire."""
    return {
        row["target"]: Field(
            row["target"],
            row["kind"],
            frozenset(row["event_sources"]),
            hashed=row.get("hashed", False),
            many=row.get("many", False),
            choices=tuple(row.get("choices", ())),
            required=row.get("required"),
            means=row.get("means"),
        )
        for row in read("fields")["fields"]
    }


@cache
def takes_event_id(event_source: str) -> bool:
    """Whether TikTok takes an event id from this event source; by it, it recognises copies."""
    return any(
        event_source in row["event_sources"] for row in read("fields")["frame"] if row["target"] == "event_id"
    )


@cache
def item_fields() -> tuple[ItemField, ...]:
    """The fields of one item, in the order of the wire."""
    return tuple(ItemField(row["name"], row["kind"]) for row in read("fields")["items"])


@cache
def match_keys() -> tuple[tuple[str, ...], ...]:
    """The identifiers by which TikTok can match an event to a person; each is one field, or several together."""
    return tuple(tuple(row["fields"]) for row in read("fields")["match_keys"])
