"""Finds what a field rule's sources hold: the first that is not empty wins. Never raises, whatever the record is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from tiktok_destination.mapping.conditions import is_empty, platform_at
from tiktok_destination.mapping.rules import (
    Constant,
    EveryOf,
    FromPath,
    FromQuery,
    ListOf,
    ObjectOf,
    Source,
    TrackingStatus,
    describe,
)
from tiktok_destination.mapping.scalars import as_flag, as_text, read_number
from tiktok_destination.mapping.tracking import tracking_status


class Found(NamedTuple):
    """A value of the record and where it stood; a note if a transform failed."""

    value: Any
    source: Source | None
    note: str | None = None


NOTHING: Final = Found(None, None)


def look(sources: Iterable[Source], record: Any) -> Found:
    """The first non-empty value."""
    note = None
    for source in sources:
        value = _value(source, record)
        if is_empty(value):
            continue
        if isinstance(source, FromPath) and source.transform:
            value = TRANSFORMS[source.transform](value)
            if value is None:
                note = note or "transform_unfit"
                continue
        return Found(value, source)
    return Found(None, None, note) if note else NOTHING


def where(source: Source, record: Any) -> str:
    """Where a value that was found stood, as an operator would write it."""
    if isinstance(source, EveryOf | ObjectOf | ListOf):
        hits = [look(group, record).source for group in source.groups]
        return ", ".join(where(hit, record) for hit in hits if hit is not None)
    return describe(source)


def described(sources: Iterable[Source]) -> tuple[str, ...]:
    """The sources in words, for explaining where one looked."""
    return tuple(describe(source) for source in sources)


def _value(source: Source, record: Any) -> Any:
    if isinstance(source, FromPath):
        return source.path.find(record) if source.when is None or source.when(record) else None
    if isinstance(source, Constant):
        return source.value
    if isinstance(source, FromQuery):
        return _from_query(source, record)
    if isinstance(source, EveryOf):
        return _every(source, record)
    if isinstance(source, TrackingStatus):
        return _tracking_status(source, record)
    return _gathered(source, record)


def _gathered(source: ObjectOf | ListOf, record: Any) -> dict[str, Any] | list[Any] | None:
    values = [look(group, record).value for group in source.groups]
    if all(value is None for value in values):
        return None
    return dict(zip(source.keys, values, strict=True)) if isinstance(source, ObjectOf) else values


def _tracking_status(source: TrackingStatus, record: Any) -> str | None:
    platform = platform_at(source.os, record)
    return tracking_status(
        platform, as_text(source.version.find(record)), as_flag(source.allowed.find(record))
    )


def _every(source: EveryOf, record: Any) -> list[Any]:
    values: list[Any] = []
    for group in source.groups:
        value = look(group, record).value
        values.extend(value if isinstance(value, list | tuple) else [] if value is None else [value])
    return values


def _from_query(source: FromQuery, record: Any) -> str | None:
    address = source.address.find(record)
    if not isinstance(address, str) or source.parameter not in address:
        return None
    if source.same_site_as is not None:
        other = source.same_site_as.find(record)
        if not isinstance(other, str) or not same_site(address, other):
            return None
    query = _split(address)[1]
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if name == source.parameter and value:
            return unquote(value)
    return None


def same_site(address: str, other: str) -> bool:
    """Whether two addresses are of one site: the same host but for `www.`, or one a subdomain of the other."""
    left, right = (_split(text)[0].removeprefix("www.") for text in (address, other))
    if "." not in left or "." not in right:
        return left == right != ""
    return left == right or left.endswith("." + right) or right.endswith("." + left)


def _split(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(address.strip())
        return (parts.hostname or "").lower(), parts.query
    except ValueError:
        return "", ""


def _whole(value: Any) -> int | None:
    number = read_number(value)
    return int(number) if number is not None and number == int(number) else None


def _on_text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    def transform(value: Any) -> Any:
        text = as_text(value)
        return None if text is None else change(text)

    return transform


TRANSFORMS: Final[dict[str, Callable[[Any], Any]]] = {
    "string": as_text,
    "number": read_number,
    "integer": _whole,
    "boolean": as_flag,
    "lower": _on_text(str.lower),
    "upper": _on_text(str.upper),
    "trim": _on_text(str.strip),
    "split": _on_text(lambda text: [part.strip() for part in text.split(",") if part.strip()]),
}
"""The transforms of the mapping language; None where a value cannot be transformed."""
