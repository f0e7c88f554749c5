"""How a page leaves: rendered on the server, without script, with the stylesheet as the only thing it may load.

Everything that came from outside is escaped by the templates.
"""

from __future__ import annotations

from typing import Any

from flask import Response, render_template


def html(template: str, *, status: int = 200, returns_to: str = "", **values: Any) -> Response:
    """`returns_to`: the origin that a form of the page leads to in the end, besides the emulator's own."""
    response = Response(
        render_template(template, **values), status=status, content_type="text/html; charset=utf-8"
    )
    form_action = f"'self' {returns_to}".rstrip()
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src data:; "
        f"form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "no-store"
    return response
