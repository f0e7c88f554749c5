"""The page of what exists: accounts, people, event sources, apps and tokens; and the buttons that end a token.

A token is shown by its ends only, and a secret not at all.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from tiktok_destination.emulator.forms import refuse_foreign
from tiktok_destination.emulator.rendering import html
from tiktok_destination.emulator.tables import SCOPES
from tiktok_destination.emulator.tokens import STATUSES, handle, shown
from tiktok_destination.emulator.world import World

_SEE_OTHER = 303


def create_blueprint(world: World) -> Blueprint:
    """The page of what exists in one emulator."""
    blueprint = Blueprint("accounts", __name__)

    @blueprint.get("/accounts")
    def overview() -> Response:
        with world.lock:
            clock = world.clock_shown()
            tokens = [(handle(token.token), shown(token.token), token) for token in world.tokens]
        return html(
            "accounts.html",
            seed=world.seed,
            clock=clock,
            tokens=tokens,
            advertisers=world.access.advertisers,
            users=world.access.users,
            apps=world.access.apps,
            scopes=SCOPES,
            acts={"active": "Restore", "revoked": "Revoke", "expired": "Expire"},
            form_token=world.form_token,
        )

    @blueprint.post("/tokens/<name>")
    def change(name: str) -> AnyResponse:
        refuse_foreign(world, request)
        status = next((one for one in STATUSES if one == request.form.get("status")), None)
        with world.lock:
            token = next((one for one in world.tokens if handle(one.token) == name), None)
            if status is None or token is None:
                abort(404)
            world.tokens.change(token, status)
        return redirect(f"{url_for('accounts.overview')}#tokens", _SEE_OTHER)

    return blueprint
