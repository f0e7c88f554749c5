"""A bare receiver on loopback, in a process of its own: takes every request whole, and says that all is well.

`python -m benchmarks.sink` prints its port and ends with its standard input.
"""

from __future__ import annotations

import re
import socketserver
import sys
import threading
from typing import Final

_BODY: Final = b'{"code":0,"message":"OK","request_id":"benchmark","data":{}}'
_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_BUFFER_BYTES: Final = 1024 * 1024


class _Connection(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        buffer = bytearray(_BUFFER_BYTES)
        held = b""
        while True:
            head, found, rest = held.partition(b"\r\n\r\n")
            if not found:
                more = self.request.recv(64 * 1024)
                if not more:
                    return
                held += more
                continue
            length = _LENGTH.search(head)
            missing = int(length[1]) - len(rest) if length else 0
            while missing > 0:
                missing -= self.request.recv_into(buffer, min(missing, _BUFFER_BYTES)) or missing
            held = b""
            self.request.sendall(_ANSWER)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


def main() -> None:
    with _Server(("127.0.0.1", 0), _Connection) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
