"""The consent page, in place of TikTok's: a person says who they are and what an app may have, and allows or refuses.

`GET /portal/auth` shows it, a form on it comes back to the same address (tiktok-api.md E.2). Only an address that is
registered with the app is ever returned to; anything wrong with the request ends on a page here. What TikTok does on
refusal is not documented; here it is `error=access_denied`. `state` goes back byte for byte, or not at all if none came.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import msgspec
from flask import Blueprint, Response, request

from tiktok_destination.emulator.forms import refuse_foreign
from tiktok_destination.emulator.grants import Grant
from tiktok_destination.emulator.redirects import is_registered, origin, returning
from tiktok_destination.emulator.rendering import html
from tiktok_destination.emulator.seed import DeveloperApp, User
from tiktok_destination.emulator.tables import SCOPES
from tiktok_destination.emulator.world import World

PATH = "/portal/auth"
_ONCE = ("app_id", "state", "redirect_uri", "user_id")
_NONE_TICKED = "Tick at least one ad account, or refuse."


class _Asked(msgspec.Struct, frozen=True):
    """A request for consent that can be answered."""

    app: DeveloperApp
    redirect_uri: str
    state: str | None
    user: User | None
    """Who the person says they are."""

    def address(self, user_id: str | None) -> str:
        """The same page for `user_id`."""
        parts = [("app_id", self.app.app_id), ("state", self.state), ("redirect_uri", self.redirect_uri)]
        return returning(PATH, [*parts, ("user_id", user_id)])


class _Problem(msgspec.Struct, frozen=True):
    """Why a request for consent cannot be answered."""

    sentence: str
    given: str = ""
    registered: tuple[str, ...] = ()


def create_blueprint(world: World) -> Blueprint:
    """The consent page of one emulator."""
    blueprint = Blueprint("consent", __name__)

    @blueprint.get(PATH)
    def ask() -> Response:
        asked = _asked(world, request.query_string)
        return _problem_page(asked) if isinstance(asked, _Problem) else _page(world, asked)

    @blueprint.post(PATH)
    def answer() -> Response:
        refuse_foreign(world, request)
        asked = _asked(world, request.query_string)
        if isinstance(asked, _Problem):
            return _problem_page(asked)
        match request.form.getlist("decision"):
            case ["refuse"]:
                return _return(asked, [("error", "access_denied")])
            case ["allow"]:
                return _allow(world, asked)
            case _:
                return _problem_page(_Problem("The form says neither allow nor refuse."))

    return blueprint


def _asked(world: World, query: bytes) -> _Asked | _Problem:
    given: dict[str, str] = {}
    # Undecodable bytes survive as surrogates, so that `state` goes back as it came.
    pairs = parse_qsl(
        query.decode("utf-8", "surrogateescape"), keep_blank_values=True, errors="surrogateescape"
    )
    for name, value in pairs:
        if name in _ONCE and name in given:
            return _Problem(f"{name} is given more than once.")
        given[name] = value
    for name in ("app_id", "redirect_uri"):
        if not given.get(name):
            return _Problem(f"{name} is missing.")
    app = world.access.apps.get(given["app_id"])
    if app is None:
        return _Problem("No developer app has this app_id.", _printable(given["app_id"]))
    redirect_uri = given["redirect_uri"]
    if not is_registered(redirect_uri, app.redirect_uris):
        sentence = f"This redirect_uri is not registered for {app.name}. It has to be the same, character for character."
        return _Problem(sentence, _printable(redirect_uri), app.redirect_uris)
    user = world.access.users.get(given.get("user_id", ""))
    if user is None and "user_id" in given:
        return _Problem("Nobody here has this user_id.", _printable(given["user_id"]))
    return _Asked(app, redirect_uri, given.get("state"), user)


def _allow(world: World, asked: _Asked) -> Response:
    user = asked.user
    advertiser_ids, scopes = request.form.getlist("advertiser_id"), request.form.getlist("scope")
    if user is None:
        return _problem_page(_Problem("The form does not say who allows this."))
    if not (set(advertiser_ids) <= set(user.roles) and set(scopes) <= set(asked.app.scopes)):
        return _problem_page(_Problem("The form holds an ad account or a permission that was not offered."))
    if not advertiser_ids:
        return _page(world, asked, problem=_NONE_TICKED, scopes=scopes)
    with world.lock:
        code = world.grants.give(
            Grant(
                app_id=asked.app.app_id,
                user_id=user.user_id,
                advertiser_ids=tuple(one for one in user.roles if one in advertiser_ids),
                scopes=tuple(one for one in asked.app.scopes if one in scopes),
                granted_at=world.clock.now(),
            )
        )
    return _return(asked, [("auth_code", code), ("code", code)])


def _return(asked: _Asked, parts: list[tuple[str, str | None]]) -> Response:
    response = Response(status=303)
    response.headers["Location"] = returning(asked.redirect_uri, [*parts, ("state", asked.state)])
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _page(
    world: World, asked: _Asked, *, problem: str | None = None, scopes: list[str] | None = None
) -> Response:
    people: list[dict[str, Any]] = [
        {"user": user, "address": asked.address(user.user_id)} for user in world.seed.users
    ]
    return html(
        "consent.html",
        status=200 if problem is None else 400,
        returns_to=origin(asked.redirect_uri),
        asked=asked,
        people=people,
        here=asked.address(asked.user.user_id if asked.user is not None else None),
        elsewhere=asked.address(None),
        advertisers=world.access.advertisers,
        names={scope: SCOPES[scope].name for scope in asked.app.scopes if scope in SCOPES},
        chosen=asked.app.scopes if scopes is None else scopes,
        problem=problem,
        form_token=world.form_token,
    )


def _problem_page(problem: _Problem) -> Response:
    return html("consent_problem.html", status=400, problem=problem)


def _printable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
