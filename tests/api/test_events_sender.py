"""One HTTP call over a real connection: what is sent, what comes of every way in which it can go wrong, and no leaks."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import requests
import responses
from loopback import (
    Trusting,
    answer,
    drip,
    end_encryption,
    envelope,
    hang_up,
    impatient_session,
    leaping,
    reset,
    running,
    say,
    services,
    stay_silent,
)
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError
from urllib3.exceptions import SSLError as UrllibSslError

from plugin_spec import Action, ConfigError, Reply, VerdictStatus
from tiktok_destination import __version__
from tiktok_destination.api.client import MAX_ANSWER_BYTES, REQUEST_TIMEOUT_S
from tiktok_destination.api.events import EventsSender

TOKEN = "canary-token-0123456789"
BODIES = [b'{"event":"Lead","event_id":"canary-event"}', b'{"event":"Lead","event_id":"2"}']


def _envelope(batch_key: str, bodies: Sequence[bytes]) -> bytes:
    return b'{"event_source_id":"' + batch_key.encode() + b'","data":[' + b",".join(bodies) + b"]}"


def _sender(url: str, http_session=requests.Session, monotonic=time.monotonic) -> EventsSender:
    return EventsSender(
        access_token=TOKEN, base_url=url, envelope=_envelope, services=services(http_session, monotonic)
    )


def _send(url: str, http_session=requests.Session, monotonic=time.monotonic) -> Reply:
    with contextlib.closing(_sender(url, http_session, monotonic)) as sender:
        return sender.send("C0DE", BODIES)


def _is_undecided(reply: Reply) -> bool:
    return {one.status for one in reply.verdicts} == {VerdictStatus.UNDECIDED} and len(reply.verdicts) == 2


# What is sent


def test_the_request_is_one_post_with_the_token_and_the_envelopes_own_bytes():
    with running(envelope()) as server:
        reply = _send(server.url)
    assert {one.status for one in reply.verdicts} == {VerdictStatus.DELIVERED}
    assert (reply.code, reply.request_id) == ("0", "r1")
    ((line, headers, body),) = server.requests
    assert line == "POST /open_api/v1.3/event/track/ HTTP/1.1"
    assert headers["Access-Token"] == TOKEN
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == f"tiktok-destination/{__version__}"
    assert headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in headers
    assert body == _envelope("C0DE", BODIES)


def test_one_thread_keeps_its_connection_and_each_thread_has_its_own():
    with running(envelope()) as server, contextlib.closing(_sender(server.url)) as sender:
        for _ in range(3):
            sender.send("C0DE", BODIES)
        assert server.connections == 1
        thread = threading.Thread(target=sender.send, args=("C0DE", BODIES))
        thread.start()
        thread.join()
        assert server.connections == 2
    assert len(server.requests) == 4


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login canary password canary\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with running(envelope()) as server:
        assert _send(server.url).code == "0"
    assert "Authorization" not in server.requests[0][1]


# What can go wrong


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed(status):
    with running(envelope()) as elsewhere:
        moved = answer(b"moved", status, f"Location: {elsewhere.url}/")
        with running(moved) as server:
            reply = _send(server.url)
    assert elsewhere.requests == []
    assert _is_undecided(reply)
    assert (reply.code, reply.advice.action, reply.ambiguous) == ("redirected", Action.PAUSE, False)


@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
def test_an_endless_answer_is_cut_short(status):
    sent = threading.Event()

    def endless(connection: socket.socket) -> bool:
        connection.sendall(
            f"HTTP/1.1 {status}\r\nLocation: /\r\nContent-Length: 999999999999\r\n\r\n".encode()
        )
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(b" " * 65_536)
        sent.set()
        return False

    with running(endless) as server:
        reply = _send(server.url)
        assert sent.wait(60), "the connection was left open"
    assert (reply.code, reply.ambiguous) == ("bad_answer", True)


def test_an_answer_of_the_largest_size_is_read_and_one_byte_more_is_not():
    start, end = b'{"code":0,"message":"', b'"}'
    fits = start + b"x" * (MAX_ANSWER_BYTES - len(start) - len(end)) + end
    with running(answer(fits), answer(fits + b" ")) as server:
        assert _send(server.url).code == "0"
        assert _send(server.url).code == "bad_answer"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (hang_up, "connection_reset"),
        (reset, "connection_reset"),
        (say(b"HTTP/1.1 200 OK\r\nContent-Len"), "bad_answer"),
        (say(b"nonsense\r\n\r\n"), "connection_reset"),
        (answer(b'{"code":0,"mess', length=200), "bad_answer"),
        (answer(b'{"code":0,"mess'), "bad_answer"),
        (answer(b"<html>hello</html>"), "bad_answer"),
        (answer(b""), "bad_answer"),
        (say(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cod\r\n'), "connection_reset"),
        (answer(b"\x1f\x8b\x08", "200 OK", "Content-Encoding: gzip"), "bad_answer"),
        (answer(b"oops", "503 Unavailable"), "http_5xx"),
    ],
)
def test_an_answer_that_breaks_off_or_is_none_of_the_api_may_have_been_processed(act, code):
    with running(act) as server:
        reply = _send(server.url)
    assert len(server.requests) == 1
    assert _is_undecided(reply)
    assert (reply.code, reply.advice.action, reply.ambiguous) == (code, Action.WAIT, True)


def test_a_silent_server_is_given_up_and_may_have_processed_the_request():
    closing = threading.Event()
    with running(stay_silent(closing)) as server:
        reply = _send(server.url, impatient_session)
        closing.set()
    assert (reply.code, reply.ambiguous) == ("timeout", True)


def test_a_server_that_falls_silent_within_its_answer_is_given_up():
    closing = threading.Event()
    begun = b'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"code":0'
    with running(stay_silent(closing, begun)) as server:
        reply = _send(server.url, impatient_session)
        closing.set()
    assert (reply.code, reply.ambiguous) == ("timeout", True)


@pytest.mark.parametrize(
    ("first", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["headers", "body", "chunks", "beginnings"],
)
def test_an_answer_that_trickles_for_ever_is_given_up_and_may_have_been_processed(first, drop):
    with running(drip(first, drop)) as server:
        reply = _send(server.url, monotonic=leaping(REQUEST_TIMEOUT_S / 10))
    assert len(server.requests) == 1
    assert _is_undecided(reply)
    assert (reply.code, reply.ambiguous) == ("timeout", True)


def test_a_request_that_is_taken_too_slowly_is_given_up():
    large = [b'{"event":"Lead","event_id":"' + b"x" * 999_000 + b'"}']
    with (
        running(envelope()) as server,
        contextlib.closing(_sender(server.url, monotonic=leaping(REQUEST_TIMEOUT_S / 10))) as sender,
    ):
        reply = sender.send("C0DE", large)
    assert (reply.code, reply.ambiguous) == ("timeout", True)
    assert all(len(body) < len(large[0]) for _, _, body in server.requests)


def test_every_request_has_the_whole_time_for_itself():
    with (
        running(envelope()) as server,
        contextlib.closing(_sender(server.url, monotonic=leaping(REQUEST_TIMEOUT_S / 10))) as sender,
    ):
        assert [sender.send("C0DE", BODIES).code for _ in range(5)] == ["0"] * 5
    assert server.connections == 1


def test_a_refused_connection_was_certainly_not_processed():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        reply = _send(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert (reply.code, reply.advice.action, reply.ambiguous) == ("connection_failed", Action.WAIT, False)


@responses.activate
def test_a_host_without_an_address_was_certainly_not_reached():
    unknown = NameResolutionError("host", HTTPConnection("host"), socket.gaierror())
    never = requests.exceptions.ConnectionError(MaxRetryError(HTTPConnectionPool("host"), "/", unknown))
    responses.post("http://127.0.0.1/open_api/v1.3/event/track/", body=never)
    reply = _send("http://127.0.0.1")
    assert (reply.code, reply.ambiguous) == ("connection_failed", False)


@responses.activate
def test_a_connection_that_takes_too_long_was_certainly_not_processed():
    responses.post(
        "http://127.0.0.1/open_api/v1.3/event/track/", body=requests.exceptions.ConnectTimeout("canary")
    )
    reply = _send("http://127.0.0.1")
    assert (reply.code, reply.ambiguous) == ("connect_timeout", False)


def test_a_certificate_that_nobody_vouches_for_is_refused_even_if_the_host_would_take_it():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(Path(__file__).parent / "untrusted_certificate.pem")

    def lenient() -> requests.Session:
        session = requests.Session()
        session.verify = False
        return session

    with running(envelope(), tls=tls) as server:
        reply = _send(server.url, lenient)
    assert server.requests == []
    assert (reply.code, reply.advice.action, reply.ambiguous) == ("tls_failed", Action.WAIT, False)


@pytest.mark.parametrize("end", [hang_up, end_encryption, reset])
def test_an_encrypted_connection_that_ends_after_the_request_may_have_carried_it(end):
    certificate = Path(__file__).parent / "untrusted_certificate.pem"
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)

    def trusting() -> requests.Session:
        session = requests.Session()
        session.mount("https://", Trusting(certificate))
        return session

    with (
        running(envelope(), end, tls=tls) as server,
        contextlib.closing(_sender(server.url, trusting)) as sender,
    ):
        assert sender.send("C0DE", BODIES).code == "0"
        reply = sender.send("C0DE", BODIES)
    assert len(server.requests) == 2
    assert _is_undecided(reply)
    assert (reply.code, reply.ambiguous) == ("connection_reset", True)


@pytest.mark.parametrize(
    ("error", "code", "ambiguous"),
    [
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), "connection_reset", True),
        (ssl.SSLZeroReturnError(6, "TLS/SSL connection has been closed"), "connection_reset", True),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "tls_failed", False),
        (ssl.SSLError(1, "wrong version number"), "tls_failed", False),
    ],
    ids=["torn", "closed", "not trusted", "not encrypted"],
)
@responses.activate
def test_of_errors_of_encryption_only_the_end_of_a_connection_leaves_a_doubt(error, code, ambiguous):
    # Python hides both ends from whoever reads; whoever writes still meets them, which cannot be timed over a wire.
    raised = requests.exceptions.SSLError(
        MaxRetryError(HTTPConnectionPool("host"), "/", UrllibSslError(error))
    )
    responses.post("https://127.0.0.1/open_api/v1.3/event/track/", body=raised)
    reply = _send("https://127.0.0.1")
    assert (reply.code, reply.ambiguous) == (code, ambiguous)


def test_an_unencrypted_server_behind_https_is_a_failure_of_encryption():
    with running(envelope()) as server:
        reply = _send(server.url.replace("http://", "https://"))
    assert (reply.code, reply.ambiguous) in {("tls_failed", False), ("connection_reset", True)}


# What stays secret


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "canary\r\nX: y", "tokén", "\x00"])
def test_a_token_that_no_header_can_carry_is_a_fault_that_does_not_show_it(token):
    with pytest.raises(ConfigError) as caught:
        EventsSender(access_token=token, base_url="http://127.0.0.1", envelope=_envelope, services=services())
    assert caught.value.faults[0].path == ("credential", "access_token")
    assert "canary" not in repr(caught.value.faults)


@pytest.mark.parametrize(
    "act",
    [
        envelope(),
        envelope(40002, message="Invalid value for event_id: canary-event"),
        reset,
        answer(b"canary", "302 Found", "Location: http://127.0.0.1:1/canary"),
        say(b"canary\r\n\r\n"),
    ],
)
def test_neither_token_nor_event_nor_answer_shows_in_a_log_or_a_representation(act, caplog):
    with (
        caplog.at_level(logging.DEBUG),
        running(act) as server,
        contextlib.closing(_sender(server.url)) as sender,
    ):
        reply = sender.send("C0DE", BODIES)
        assert "canary" not in f"{sender!r}{sender._client!r}{reply!r}"
    assert len(server.requests) == 1
    assert "canary" not in caplog.text
