"""The admin API under `/_emulator/`: clock, faults, switches, poison, tokens, reset, and the books as JSON.

Bodies must be sent as `application/json`, which a foreign web page in the operator's browser cannot do unasked.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from tiktok_destination.emulator.answers import JSON_TYPE
from tiktok_destination.emulator.faults import read_rules
from tiktok_destination.emulator.ledger import KEPT_IN_MEMORY
from tiktok_destination.emulator.tokens import Status
from tiktok_destination.emulator.world import World

_MILLISECONDS_ABOVE = 1e11


class _ClockChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Applied in this order."""

    frozen: bool | None = None
    now: float | None = None
    """Unix seconds."""
    offset_s: float | None = None
    """From the machine's clock."""
    advance_s: float | None = None


class _Poison(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    event_ids: list[str]


class _TokenChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For every token that fits all that is named; at least one thing has to be."""

    status: Status
    token: str | None = None
    user_id: str | None = None
    app_id: str | None = None


class _Admin:
    """What each call does, under the lock; gives the answer as a JSON value."""

    def __init__(self, world: World) -> None:
        self._world = world

    def change_clock(self, payload: Any) -> Any:
        change = msgspec.convert(payload, _ClockChange)
        wanted = [one for one in (change.now, change.offset_s, change.advance_s) if one is not None]
        if not all(math.isfinite(one) and abs(one) < _MILLISECONDS_ABOVE for one in wanted):
            raise ValueError("Times are in seconds, not milliseconds")
        clock = self._world.clock
        if change.frozen is not None:
            if change.frozen:
                clock.freeze()
            else:
                clock.run()
        if change.now is not None:
            clock.set(change.now)
        if change.offset_s is not None:
            clock.set(clock.now() - clock.offset_s + change.offset_s)
        if change.advance_s is not None:
            clock.advance(change.advance_s)
        return self._world.clock_shown()

    def arm_faults(self, payload: Any) -> Any:
        self._world.faults.arm(read_rules(payload))
        return {"faults": self._world.faults.shown()}

    def clear_faults(self, _: Any) -> Any:
        self._world.faults.clear()
        return {"faults": []}

    def set_switches(self, payload: Any) -> Any:
        self._world.switches = self._world.switches.changed(payload)
        return msgspec.to_builtins(self._world.switches)

    def add_poison(self, payload: Any) -> Any:
        self._world.poisoned.update(msgspec.convert(payload, _Poison).event_ids)
        return {"poisoned": len(self._world.poisoned)}

    def change_tokens(self, payload: Any) -> Any:
        change = msgspec.convert(payload, _TokenChange)
        if (change.token, change.user_id, change.app_id) == (None, None, None):
            raise ValueError("Name the tokens by token, user_id or app_id")
        found = [
            one
            for one in self._world.tokens
            if change.token in (None, one.token)
            and change.user_id in (None, one.user_id)
            and change.app_id in (None, one.app_id)
        ]
        if not found:
            raise ValueError("No token fits")
        for one in found:
            self._world.tokens.change(one, change.status)
        return {"changed": len(found)}

    def reset(self, _: Any) -> Any:
        self._world.reset()
        return self._world.summary()

    def summary(self, _: Any) -> Any:
        return self._world.summary()

    def ledger(self, _: Any) -> Any:
        lines = self._world.ledger.after(_number("after", 0), min(_number("limit", 1000), KEPT_IN_MEMORY))
        return {"lines": lines, "next_sequence": self._world.ledger.next_sequence}


def create_blueprint(world: World) -> Blueprint:
    """The admin API of one emulator."""
    blueprint = Blueprint("admin", __name__, url_prefix="/_emulator")
    admin = _Admin(world)
    routes: list[tuple[str, str, Callable[[Any], Any], bool]] = [
        ("clock", "POST", admin.change_clock, True),
        ("faults", "POST", admin.arm_faults, True),
        ("faults", "DELETE", admin.clear_faults, False),
        ("switches", "POST", admin.set_switches, True),
        ("poison", "POST", admin.add_poison, True),
        ("tokens", "POST", admin.change_tokens, True),
        ("reset", "POST", admin.reset, False),
        ("summary", "GET", admin.summary, False),
        ("ledger", "GET", admin.ledger, False),
    ]
    for path, method, act, has_body in routes:
        view = _view(world, act, has_body=has_body)
        blueprint.add_url_rule(f"/{path}", endpoint=f"{method} {path}", view_func=view, methods=[method])
    return blueprint


def _view(world: World, act: Callable[[Any], Any], *, has_body: bool) -> Callable[[], Response]:
    def view() -> Response:
        if request.method == "POST" and request.mimetype != JSON_TYPE:
            return _json({"error": "Send the body as Content-Type: application/json"}, 415)
        try:
            payload = msgspec.json.decode(request.get_data()) if has_body else None
            with world.lock:
                return _json(act(payload))
        except (msgspec.DecodeError, ValueError) as error:  # the operator's own words, never an event's
            return _json({"error": str(error)}, 400)

    return view


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status=status, content_type=JSON_TYPE)


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError(f"{name} must be a whole number")
    return int(text)
