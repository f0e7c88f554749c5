"""The seed: who and what exists in the emulated TikTok. Read from JSON, checked against its schema, then for its references.

Every fault is found at once. Messages name paths and keywords, never a token or a secret.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import jsonschema
import msgspec

from tiktok_destination.emulator.tables import EventSource

Role = Literal["ADMIN", "OPERATOR", "ANALYST"]
_SHOWN_FAULTS = 20
_LONG_AGO = "2026-01-02 03:04:05"


class SeedError(ValueError):
    """The seed cannot be used. `faults` lists everything found, each with its path."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        more = [f"… and {len(faults) - _SHOWN_FAULTS} more"] if len(faults) > _SHOWN_FAULTS else []
        super().__init__("The emulator's seed cannot be used:\n" + "\n".join(faults[:_SHOWN_FAULTS] + more))


class Advertiser(msgspec.Struct, frozen=True):
    advertiser_id: str
    name: str
    currency: str = "USD"
    timezone: str = "America/New_York"


class User(msgspec.Struct, frozen=True):
    user_id: str
    name: str
    roles: dict[str, Role]
    """Advertiser id → role."""
    email: str = ""


class DeveloperApp(msgspec.Struct, frozen=True):
    app_id: str
    secret: str
    name: str
    rate_limit_level: Literal["BASIC", "ADVANCED", "PREMIUM", "ULTIMATE"] = "BASIC"
    redirect_uris: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    """The permissions that the app asks for."""

    def __repr__(self) -> str:
        return f"DeveloperApp({self.app_id!r})"


class Token(msgspec.Struct, frozen=True):
    """An access token. One of kind `app` belongs to a developer app and holds scopes (tiktok-api.md E.1, E.8)."""

    token: str
    kind: Literal["app", "events_manager"]
    user_id: str
    advertiser_ids: tuple[str, ...]
    status: Literal["active", "revoked", "expired"] = "active"
    app_id: str | None = None
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Token({self.kind}, {self.status})"


class Pixel(msgspec.Struct, frozen=True):
    pixel_code: str
    pixel_id: str
    name: str
    advertiser_id: str
    create_time: str = _LONG_AGO


class EventSet(msgspec.Struct, frozen=True):
    """An offline or a CRM event set."""

    event_set_id: str
    name: str
    advertiser_id: str
    auto_tracking: bool = False
    create_time: str = _LONG_AGO


class MobileApp(msgspec.Struct, frozen=True):
    tiktok_app_id: str
    name: str
    advertiser_id: str
    allowlisted: bool = False


class Seed(msgspec.Struct, frozen=True):
    """Everything that exists."""

    advertisers: tuple[Advertiser, ...]
    users: tuple[User, ...]
    tokens: tuple[Token, ...]
    developer_apps: tuple[DeveloperApp, ...] = ()
    pixels: tuple[Pixel, ...] = ()
    offline_event_sets: tuple[EventSet, ...] = ()
    crm_event_sets: tuple[EventSet, ...] = ()
    apps: tuple[MobileApp, ...] = ()

    def owners(self, source: EventSource) -> dict[str, str]:
        """Event source id → advertiser id, for one event source."""
        match source:
            case "web":
                return {pixel.pixel_code: pixel.advertiser_id for pixel in self.pixels}
            case "offline":
                return {one.event_set_id: one.advertiser_id for one in self.offline_event_sets}
            case "crm":
                return {one.event_set_id: one.advertiser_id for one in self.crm_event_sets}
            case "app":
                return {app.tiktok_app_id: app.advertiser_id for app in self.apps}


def load_seed(source: Mapping[str, Any] | Path) -> Seed:
    """Read and check a seed, from a file or from its parsed content. Raises SeedError."""
    data = _read(source) if isinstance(source, Path) else dict(source)
    faults = list(_schema_faults(data))
    if faults:
        raise SeedError(faults)
    seed = msgspec.convert(data, Seed)
    if faults := [*_repeated(seed), *_dangling(seed)]:
        raise SeedError(faults)
    return seed


def _read(path: Path) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise SeedError([f"{path}: cannot be read: {error.strerror or type(error).__name__}"]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SeedError([f"{path}: is not JSON; check commas, quotes and brackets"]) from error


def _schema_faults(data: Any) -> Iterator[str]:
    # Read as a file: the schemas' package is a neighbour of the emulator, not a part of it.
    schema = json.loads((files("config_schemas") / "emulator_seed.schema.json").read_text(encoding="utf-8"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(data)
    for error in sorted(errors, key=lambda one: [str(step) for step in one.absolute_path]):
        yield f"{_shown(error.absolute_path)}: {_problem(error)}"


def _shown(path: Any) -> str:
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".") or "the seed"


def _problem(error: jsonschema.ValidationError) -> str:
    """What to do about it, from keyword and schema alone: the library's own text repeats the value."""
    rule: Any = error.validator_value
    schema: Any = error.schema
    found: Any = error.instance
    match error.validator:
        case "required":
            return f"lacks {', '.join(name for name in rule if name not in found)}"
        case "additionalProperties":
            return (
                f"has a key that is not known here; known: {', '.join(sorted(schema.get('properties', {})))}"
            )
        case "type":
            return f"must be of type {rule}"
        case "enum":
            return f"must be one of {', '.join(rule)}"
        case "pattern":
            return f"does not have the form asked for: {schema['description']}"
        case "minItems" | "minLength":
            return "must not be empty"
        case "maxItems":
            return f"may hold {rule} at most"
        case _:
            return f"breaks the rule {error.validator!r} of its schema"


def _repeated(seed: Seed) -> Iterator[str]:
    ids: dict[str, list[str]] = {
        "advertisers: advertiser_id": [one.advertiser_id for one in seed.advertisers],
        "users: user_id": [one.user_id for one in seed.users],
        "developer_apps: app_id": [one.app_id for one in seed.developer_apps],
        "pixels: pixel_code": [one.pixel_code for one in seed.pixels],
        "pixels: pixel_id": [one.pixel_id for one in seed.pixels],
        "offline_event_sets and crm_event_sets: event_set_id": [
            one.event_set_id for one in (*seed.offline_event_sets, *seed.crm_event_sets)
        ],
        "apps: tiktok_app_id": [one.tiktok_app_id for one in seed.apps],
    }
    for where, values in ids.items():
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{where} {value} stands {times} times; each may stand once"
    for index, app in enumerate(seed.developer_apps):
        for name, listed in (("redirect_uris", app.redirect_uris), ("scopes", app.scopes)):
            if len(set(listed)) < len(listed):
                yield f"developer_apps[{index}].{name}: one of them stands twice; each may stand once"
    if len({token.token for token in seed.tokens}) < len(seed.tokens):
        yield "tokens: two of them have the same text; each may stand once"


def _dangling(seed: Seed) -> Iterator[str]:
    advertisers = {one.advertiser_id for one in seed.advertisers}
    users = {one.user_id for one in seed.users}
    apps = {one.app_id for one in seed.developer_apps}
    references: list[tuple[str, str, set[str], str]] = []
    for index, user in enumerate(seed.users):
        references += [(f"users[{index}].roles", one, advertisers, "advertisers") for one in user.roles]
    for index, token in enumerate(seed.tokens):
        where = f"tokens[{index}]"
        references.append((f"{where}.user_id", token.user_id, users, "users"))
        references += [
            (f"{where}.advertiser_ids", one, advertisers, "advertisers") for one in token.advertiser_ids
        ]
        if token.app_id is not None:
            references.append((f"{where}.app_id", token.app_id, apps, "developer_apps"))
    for name in ("pixels", "offline_event_sets", "crm_event_sets", "apps"):
        references += [
            (f"{name}[{index}].advertiser_id", one.advertiser_id, advertisers, "advertisers")
            for index, one in enumerate(getattr(seed, name))
        ]
    for where, wanted, known, table in references:
        if wanted not in known:
            yield f"{where}: {wanted} is not among {table}"
    for index, token in enumerate(seed.tokens):
        if (token.kind == "app") != (token.app_id is not None):
            yield f"tokens[{index}]: app_id belongs to a token of kind app, and only to one"
