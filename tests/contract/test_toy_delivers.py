"""The toy over a real wire: what it posts, what it makes of an answer, and that it holds nothing of TikTok."""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from plugin_spec import (
    Action,
    ConfigError,
    Credential,
    DestinationManager,
    Note,
    OverlayValue,
    Prepared,
    Record,
    Sender,
    Services,
    VerdictStatus,
)


def direct_session() -> requests.Session:
    """A session that no proxy of the surroundings can lead away from this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


CREDENTIAL = Credential("main", "canary-token-84")
SERVICES = Services(
    clock=lambda: 0.0,
    monotonic=lambda: 0.0,
    sleep=lambda seconds: pytest.fail(f"a sender slept {seconds} s"),
    random=random.Random(1),
    http_session=direct_session,
    logger=logging.getLogger("tests.contract.toy"),
    environ={},
)

ANSWERS = [
    (b'{"ok": true}', 1, VerdictStatus.DELIVERED, (Action.GO_ON, None)),
    (b'{"ok": true}', 3, VerdictStatus.DELIVERED, (Action.GO_ON, None)),
    (b'{"ok": false}', 1, VerdictStatus.REFUSED, (Action.GO_ON, "not_ok")),
    (b'{"ok": false}', 3, VerdictStatus.UNDECIDED, (Action.SPLIT, "not_ok")),
    (b"<html>", 2, VerdictStatus.UNDECIDED, (Action.WAIT, "no_answer")),
    (b"", 1, VerdictStatus.UNDECIDED, (Action.WAIT, "no_answer")),
]
"""The receiver's answer, how many events it answers, the verdict on each, and the advice with its code."""


class Receiver(ThreadingHTTPServer):
    """Gives one answer to every request and keeps what it was sent."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Exchange)
        self.answer = answer
        self.bodies: list[bytes] = []
        self.tokens: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/things"


class Exchange(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.tokens.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *ignored: object) -> None:
        """Keep the test's output quiet."""


@contextmanager
def receiver(answer: bytes) -> Iterator[Receiver]:
    with Receiver(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def opened(url: str) -> Sender:
    return DestinationManager().load("toy").open({"settings": {"url": url}}, CREDENTIAL, SERVICES)


@pytest.mark.parametrize(("answer", "size", "status", "advice"), ANSWERS)
def test_an_answer_becomes_verdicts_and_advice(toy_on_path: Path, answer, size, status, advice) -> None:
    bodies = [json.dumps({"name": f"n{number}"}).encode() for number in range(size)]
    with receiver(answer) as server:
        sender = opened(server.url)
        reply = sender.send("all", bodies)
        sender.close()
    assert [verdict.status for verdict in reply.verdicts] == [status] * size
    assert (reply.advice.action, reply.code) == advice
    assert reply.ambiguous is (reply.code == "no_answer")
    assert len(server.bodies) == 1
    assert server.tokens == ["Bearer canary-token-84"]


def test_what_is_prepared_is_what_is_posted(toy_on_path: Path) -> None:
    destination = DestinationManager().load("toy")
    config = {"settings": {"url": "http://127.0.0.1:1/"}, "mapping": {"prefix": "shop."}}
    plan = destination.compile(config)
    entries = plan.prepare([Record(1, {"name": "a"}), Record(2, {"name": "b"})], 0.0)
    bodies = [entry.body for entry in entries if isinstance(entry, Prepared)]
    with receiver(b'{"ok": true}') as server:
        opened(server.url).send("all", bodies)
    assert server.bodies == [plan.envelope("all", bodies)] == [b'[{"name":"shop.a"},{"name":"shop.b"}]']


def test_nobody_at_the_address_is_a_reply_and_no_exception(toy_on_path: Path) -> None:
    with receiver(b"") as server:
        url = server.url
    reply = opened(url).send("all", [b"{}"])
    assert (reply.code, reply.advice.action) == ("no_answer", Action.WAIT)


def test_an_address_elsewhere_is_a_config_error_before_any_call(toy_on_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"settings\.url: is not on this machine"):
        opened("http://192.0.2.1/")


def test_a_sender_shows_no_token(toy_on_path: Path) -> None:
    assert CREDENTIAL.access_token not in repr(opened("http://127.0.0.1:1/"))


def test_an_overlay_fills_gaps_and_replaces_nothing(toy_on_path: Path) -> None:
    plan = DestinationManager().load("toy").compile({"settings": {"url": "http://127.0.0.1:1/"}})
    overlay = {"name": OverlayValue("added", "test"), "id": OverlayValue("x", "test")}
    (entry,) = plan.prepare([Record(1, {"id": "own"}, overlay)], 0.0)
    assert isinstance(entry, Prepared)
    assert (entry.event_name, entry.event_id, entry.notes) == ("added", "own", ())


def test_what_is_missing_is_noted(toy_on_path: Path) -> None:
    plan = DestinationManager().load("toy").compile({"settings": {"url": "http://127.0.0.1:1/"}})
    (entry,) = plan.prepare([Record(1, {"name": "seen"})], 0.0)
    assert isinstance(entry, Prepared)
    assert (entry.notes, entry.dedup_key) == ((Note("id_missing", "id"),), None)
