"""Warnings about accepted events, by name: what TikTok takes without a word although it will serve nobody.

Privacy and semantics checks of tiktok-api.md K.5 and K.6, and fields that TikTok ignores. A flag is `name` or
`name:field`; neither ever holds a value of the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tiktok_destination.emulator.event_checks import SHA256_HEX
from tiktok_destination.emulator.event_names import differs_in_case_only
from tiktok_destination.emulator.field_rules import FieldRules
from tiktok_destination.emulator.tables import CURRENCIES, FIELDS, LIMITS

MEANINGS: Mapping[str, str] = {
    "unhashed": "should be a SHA-256 digest and is not",
    "upper_case_hash": "a digest in upper-case hex; TikTok's own are lower-case",
    "hash_of_empty": "the digest of nothing: an empty value was hashed",
    "hashed_plain_field": "looks like a digest, but TikTok wants this field as plain text",
    "foreign_field": "belongs to another event source; TikTok ignores it here",
    "no_match_key": "nothing by which TikTok could find the person",
    "not_in_list": "none of the values that TikTok names for this field",
    "unsupported_currency": "a currency off TikTok's list",
    "value_without_currency": "a value without its currency",
    "value_differs_from_contents": "the value is not the sum of price × quantity of the contents",
    "limited_data_use_without_ip": "limited data use needs the user's IP, which decides the state",
    "event_time_in_milliseconds": "the event time seems to be in milliseconds",
    "event_in_future": "the event lies ahead of the clock",
    "older_than_28_days": "too old to be matched to an ad or to show in reports",
    "standard_name_in_wrong_case": "differs from a standard event in letter case only, so it is a custom event",
}
"""What each flag means."""

_EMPTY_DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_HASHED = frozenset(row.path.removeprefix("user.") for row in FIELDS if row.form == "sha256")
_PLAIN = frozenset(("ip", "user_agent", "ttclid", "ttp", "city", "state", "country"))
_VALUE_LISTS = {
    section: {
        row.path.rpartition(".")[2]: frozenset(row.values)
        for row in FIELDS
        if row.values and row.confidence == "official" and row.path.rpartition(".")[0] == section
    }
    for section in ("user", "properties")
}
_TOLERANCE = 0.005  # half a cent: sums of decimal prices are not exact in floating point


def flags_of(
    event: dict[str, Any], rules: FieldRules, match_keys: tuple[str, ...], now: float
) -> tuple[str, ...]:
    """The flags of an event that passed the checks."""
    flags: list[str] = []
    user = event.get("user")
    properties = event.get("properties")
    if not match_keys:
        flags.append("no_match_key")
    if type(user) is dict:
        flags.extend(_privacy(user))
    if type(properties) is dict:
        flags.extend(_semantics(properties))
    flags.extend(_time(event["event_time"], now))
    if differs_in_case_only(rules.source, event["event"]):
        flags.append("standard_name_in_wrong_case")
    if (
        event.get("limited_data_use") is True
        and "limited_data_use" in rules.top
        and not (user or {}).get("ip")
    ):
        flags.append("limited_data_use_without_ip")
    flags.extend(_lists_and_foreign(event, rules))
    return tuple(flags)


def _privacy(user: dict[str, Any]) -> Iterator[str]:
    """Fields of another event source too: a plain e-mail address is no better for being ignored."""
    for name, value in user.items():
        if name in _PLAIN:
            if type(value) is str and len(value) == 64 and SHA256_HEX.fullmatch(value):
                yield f"hashed_plain_field:user.{name}"
        elif name in _HASHED and value:
            listed = [value] if type(value) is str else value if type(value) is list else []
            digests = [one for one in listed if type(one) is str]
            if any(one and not SHA256_HEX.fullmatch(one) for one in digests):
                yield f"unhashed:user.{name}"
            elif any(one != one.lower() for one in digests):
                yield f"upper_case_hash:user.{name}"
            if any(one.lower() == _EMPTY_DIGEST for one in digests):
                yield f"hash_of_empty:user.{name}"


def _semantics(properties: dict[str, Any]) -> Iterator[str]:
    value = properties.get("value")
    currency = properties.get("currency")
    if currency is not None and currency not in CURRENCIES:
        yield "unsupported_currency"
    if value is None:
        return
    if currency is None:
        yield "value_without_currency"
    contents = properties.get("contents")
    if contents and all("price" in item for item in contents):
        total = sum(item["price"] * item.get("quantity", 1) for item in contents)
        if abs(total - value) > _TOLERANCE:
            yield "value_differs_from_contents"


def _time(event_time: int, now: float) -> Iterator[str]:
    if event_time > LIMITS.event_time_milliseconds_above:
        yield "event_time_in_milliseconds"
    elif event_time > now + 300:
        yield "event_in_future"
    elif event_time < now - LIMITS.attribution_window_s:
        yield "older_than_28_days"


def _lists_and_foreign(event: dict[str, Any], rules: FieldRules) -> Iterator[str]:
    for section, lists in _VALUE_LISTS.items():
        members = event.get(section)
        if type(members) is not dict:
            continue
        foreign = rules.foreign.get(section, ())
        for name, allowed in lists.items():
            if name in members and name not in foreign and members[name] not in allowed:
                yield f"not_in_list:{section}.{name}"
    foreign_sections = rules.foreign.get("", ())
    for section, names in rules.foreign.items():
        if section in foreign_sections:
            continue  # named once as a whole
        members = event.get(section) if section else event
        if type(members) is dict and not names.isdisjoint(members):
            for name in sorted(members.keys() & names):
                yield f"foreign_field:{section}.{name}" if section else f"foreign_field:{name}"
