"""TikTok's facts as the emulator knows them: names, codes, currencies, fields and limits, each with source and date.

Typed from TikTok's documentation independently of the plugin's catalog, so that one of them can prove the other wrong.
The files stand in `facts/`; nothing here is computed beyond reading them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, Literal

import msgspec

EventSource = Literal["web", "app", "offline", "crm"]
EVENT_SOURCES: tuple[EventSource, ...] = ("web", "app", "offline", "crm")
REPORT_EVENTS = "/open_api/v1.3/event/track/"


class ReturnCode(msgspec.Struct, frozen=True):
    """One return code. `literal` tells TikTok's own message, variable parts in braces, from one of our wording."""

    code: int
    message: str
    literal: bool
    listed: bool
    """On TikTok's page of return codes; the others were only seen in answers."""


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One member of an event. `path` is dotted; `[]` stands for each item of a list."""

    path: str
    type: str
    sources: tuple[EventSource, ...]
    form: Literal["plain", "sha256", "plain_or_sha256"]
    confidence: Literal["official", "peer"]
    """Only official rows are checked: what peers send besides is accepted as it is."""
    section: str
    required: bool = False
    """Required where its event source uses it; `page.url` only under the switch `require_page_url`."""
    match_key: bool = False
    must_be_hashed: bool = False
    values: tuple[str, ...] = ()


class Quota(msgspec.Struct, frozen=True):
    """Requests that are allowed in one second, one minute and one day (UTC)."""

    per_second: int
    per_minute: int
    per_day: int


class Limits(msgspec.Struct, frozen=True):
    """Numbers of the API. Times in seconds."""

    max_events: int
    dedup_window_s: int
    attribution_window_s: int
    event_time_milliseconds_above: int
    event_time_max: int
    auth_code_life_s: int
    app_quotas: dict[str, Quota]
    endpoint_quotas: dict[str, Quota]
    minute_penalty_s: int


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A permission that an app asks for and an advertiser grants."""

    id: str
    name: str
    above: str | None = None
    """The permission that implies this one."""


ValueType = Literal["string", "strings", "integer", "boolean", "object"]


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One parameter of an endpoint, in its query or at the top level of its body."""

    name: str
    type: ValueType
    required: bool = False
    default: Any = None
    minimum: int | None = None
    """Of a number; of a text or a list, how long it is at least."""
    maximum: int | None = None
    choices: tuple[str, ...] = ()
    members: dict[str, ValueType] = msgspec.field(default_factory=dict)
    """Of an object; other members are not read."""


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One endpoint that the emulator serves."""

    path: str
    method: Literal["GET", "POST"]
    section: str
    scope: str | None = None
    """The permission that the token of an app needs."""
    form: bool = False
    """Takes a form as well as JSON."""
    parameters: tuple[Parameter, ...] = ()


class CustomNames(msgspec.Struct, frozen=True):
    """How a custom event may be named, and for which event sources one is allowed."""

    max_length: int
    pattern: str
    sources: frozenset[EventSource]


def _facts(name: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(
        (files(__package__) / "facts" / f"{name}.json").read_text(encoding="utf-8")
    )
    return facts


_names = _facts("event_names")
_web_names = frozenset[str](_names["web_offline_crm"])

STANDARD_NAMES: Mapping[EventSource, frozenset[str]] = {
    "web": _web_names,
    "app": frozenset(_names["app"]),
    "offline": _web_names,
    "crm": _web_names,
}
SOFT_DEPRECATED_NAMES = frozenset[str](_names["soft_deprecated"])
RENAMED: Mapping[str, str] = _names["renamed"]
"""Old standard name → present one, for web, offline and crm."""
OTHER_SPELLINGS: Mapping[str, str] = _names["other_spelling"]
RESERVED_NAMES: Mapping[str, str] = _names["reserved"]
"""Names that TikTok converts instead of taking them as custom ones."""
CUSTOM_NAMES = msgspec.convert(_names["custom"], CustomNames)

CURRENCIES = frozenset[str](_facts("currencies")["codes"])
RETURN_CODES: Mapping[int, ReturnCode] = {
    row.code: row for row in msgspec.convert(_facts("return_codes")["codes"], tuple[ReturnCode, ...])
}
FIELDS: tuple[Field, ...] = msgspec.convert(_facts("fields")["fields"], tuple[Field, ...])
LIMITS = msgspec.convert(_facts("limits"), Limits)
ENDPOINTS: Mapping[str, Endpoint] = {
    row.path: row for row in msgspec.convert(_facts("endpoints")["endpoints"], tuple[Endpoint, ...])
}
SCOPES: Mapping[str, Scope] = {
    row.id: row for row in msgspec.convert(_facts("scopes")["scopes"], tuple[Scope, ...])
}


def sufficient(scope: str) -> frozenset[str]:
    """The permissions of which any one allows what `scope` allows: itself and those above it (tiktok-api.md E.8)."""
    found, at = {scope}, SCOPES.get(scope)
    while at is not None and at.above is not None:
        found.add(at.above)
        at = SCOPES.get(at.above)
    return frozenset(found)
