"""Judges one event as `/event/track/` would: the first fault, as a 40002 message, or none (tiktok-api.md A.10, step 9).

Order: name and time, types, required objects, time, name, currency, value, poison. Unhashed identifiers are judged
apart, because their verdict depends on the other events of the request. No message holds a value of the event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from tiktok_destination.emulator.event_names import name_fault
from tiktok_destination.emulator.field_rules import FieldRules, TypeRule, invalid
from tiktok_destination.emulator.switches import Switches
from tiktok_destination.emulator.tables import CURRENCIES, LIMITS

SHA256_HEX = re.compile(r"[0-9A-Fa-f]{64}")

NOT_AN_OBJECT = invalid("data", "not a valid list of objects")
_NO_NAME = invalid("event", "not a valid string")
_NO_TIME = invalid("event_time", "not a valid integer")
_MILLISECONDS = invalid("event_time", "must be in seconds")
_OUT_OF_RANGE = invalid("event_time", "not a valid Unix time")
_FUTURE = invalid("event_time", "in the future")
_TOO_OLD = invalid("event_time", "older than 28 days")
_CURRENCY = invalid("properties.currency", "not a supported currency")
_NEGATIVE = invalid("properties.value", "must not be negative")
_POISONED = invalid("properties", "not acceptable")


def first_fault(
    event: Any, rules: FieldRules, switches: Switches, now: float, poisoned: AbstractSet[str]
) -> str | None:
    """The message of the first thing wrong with `event`, or None."""
    if type(event) is not dict:
        return NOT_AN_OBJECT
    if not isinstance(event.get("event"), str) or not event["event"]:
        return _NO_NAME
    if type(event.get("event_time")) is not int:
        return _NO_TIME
    if fault := _type_fault(event, rules) or _missing_member(event, rules, switches):
        return fault
    if fault := _time_fault(event["event_time"], switches, now):
        return fault
    if reason := name_fault(rules.source, event["event"], switches):
        return invalid("event", reason)
    properties = event.get("properties")
    if properties:
        if switches.check_currency and "currency" in properties and properties["currency"] not in CURRENCIES:
            return _CURRENCY
        if properties.get("value", 0) < 0:
            return _NEGATIVE
    event_id = event.get("event_id")
    return _POISONED if type(event_id) is str and event_id in poisoned else None


def unhashed_fields(user: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Those of `names` in `user` that hold something else than SHA-256 digests. Empty values are tolerated (A.5)."""
    for name in names:
        value = user.get(name)
        if not value:
            continue
        if not all(SHA256_HEX.fullmatch(one) for one in ((value,) if type(value) is str else value) if one):
            yield name


def _type_fault(event: dict[str, Any], rules: FieldRules) -> str | None:
    for key, value in event.items():
        rule = rules.top.get(key)
        if rule is None:
            continue
        if not rule[0](value):
            return rule[1]
        members = rules.sections.get(key)
        if members is not None and (fault := _member_fault(value, members)):
            return fault
    properties = event.get("properties")
    if properties and "contents" in properties:
        for item in properties["contents"]:
            if fault := _member_fault(item, rules.items):
                return fault
    return None


def _member_fault(section: dict[str, Any], members: dict[str, TypeRule]) -> str | None:
    for name, value in section.items():
        rule = members.get(name)
        if rule is not None and not rule[0](value):
            return rule[1]
    return None


def _missing_member(event: dict[str, Any], rules: FieldRules, switches: Switches) -> str | None:
    for section, (member, message) in rules.required.items():
        if section == "page" and not switches.require_page_url:
            continue
        if not event.get(section, {}).get(member):
            return message
    return None


def _time_fault(event_time: int, switches: Switches, now: float) -> str | None:
    if event_time > LIMITS.event_time_milliseconds_above:
        if switches.reject_milliseconds:
            return _MILLISECONDS
        return _OUT_OF_RANGE if event_time > LIMITS.event_time_max * 1000 else None
    if event_time < 1:
        return _OUT_OF_RANGE
    if switches.reject_future_s is not None and event_time > now + switches.reject_future_s:
        return _FUTURE
    if switches.old_events == "reject" and event_time < now - LIMITS.attribution_window_s:
        return _TOO_OLD
    return None
