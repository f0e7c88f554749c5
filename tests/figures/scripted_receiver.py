"""A receiver on this machine that answers each event by its own script, over HTTP, in TikTok's envelope.

Each request that carries an event uses up the first step of its script; where none is left the event is accepted:

- a number of three digits is an HTTP status, one of five digits a code: the whole request ends so, and nothing of it is processed;
- `lost`: the request is processed, and the connection ends without an answer;
- `40002`: never used up. The event is refused when it travels alone, the whole request otherwise;
- `20001`: never used up. The answer accepts the others and names this one as refused.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.figures.checker import Arrived
from tiktok_destination.emulator.ledger import canonical_json, digest

BAD_ALONE, BAD_NAMED = "40002", "20001"


class ScriptedReceiver(ThreadingHTTPServer):
    """Its books: what arrived and was accepted, and which events it was sent again after their end."""

    daemon_threads = True

    def __init__(self, scripts: Mapping[str, Sequence[str]]) -> None:
        """`scripts`: event id → steps; an event without one is accepted."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self._scripts = scripts
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._ended: set[str] = set()
        self.arrived: list[Arrived] = []
        self.refused: Counter[str] = Counter()
        self.sent_after_the_end: Counter[str] = Counter()
        self.steps_used: Counter[str] = Counter()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, events: list[dict[str, Any]]) -> tuple[int, dict[str, Any] | None]:
        """HTTP status and envelope; no envelope: the connection ends."""
        with self._lock:
            steps = {event["event_id"]: self._step(event["event_id"]) for event in events}
            self.sent_after_the_end.update(self._ended & set(steps))
            for event_id, step in steps.items():
                if step not in (None, BAD_ALONE, BAD_NAMED):
                    self._used[event_id] += 1
                    self.steps_used[step] += 1
                    if step == "lost":
                        self._accept(event for event in events if steps[event["event_id"]] in (None, "lost"))
                        return 0, None
                    return (int(step), None) if len(step) == 3 else (200, _envelope(int(step)))
            return 200, self._judged(events, steps)

    def _judged(self, events: list[dict[str, Any]], steps: Mapping[str, str | None]) -> dict[str, Any]:
        if BAD_ALONE in steps.values():
            if len(events) == 1:
                self._refuse(steps)
            return _envelope(40002, "Invalid value for properties.value: not acceptable")
        named = [index for index, step in enumerate(steps.values()) if step == BAD_NAMED]
        self._accept(event for event in events if steps[event["event_id"]] is None)
        self._ended |= set(steps)
        if not named:
            return _envelope(0)
        self._refuse(event_id for event_id, step in steps.items() if step == BAD_NAMED)
        failed = [{"order_in_batch": index, "error": "not acceptable"} for index in named]
        return _envelope(20001, data={"partial_failure": True, "failed_events": failed})

    def _step(self, event_id: str) -> str | None:
        script, used = self._scripts.get(event_id, ()), self._used[event_id]
        return script[used] if used < len(script) else None

    def _accept(self, events: Any) -> None:
        for event in events:
            event_id = event["event_id"]
            self.arrived.append(Arrived(event_id, event_id not in self._known, digest(canonical_json(event))))
            self._known.add(event_id)

    def _refuse(self, event_ids: Any) -> None:
        for event_id in event_ids:
            self.refused[event_id] += 1
            self._ended.add(event_id)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that ends is part of the scripts."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


def _envelope(code: int, message: str = "OK", data: Any = None) -> dict[str, Any]:
    return {"code": code, "message": message, "request_id": "r-1", "data": data or {}}


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedReceiver
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, envelope = self.server.answer(body["data"])
        if status == 0:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        content = b"" if envelope is None else json.dumps(envelope).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Nothing is logged."""
