"""The Flask application: TikTok's paths, and beside them the emulator's own pages and admin API.

TikTok's paths know no redirects: without the trailing slash, or unknown, they are a plain 404 (tiktok-api.md C.2).
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from tiktok_destination.emulator import accounts, admin, consent, page
from tiktok_destination.emulator.answers import PLAIN_TYPE, Answer
from tiktok_destination.emulator.calls import Call
from tiktok_destination.emulator.connections import hang_up
from tiktok_destination.emulator.endpoints import JUDGES
from tiktok_destination.emulator.gateway import receive
from tiktok_destination.emulator.tables import ENDPOINTS
from tiktok_destination.emulator.world import World

MAX_BODY_BYTES = 32 * 1024 * 1024  # TikTok documents no limit (A.2); this one only protects memory
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def create_app(world: World, sleep: Callable[[float], object]) -> Flask:
    """The application for one emulator. `sleep` takes seconds."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    app.register_blueprint(admin.create_blueprint(world))
    app.register_blueprint(page.create_blueprint(world))
    app.register_blueprint(accounts.create_blueprint(world))
    app.register_blueprint(consent.create_blueprint(world))

    def open_api(_rest: str) -> Response:
        endpoint = ENDPOINTS.get(request.path)
        if endpoint is None:
            return _plain(404, "404 page not found")
        if request.method != endpoint.method:
            refused = _plain(405, "405 method not allowed")
            refused.headers["Allow"] = endpoint.method
            return refused
        call = Call(
            request.headers.get("Access-Token", ""),
            request.content_type or "",
            request.query_string,
            request.get_data(cache=False),
        )
        answer = receive(world, endpoint, JUDGES[endpoint.path], call)
        if answer.delay_s:
            sleep(answer.delay_s)
        return _response(answer)

    def plain_error(error: HTTPException) -> Response:
        if error.code == 404:
            return _plain(404, "404 page not found")
        return _plain(error.code or 500, f"{error.code} {error.name}".lower())

    app.add_url_rule(
        "/open_api/<path:_rest>", view_func=open_api, methods=_METHODS, provide_automatic_options=False
    )
    app.register_error_handler(HTTPException, plain_error)
    return app


def _plain(status: int, text: str) -> Response:
    return Response(text, status=status, content_type=PLAIN_TYPE)


def _response(answer: Answer) -> Response:
    if answer.hang_up:
        hang_up(request.environ)
    response = Response(answer.body, status=answer.status, content_type=answer.content_type)
    if answer.request_id is not None:
        response.headers["X-TT-LOGID"] = answer.request_id
    if answer.announced_length is not None:
        response.headers["Content-Length"] = str(answer.announced_length)
    return response
