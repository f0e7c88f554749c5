"""Stands between a sender and a receiver on this machine, and fails requests as networks do and the emulator cannot.

One request to a connection, so that each request meets the dice: HTTP 429, or a handshake that breaks off. All others
are passed on byte for byte.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Self

import requests
from requests.adapters import HTTPAdapter

import tests

CERTIFICATE = Path(next(iter(tests.__path__))) / "api" / "untrusted_certificate.pem"
_HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
"""A TLS alert: fatal, handshake failure."""
_TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Front(socketserver.ThreadingTCPServer):
    """Fails requests at this rate, by dice of this seed; `encrypted`: in the handshake, otherwise with HTTP 429."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, *, rate: float, seed: int, encrypted: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.port = port
        self.fired = 0
        self._rate = rate
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self.tls: ssl.SSLContext | None = None
        if encrypted:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(CERTIFICATE)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.server_address[1]}"

    def fails(self) -> bool:
        """Throw the dice for one request."""
        with self._lock:
            failing = self._dice.random() < self._rate
            self.fired += failing
            return failing

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the figures."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Passing(socketserver.BaseRequestHandler):
    server: Front

    def handle(self) -> None:
        connection: socket.socket = self.request
        failing = self.server.fails()
        if self.server.tls:
            if failing:
                connection.recv(65_536)
                connection.sendall(_HANDSHAKE_FAILURE)
                return
            connection = self.server.tls.wrap_socket(connection, server_side=True)
        with connection, connection.makefile("rb") as stream:
            line = stream.readline().decode().split()
            headers = http.client.parse_headers(stream)
            body = stream.read(int(headers.get("Content-Length", 0)))
            if failing:
                connection.sendall(_TOO_MANY)
            else:
                connection.sendall(self._passed_on(line, headers, body))

    def _passed_on(self, line: list[str], headers: http.client.HTTPMessage, body: bytes) -> bytes:
        method, path, _ = line
        passed = {name: value for name, value in headers.items() if name.lower() != "connection"}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)) as to:
            to.request(method, path, body, passed)
            answer = to.getresponse()
            held = answer.read()
        head = f"HTTP/1.1 {answer.status} {answer.reason}\r\nContent-Length: {len(held)}\r\nConnection: close\r\n"
        return f"{head}Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + held


class _Adapter(HTTPAdapter):
    """Options that win over those of whoever sends."""

    def __init__(self, **options: object) -> None:
        super().__init__()
        self._options = options

    def send(self, request, **options):
        return super().send(request, **(options | self._options))


def trusting_session() -> requests.Session:
    """Trusts the front's certificate."""
    return _session(verify=str(CERTIFICATE))


def impatient_session(timeout_s: float) -> requests.Session:
    """Waits this long for an answer: so a time-out need not take the 30 seconds that the product waits."""
    return _session(timeout=timeout_s)


def _session(**options: object) -> requests.Session:
    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, _Adapter(**options))
    return session
