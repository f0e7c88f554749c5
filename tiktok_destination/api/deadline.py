"""A moment at which a whole request ends, however much it trickles: time-outs of sockets bound single reads alone.

- The connection looks at the clock before each portion that it sends or receives (headers, body), and ends itself.
- A read that has begun runs on to its own time-out, so that a request may end that much after its deadline.
"""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    import requests
    from _typeshed import WriteableBuffer

_PORTION_BYTES = 100_000
"""Sent at once. A socket's time-out is for all that one call sends, and a million bytes may take a thin line longer."""


class Deadline:
    """The end of one thread's present request."""

    def __init__(self, *, limit_s: float, monotonic: Callable[[], float]) -> None:
        self._limit_s = limit_s
        self._monotonic = monotonic
        self._ends_at = 0.0

    def restart(self) -> None:
        """A request begins."""
        self._ends_at = self._monotonic() + self._limit_s

    def check(self) -> None:
        """Raises TimeoutError once the request has taken too long."""
        if self._monotonic() >= self._ends_at:
            raise TimeoutError("the request took too long as a whole")


def heed(session: requests.Session, deadline: Deadline) -> None:
    """Let the connections that `session` will open keep to `deadline`, whatever else its adapters are set to."""
    pools = _pools(deadline)
    for adapter in session.adapters.values():
        if isinstance(adapter, HTTPAdapter):
            adapter.poolmanager.pool_classes_by_scheme = pools


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Made for each deadline, as these libraries create pools and connections by their classes alone."""

    class Response(http.client.HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            self.fp = io.BufferedReader(_Incoming(self.fp.detach(), deadline))

    class Sending(http.client.HTTPConnection):
        response_class = Response

        def send(self, data: Any) -> None:
            if not isinstance(data, bytes):
                raise TypeError("requests are bytes")
            for portion in _portions(data):
                deadline.check()
                super().send(portion)

    class Plain(Sending, HTTPConnection):
        pass

    class Encrypted(Sending, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def _portions(data: bytes) -> Iterator[memoryview]:
    view = memoryview(data)
    return (view[start : start + _PORTION_BYTES] for start in range(0, len(view), _PORTION_BYTES))


class _Incoming(io.RawIOBase):
    """What a socket receives, up to the deadline."""

    def __init__(self, received: io.RawIOBase, deadline: Deadline) -> None:
        self._received = received
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int | None:
        self._deadline.check()
        return self._received.readinto(buffer)

    def close(self) -> None:
        self._received.close()
        super().close()
