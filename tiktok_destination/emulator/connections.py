"""The loopback HTTP server below the application, and how it closes a connection without an answer.

Werkzeug's threaded server, with three differences: a quiet request log, an error instead of the end of the process if
the port is taken, and sockets that can be reset.
"""

from __future__ import annotations

import logging
import socket
import struct
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HOST = "127.0.0.1"
_HANG_UP = "emulator.hang_up"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: closing sends RST

_logger = logging.getLogger("tiktok_destination.emulator")


def hang_up(environ: WSGIEnvironment) -> None:
    """Have the connection of this request reset instead of answered."""
    environ[_HANG_UP] = True


class _HangingUp:
    """Lets the application decide that there is no answer."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        body = self._app(environ, start_response)
        if environ.get(_HANG_UP):
            connection: socket.socket = environ["werkzeug.socket"]
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            raise ConnectionResetError  # nothing has been written yet, and the server takes this for a lost client
        return body


class _QuietHandler(WSGIRequestHandler):
    """Logs method, path without query, and status, at debug level."""

    def connection_dropped(  # the parameters are the base class's
        self,
        error: BaseException,  # noqa: ARG002 - as above
        environ: WSGIEnvironment | None = None,  # noqa: ARG002 - as above
    ) -> None:
        """Do not wait for another request on a connection that is lost, or was hung up."""
        self.close_connection = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        path = getattr(self, "path", "-").partition("?")[0]
        _logger.debug("%s %s %s (%s bytes)", getattr(self, "command", "-"), path, code, size)

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002, ARG002 - the base class's parameter
        _logger.debug(message, *args)


class LoopbackServer(ThreadedWSGIServer):
    """Serves one application on 127.0.0.1, a thread for each connection."""

    def __init__(self, app: WSGIApplication, port: int) -> None:
        """`port` 0 takes a free one. Raises OSError if the port cannot be had."""
        listening = socket.create_server((HOST, port), backlog=256)
        try:
            super().__init__(HOST, port, _HangingUp(app), _QuietHandler, fd=listening.fileno())
        finally:
            listening.close()  # the server has its own copy

    def shutdown_request(self, request: Any) -> None:
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_RESET_ON_CLOSE)) == _RESET_ON_CLOSE:
            request.close()  # without the orderly farewell of the base class
        else:
            super().shutdown_request(request)
