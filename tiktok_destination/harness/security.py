"""Guards every request and dresses every answer. A page adds nothing to it and can take nothing away.

- Only this machine's browser, at the one address that was fixed at the start: another `Host` is refused (DNS rebinding).
- GET changes nothing. POST needs the session's form token, and is refused from another site.
- Answers are for this browser alone: no script but our own, no framing, no caching, no referrer.
- Sizes, parts, uploads and the rate of requests are limited. JSON is not taken at all, so it cannot be too deep.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from flask import Flask, Response, abort, g, redirect, request, session
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Response as BaseResponse

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_UPLOAD_BYTES: Final = 256 * 1024 * 1024
"""For the pages that take a file of records; it is kept on disk, without a name, while it is read."""
UPLOADS: Final = frozenset({"activity.upload", "trying.pick"})
"""The endpoints that take one."""
MAX_PARTS: Final = 500
MAX_UPLOADS: Final = 1
FORM_TOKEN: Final = "form_token"  # noqa: S105 - a field's name
TOKEN_HEADER: Final = "X-Form-Token"  # noqa: S105 - a header's name

BURST: Final = 200.0
PER_SECOND: Final = 40.0
"""A page is three requests; somebody who polls and clicks stays far below."""

_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_SAFE: Final = frozenset({"GET", "HEAD"})
_POLICY: Final = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class RateLimit:
    """A bucket of requests that fills again with time. Threads may share it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._left = BURST
        self._seen = monotonic()

    def take(self) -> bool:
        """One request; False: there are too many."""
        with self._lock:
            now = self._monotonic()
            self._left = min(BURST, self._left + (now - self._seen) * PER_SECOND)
            self._seen = now
            if self._left < 1:
                return False
            self._left -= 1
            return True


def guard(app: Flask, origin: str, new_id: Callable[[], str], monotonic: Callable[[], float]) -> None:
    """Put the guards around all of an application's pages."""
    host = origin.partition("//")[2]
    key = new_id() + new_id()
    app.config.update(
        SECRET_KEY=key,  # another one at each start: no session outlives the process
        SESSION_COOKIE_NAME=f"harness_{host.rpartition(':')[2]}",  # cookies know no ports
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would lose the session on the way back from a consent page
        SESSION_COOKIE_SECURE=False,  # knowingly: plain http, and never beyond loopback
        SESSION_COOKIE_PATH="/",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES,
        MAX_FORM_PARTS=MAX_PARTS,
    )
    limit = RateLimit(monotonic)

    def form_token() -> str:
        """The synchroniser token of this browser session, without a table of sessions; a refused request has none."""
        if "id" not in session:
            return ""
        return hmac.new(key.encode(), session["id"].encode(), hashlib.sha256).hexdigest()

    def before() -> BaseResponse | None:
        g.nonce = new_id()
        moved = _check_host(host, origin)
        if moved is not None:
            return moved
        if not limit.take():
            abort(429, "Too many requests at once. Wait a few seconds.")
        _check_site(origin)
        if "id" not in session:
            session["id"] = new_id()
        if request.method not in _SAFE:
            if request.endpoint in UPLOADS:
                request.max_content_length = MAX_UPLOAD_BYTES
            _check_form(form_token())
        return None

    def after(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY.format(nonce=g.get("nonce") or new_id())
        response.headers.update(_HEADERS)
        return response

    app.before_request(before)
    app.after_request(after)
    app.jinja_env.globals.update(form_token=form_token, form_token_name=FORM_TOKEN)


def _check_host(host: str, origin: str) -> BaseResponse | None:
    """Sessions belong to one address; `localhost` is another spelling of it, and is sent on."""
    if request.host == host:
        return None
    if request.host == f"localhost:{host.rpartition(':')[2]}" and request.method in _SAFE:
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(origin + quote(request.path) + query, 307)
    raise BadRequest(f"This address is not served here. Open {origin}/")


def _check_site(origin: str) -> None:
    """Where the request comes from, as far as the browser says. Another site may link here, and nothing else."""
    site, sent_by = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in _SAFE:
        ours = site in (None, "same-origin", "none")
        if not ours and request.headers.get("Sec-Fetch-Mode") != "navigate":
            abort(403, "Another site's page asked for this.")
        return
    if site not in (None, "same-origin"):
        abort(403, "Another site's page sent this form.")
    # Under `Referrer-Policy: no-referrer` browsers send `Origin: null` with our own forms as well; then Sec-Fetch-Site tells.
    if sent_by not in (None, origin) and not (sent_by == "null" and site == "same-origin"):
        abort(403, "Another site's page sent this form.")


def _check_form(expected: str) -> None:
    if request.mimetype not in _FORMS:
        abort(415, "Only forms are taken here.")
    given = request.headers.get(TOKEN_HEADER) or request.form.get(FORM_TOKEN, "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        abort(
            400,
            "This form is of another session, or of before the last start. Open the page again and repeat it.",
        )
    if sum(len(files) for _, files in request.files.lists()) > MAX_UPLOADS:
        abort(413, f"More than {MAX_UPLOADS} file at once.")


def status_of(error: Exception) -> tuple[int, str, str]:
    """Status, title and text of an error page. Of an unexpected error its type alone is shown."""
    if isinstance(error, HTTPException):
        return error.code or 500, error.name, error.description or ""
    return (
        500,
        "A defect",
        f"{type(error).__name__}. This is a bug in the harness, not in your data: please report it.",
    )
