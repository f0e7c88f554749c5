"""Serves a harness on 127.0.0.1: in the background for tests (`start`), or until a signal for a command line (`serve`).

There is no way to bind another address: whoever reaches the harness may send events and read configurations.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

HOST: Final = "127.0.0.1"


class _QuietHandler(WSGIRequestHandler):
    """Logs nothing: an address may hold an authorisation code."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the base class's parameter
        del type, message, args


class _Server(ThreadedWSGIServer):
    """Listens before there is an application, so that this can know its own address."""

    def __init__(self, port: int) -> None:
        listening = socket.create_server((HOST, port), backlog=128)
        try:
            super().__init__(HOST, port, Flask(__name__), _QuietHandler, fd=listening.fileno())
        finally:
            listening.close()  # the server has its own copy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing either: what is no request, or a browser that has gone, is no defect."""


class RunningHarness:
    """A harness that serves in a background thread until `stop`, or until the `with` block ends."""

    def __init__(self, port: int, app_for: Callable[[str], Flask]) -> None:
        """`app_for` makes the application for an origin; port 0 takes a free one. Raises OSError for the port."""
        self._server = _Server(port)
        self.origin = f"http://{HOST}:{self._server.port}"
        self._server.app = app_for(self.origin)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="harness", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(port: int, app_for: Callable[[str], Flask], announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM. `announce` hears the address. Call it from the main thread; raises OSError."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        # Not stopped.set() here: the main thread may hold the event's lock, as it waits for it.
        threading.Thread(target=stopped.set).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with RunningHarness(port, app_for) as harness:
            announce(harness.origin)
            stopped.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
