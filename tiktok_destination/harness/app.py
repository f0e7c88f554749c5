"""Puts the harness together: guards, pages, templates. Everything that it needs of the world is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, g, make_response, render_template
from jinja2 import StrictUndefined

from plugin_spec import Services
from tiktok_destination.harness import security
from tiktok_destination.harness.connecting import Connections
from tiktok_destination.harness.dispatch import Dispatch
from tiktok_destination.harness.host_platform import HostPlatform
from tiktok_destination.harness.pages import (
    TABS,
    activity,
    authorise,
    configure,
    connect,
    destinations,
    trying,
)
from tiktok_destination.harness.told import meaning
from tiktok_destination.harness.workspace import Workspace
from tiktok_destination.redaction import shown_key, shown_name


def create_app(
    workspace: Workspace, services: Services, new_id: Callable[[], str], dispatch: Dispatch, origin: str
) -> Flask:
    """The application. `dispatch` stays its owner's, who ends it. `origin`: the address at which it is reached, e.g. `http://127.0.0.1:8790`."""
    app = Flask(__name__)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    platform = HostPlatform(workspace, services, new_id, dispatch, origin)
    security.guard(app, origin, new_id, services.monotonic)
    connections = Connections(services.clock, new_id)
    for blueprint in (
        destinations.create_blueprint(platform),
        configure.create_blueprint(platform),
        connect.create_blueprint(platform, connections),
        authorise.create_blueprint(platform, connections),
        trying.create_blueprint(platform),
        activity.create_blueprint(platform),
    ):
        app.register_blueprint(blueprint)
    app.add_template_filter(_moment, "moment")
    app.add_template_filter(_slug, "slug")
    app.add_template_filter(_property, "property")
    app.add_template_filter(shown_key, "shown_key")
    app.add_template_filter(shown_name, "shown_name")
    app.add_template_filter(meaning, "meaning")
    app.add_template_global(_nonce, "nonce")
    app.context_processor(
        lambda: {
            "tabs": TABS,
            "workspace_folder": workspace.folder.name,
            "origin": origin,
            "destination": None,
            "bare": False,
        }
    )

    def failed(error: Exception) -> Response:
        status, title, text = security.status_of(error)
        if status >= 500:
            services.logger.error("a page failed: %s", type(error).__name__)
        return make_response(render_template("error.html", status=status, title=title, text=text), status)

    app.register_error_handler(Exception, failed)
    return app


def _slug(name: str) -> str:
    """A form field's name as an id of the page."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-") or "file"


def _property(name: str) -> str:
    """A form field's name as the property that it stands for."""
    return re.sub(r"=[^.]*|:[a-z]+$", "", name) or "the file"


def _nonce() -> str:
    nonce: str = g.nonce
    return nonce


def _moment(seconds: Any) -> str:
    """Unix seconds for people, in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
