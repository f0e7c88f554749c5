"""One HTTP call to TikTok: bytes out, status and bytes back, or the name of what failed.

- Certificates are verified; no redirect is followed; no proxy, netrc or certificate bundle is taken from the environment.
- At most `MAX_ANSWER_BYTES` of an answer are read, and a request ends `REQUEST_TIMEOUT_S` after it began, plus one read.
- No token, header or body stands in a log, an exception or a representation.
- A session belongs to one thread.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from requests import Request
from requests.exceptions import ConnectTimeout, RequestException, Timeout
from urllib3.exceptions import HTTPError, IncompleteRead, NewConnectionError, ReadTimeoutError

from tiktok_destination import __version__
from tiktok_destination.api.deadline import Deadline, heed

if TYPE_CHECKING:
    import requests

    from plugin_spec import Services

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 30.0
"""Longest silence of the server; TikTok names no time of its own."""
REQUEST_TIMEOUT_S = 60.0
"""Longest that a request may take in all, so that one which trickles holds up neither the run nor its end. The largest
request, a million bytes, needs a line of 130 kbit/s for it."""
MAX_ANSWER_BYTES = 1024 * 1024
"""TikTok's own answers to events are about 150 bytes."""


class Answer(NamedTuple):
    """An HTTP answer that arrived."""

    status: int
    body: bytes


class Failure(StrEnum):
    """Why no answer arrived. Each is a row of the table of return codes."""

    CONNECTION_FAILED = "connection_failed"
    CONNECT_TIMEOUT = "connect_timeout"
    TIMEOUT = "timeout"
    CONNECTION_RESET = "connection_reset"
    TLS_FAILED = "tls_failed"
    BAD_ANSWER = "bad_answer"


class Client:
    """Calls one base URL with one access token (none where it is empty). Several threads may call at once."""

    def __init__(self, *, base_url: str, access_token: str, services: Services) -> None:
        self._base_url = base_url
        self._headers = ({"Access-Token": access_token} if access_token else {}) | {
            "Content-Type": "application/json",
            "User-Agent": f"tiktok-destination/{__version__}",
            # A compressed answer could unfold beyond any limit; TikTok's answers gain nothing from it.
            "Accept-Encoding": "identity",
        }
        self._open_session = services.http_session
        self._monotonic = services.monotonic
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._sessions_lock = threading.Lock()

    def post(self, path: str, body: bytes) -> Answer | Failure:
        """Post JSON to a path of the API. Never raises for what the network or the server does."""
        return self._named(Request("POST", self._base_url + path, data=body, headers=self._headers))

    def get(self, path: str, query: Mapping[str, str]) -> Answer | Failure:
        """Ask a path of the API. Never raises for what the network or the server does."""
        return self._named(Request("GET", self._base_url + path, params=query, headers=self._headers))

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._sessions_lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def _named(self, request: Request) -> Answer | Failure:
        try:
            return self._call(request)
        except (RequestException, HTTPError, OSError) as error:
            return _name(error)

    def _call(self, request: Request) -> Answer | Failure:
        session, deadline = self._session()
        deadline.restart()
        prepared = session.prepare_request(request)
        # The adapter is called directly: a session reads the whole body of a redirect even where it follows none.
        response = session.get_adapter(self._base_url).send(
            prepared, stream=True, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), verify=True, proxies={}
        )
        with response:
            answer: bytes = response.raw.read(MAX_ANSWER_BYTES + 1, decode_content=False)
        if len(answer) > MAX_ANSWER_BYTES:
            return Failure.BAD_ANSWER
        return Answer(response.status_code, answer)

    def _session(self) -> tuple[requests.Session, Deadline]:
        """The session of the calling thread, and the deadline that it keeps to."""
        own: tuple[requests.Session, Deadline] | None = getattr(self._local, "own", None)
        if own is None:
            session = self._open_session()
            session.trust_env = False
            deadline = Deadline(limit_s=REQUEST_TIMEOUT_S, monotonic=self._monotonic)
            heed(session, deadline)
            own = self._local.own = (session, deadline)
            with self._sessions_lock:
                self._sessions.append(session)
        return own


def _name(error: BaseException) -> Failure:
    causes = tuple(_causes(error))

    def among(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if among(NewConnectionError):
        return Failure.CONNECTION_FAILED
    if among(ConnectTimeout):
        return Failure.CONNECT_TIMEOUT
    # TimeoutError: the time ran out while the request was being sent.
    if among(ReadTimeoutError, Timeout, TimeoutError):
        return Failure.TIMEOUT
    if among(IncompleteRead):
        return Failure.BAD_ANSWER
    # A connection that ends without a word may end after the events were read; every other TLS error is of the
    # handshake, before anything was sent.
    if among(ssl.SSLError) and not among(ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return Failure.TLS_FAILED
    return Failure.CONNECTION_RESET


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and everything it was made from: these libraries keep causes in several places."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
