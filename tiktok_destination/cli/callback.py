"""The page on loopback that an authorisation begins at and comes back to. It serves one browser, once.

- The browser that opens the first page gets a session cookie; only with it does the way back count.
- The address of the way back is fixed when the server starts, never taken from a request.
- The code is taken out of the address: the browser is led to a clean page at once.
"""

from __future__ import annotations

import secrets
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from html import escape
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

CALLBACK_PATH: Final = "/oauth/callback"
_DONE_PATH: Final = "/done"
_COOKIE: Final = "connect_session"
_HOST: Final = "127.0.0.1"
_POLL_S: Final = 0.2
_ANSWER_WAIT_S: Final = 30.0
_SHOW_WAIT_S: Final = 5.0

CameBack = tuple[str, Mapping[str, Sequence[str]]]
"""The browser session, and the query with every value of each parameter."""


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """What is no request, or a browser that has gone, is no defect, and its text may hold a code."""
        if not isinstance(sys.exception(), OSError | ValueError):
            super().handle_error(request, client_address)


class CallbackServer:
    """Use it as a context. `wait` gives what came back; `answer` is what the browser then sees."""

    def __init__(self, port: int, consent_url: Callable[[str, str], str]) -> None:
        """`consent_url` makes the consent page's address for a session and a redirect address. Raises OSError."""
        self._session = secrets.token_urlsafe(32)
        self._consent_url = consent_url
        self._came_back: CameBack | None = None
        self._arrived = threading.Event()
        self._answered = threading.Event()
        self._shown = threading.Event()
        self._page = ("No answer yet", "The terminal says how it ends.")
        self._server = _QuietServer((_HOST, port), self._handler())
        self._origin = f"http://{_HOST}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": _POLL_S})

    @property
    def redirect_uri(self) -> str:
        """The exact address of the way back."""
        return f"{self._origin}{CALLBACK_PATH}"

    @property
    def start_url(self) -> str:
        """What the browser opens first."""
        return f"{self._origin}/"

    def wait(self, seconds: float) -> CameBack | None:
        """What came back; None when the time is over."""
        return self._came_back if self._arrived.wait(seconds) else None

    def answer(self, title: str, sentence: str) -> None:
        """What the browser that came back gets to see."""
        self._page = (title, sentence)
        self._answered.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._answered.set()
        if self._arrived.is_set():
            self._shown.wait(_SHOW_WAIT_S)  # the browser that came back is on its way to its answer
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def do_GET(self) -> None:
                server._serve(self)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
                """Nothing: an address may hold a code."""

        return Handler

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("Host") != self._origin.removeprefix("http://"):
            _page(request, 421, "Not here", "This address is not served.")
            return
        parts = urlsplit(request.path)
        if parts.path == "/":
            cookie = f"{_COOKIE}={self._session}; HttpOnly; SameSite=Lax; Path=/"
            _redirect(request, self._consent_url(self._session, self.redirect_uri), {"Set-Cookie": cookie})
        elif parts.path == CALLBACK_PATH:
            if not self._arrived.is_set():
                self._came_back = (_session_of(request), parse_qs(parts.query, keep_blank_values=True))
                self._arrived.set()
            _redirect(request, _DONE_PATH, {})
        elif parts.path == _DONE_PATH:
            self._answered.wait(_ANSWER_WAIT_S)
            _page(request, 200, *self._page)
            self._shown.set()
        else:
            _page(request, 404, "Not found", "There is nothing here.")


def _session_of(request: BaseHTTPRequestHandler) -> str:
    try:
        morsel = SimpleCookie(request.headers.get("Cookie", "")).get(_COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _redirect(request: BaseHTTPRequestHandler, location: str, headers: Mapping[str, str]) -> None:
    request.send_response(303)
    for name, value in {**headers, "Location": location}.items():
        request.send_header(name, value)
    _finish(request, b"")


def _page(request: BaseHTTPRequestHandler, status: int, title: str, sentence: str) -> None:
    body = (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><main><h1>{escape(title)}</h1><p>{escape(sentence)}</p></main></html>"
    )
    request.send_response(status)
    request.send_header("Content-Type", "text/html; charset=utf-8")
    _finish(request, body.encode())


def _finish(request: BaseHTTPRequestHandler, body: bytes) -> None:
    for name, value in (
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        (
            "Content-Security-Policy",
            "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
        ),
        ("Referrer-Policy", "no-referrer"),
        ("X-Content-Type-Options", "nosniff"),
    ):
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)
