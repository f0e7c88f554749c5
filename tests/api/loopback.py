"""A server on this machine that answers each request with prepared bytes, and keeps what it was sent."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import random
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from requests.adapters import HTTPAdapter

from plugin_spec import Services

Act = Callable[[socket.socket], bool]
"""Does something to the connection after a request was read; whether the connection goes on."""


class Loopback(socketserver.ThreadingTCPServer):
    """Runs its acts one after another; the last one repeats."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *acts: Act, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.acts = list(acts)
        self.tls = tls
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.lock = threading.Lock()
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address) -> None:
        """A client that goes away is part of the tests."""


class _Connection(socketserver.BaseRequestHandler):
    server: Loopback

    def handle(self) -> None:
        connection = self.request
        with self.server.lock:
            self.server.connections += 1
        if self.server.tls:
            connection = self.server.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            while self._one(connection, stream):
                pass

    def _one(self, connection, stream) -> bool:
        line = stream.readline().decode().strip()
        if not line:
            return False
        headers = {}
        while header := stream.readline().decode().strip():
            name, _, value = header.partition(": ")
            headers[name] = value
        body = stream.read(int(headers.get("Content-Length", 0)))
        with self.server.lock:
            self.server.requests.append((line, headers, body))
            act = self.server.acts.pop(0) if len(self.server.acts) > 1 else self.server.acts[0]
        return act(connection)


def answer(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> Act:
    """A whole HTTP answer; `length` may lie."""
    claimed = len(body) if length is None else length
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {claimed}", *headers, "", ""])

    def act(connection: socket.socket) -> bool:
        connection.sendall(head.encode() + body)
        return claimed == len(body)

    return act


def envelope(code: int = 0, **members: object) -> Act:
    return answer(
        json.dumps({"code": code, "message": "OK", "request_id": "r1", "data": {}} | members).encode()
    )


def say(raw: bytes) -> Act:
    """These bytes, then the end of the connection."""

    def act(connection: socket.socket) -> bool:
        connection.sendall(raw)
        return False

    return act


def hang_up(connection: socket.socket) -> bool:
    return False


def reset(connection: socket.socket) -> bool:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()
    return False


def stay_silent(server_closing: threading.Event, first: bytes = b"") -> Act:
    def act(connection: socket.socket) -> bool:
        connection.sendall(first)
        server_closing.wait()
        return False

    return act


def drip(first: bytes, drop: bytes) -> Act:
    """These bytes, and then drops without end: never silent, never done."""

    def act(connection: socket.socket) -> bool:
        with contextlib.suppress(OSError):
            connection.sendall(first)
            while True:
                connection.sendall(drop)
                time.sleep(0.002)
        return False

    return act


def end_encryption(connection: socket.socket) -> bool:
    """Ends TLS as its rules ask for, where `hang_up` just goes away."""
    assert isinstance(connection, ssl.SSLSocket)
    with contextlib.suppress(OSError):
        connection.unwrap()
    return False


@contextlib.contextmanager
def running(*acts: Act, tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    with Loopback(*acts, tls=tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


class Impatient(HTTPAdapter):
    """Waits no longer than a fifth of a second, so that a silent server can be tested."""

    def send(self, request, **options):
        return super().send(request, **(options | {"timeout": 0.2}))


def impatient_session() -> requests.Session:
    session = requests.Session()
    session.mount("http://", Impatient())
    return session


class Trusting(HTTPAdapter):
    """Trusts one certificate, whatever it is told."""

    def __init__(self, certificate: Path) -> None:
        super().__init__()
        self.certificate = str(certificate)

    def send(self, request, **options):
        return super().send(request, **(options | {"verify": self.certificate}))


def leaping(step_s: float) -> Callable[[], float]:
    """A clock on which that much time has passed with each look."""
    return itertools.count(step=step_s).__next__


def services(
    http_session: Callable[[], requests.Session] = requests.Session,
    monotonic: Callable[[], float] = time.monotonic,
    **environ: str,
) -> Services:
    return Services(
        clock=time.time,
        monotonic=monotonic,
        sleep=time.sleep,
        random=random.Random(1),
        http_session=http_session,
        logger=logging.getLogger("tests.api"),
        environ=environ,
    )
