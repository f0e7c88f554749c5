"""Each step of tiktok-api.md A.10, with the literal messages of C.5."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from emulator_testing import NOW, SEED, TOKEN, Client, a_request, an_event

from tiktok_destination.emulator.server import start

_ROWS = json.loads((Path(__file__).parent / "tables" / "requests.json").read_text(encoding="utf-8"))


def _patched(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """`target` with the members of `patch`; `$gone` takes one away, objects are merged."""
    result = dict(target)
    for name, value in patch.items():
        if value == "$gone":
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict) and value:
            result[name] = _patched(result[name], value)
        else:
            result[name] = value
    return result


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_request_gets_the_answer_that_tiktok_would_give(client: Client, row: dict[str, Any]) -> None:
    source = row.get("source", "web")
    event = _patched(an_event(source), row.get("event", {}))
    body = _patched(a_request(event, source=source), row.get("request", {}))
    assert client.answer(body) == (row["code"], row["message"])
    assert len(client.lines()) == (1 if row["code"] == 0 else 0)


@pytest.mark.parametrize(
    ("token", "code", "message"),
    [
        (None, 40104, "Access token is null, you should set it in http header with key Access-Token."),
        ("", 40104, "Access token is null, you should set it in http header with key Access-Token."),
        ("never-issued", 40105, "Access token is incorrect or has been revoked."),
        ("emulator-revoked-00000000000000000000000", 40105, "Access token is incorrect or has been revoked."),
        ("emulator-expired-00000000000000000000000", 40102, "Access token has expired."),
        (
            "emulator-analyst-00000000000000000000000",
            40001,
            (
                "No permission to operate pixel code: C0PIXELCODE00000001A. "
                "You must be an admin or operator of this advertiser account."
            ),
        ),
        ("emulator-app-000000000000000000000000000", 0, "OK"),
    ],
)
def test_a_token_decides_before_the_body_is_judged(
    client: Client, token: str | None, code: int, message: str
) -> None:
    assert client.answer(a_request(), token) == (code, message)
    if 40100 < code < 40200:
        assert client.answer(b"not json", token) == (code, message)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scopes": ["7224195155857866754"]}, 0),
        ({"scopes": ["4", "8"]}, 40001),
        ({"advertiser_ids": ["7012345678901234568"]}, 40001),
        ({"user_id": "6900000000000000003"}, 40001),
    ],
    ids=["the one scope", "another scope", "another account", "an analyst"],
)
def test_a_token_of_an_app_needs_scope_account_and_role(change: dict[str, Any], code: int) -> None:
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    (token,) = (one for one in seed["tokens"] if one["kind"] == "app")
    token.update(change)
    with start(seed) as emulator:
        client = Client(emulator, SEED)
        emulator.admin("clock", {"now": NOW})
        assert client.code(a_request(), token["token"]) == code
        client.session.close()


def test_a_good_answer_has_the_four_members_and_a_request_id_of_the_real_shape(client: Client) -> None:
    answer = client.track(a_request())
    body = answer.json()
    assert list(body) == ["code", "message", "request_id", "data"]
    assert body["data"] == {}
    assert re.fullmatch(r"20261118110640[0-9A-F]{20}", body["request_id"])
    assert answer.headers["X-TT-LOGID"] == body["request_id"] == client.line()["request_id"]


@pytest.mark.parametrize(
    "path",
    [
        "/open_api/v1.3/event/track",
        "/open_api/v1.2/event/track/",
        "/open_api/v1.3/pixel/track/",
        "/elsewhere",
    ],
)
def test_an_unknown_path_is_a_plain_404(client: Client, path: str) -> None:
    answer = client.session.post(
        client.emulator.url + path, json=a_request(), headers={"Access-Token": TOKEN}
    )
    assert (answer.status_code, answer.text) == (404, "404 page not found")
    assert answer.history == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_a_405(client: Client, method: str) -> None:
    answer = client.session.request(method, client.emulator.url + "/open_api/v1.3/event/track/")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"event_source": NaN}',
        b'{"a": "\\ud800"}',
        b"\xff\xfe",
        b'{"a":' * 5000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        gzip.compress(b"{}"),
        b'{"a": 1' + b"0" * 6000 + b"}",
    ],
    ids=[
        "empty",
        "cut",
        "NaN",
        "lone surrogate",
        "not UTF-8",
        "endless",
        "deep",
        "compressed",
        "huge number",
    ],
)
def test_a_body_that_is_no_usable_json_is_refused_and_not_stored(client: Client, body: bytes) -> None:
    assert client.code(body) in (40000, 40002)
    assert client.lines() == []


def test_deep_nesting_and_huge_numbers_inside_an_event_break_nothing(client: Client) -> None:
    whole = json.dumps(a_request(an_event(extra="HERE"))).encode()
    for odd in (b"[" * 800 + b"]" * 800, b"1" + b"0" * 6000):
        assert client.code(whole.replace(b'"HERE"', odd)) in (0, 40000)


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"7"])
def test_json_that_is_no_object_is_refused(client: Client, body: bytes) -> None:
    assert client.code(body) == 40002


def test_a_request_without_the_json_content_type_is_refused(client: Client) -> None:
    body = json.dumps(a_request()).encode()
    answer = client.track(body, **{"Content-Type": "text/plain"})
    assert answer.json()["message"] == "Invalid value for Content-Type: must be application/json."
    assert client.track(body, **{"Content-Type": "application/json; charset=utf-8"}).json()["code"] == 0


def test_a_thousand_events_pass_and_one_more_refuses_them_all(client: Client) -> None:
    events = [an_event(event_id=f"e{number}") for number in range(1001)]
    assert client.code(a_request(*events)) == 40002
    assert client.summary()["events_stored"] == 0
    assert client.code(a_request(*events[:1000])) == 0
    assert client.summary()["events_stored"] == 1000


def test_one_unfit_event_costs_the_whole_request(client: Client) -> None:
    events = [an_event(event_id="a"), an_event(event_id="b", event_time="now"), an_event(event_id="c")]
    assert client.code(a_request(*events)) == 40002
    assert client.lines() == []
    assert client.summary()["events_refused_by_code"] == {"40002": 3}
    assert client.summary()["requests_by_code"] == {"40002": 1}


def test_unhashed_events_among_hashed_ones_cost_the_whole_request(client: Client) -> None:
    plain = an_event(event_id="b", user={"email": "jo@example.com"})
    assert client.answer(a_request(an_event(), plain)) == (
        40002,
        "Invalid value for user.email: not a SHA-256 digest.",
    )
    assert client.lines() == []


def test_no_message_repeats_a_value_of_the_event(client: Client) -> None:
    canary = "canary@example.com"
    for patch in (
        {"event": canary},
        {"event_id": [canary]},
        {"user": {"email": canary, "ip": [canary]}},
        {"user": {"email": canary}},
        {"properties": {"currency": canary}},
        {"properties": {"value": canary}},
        {"page": canary},
    ):
        answer = client.track(a_request(an_event(**patch)))
        assert answer.json()["code"] != 0
        assert canary not in answer.text


@pytest.mark.parametrize(
    ("switches", "source", "patch", "code"),
    [
        ({"require_page_url": False}, "web", {"page": {}}, 0),
        ({"require_hashed": False}, "web", {"user": {"email": "jo@example.com"}}, 0),
        ({"check_currency": False}, "web", {"properties": {"currency": "BTC", "value": 1}}, 0),
        ({"check_custom_names": False}, "web", {"event": "Test Event"}, 0),
        ({"reject_future_s": None}, "web", {"event_time": NOW + 90_000}, 0),
        ({"reject_future_s": 0}, "web", {"event_time": NOW + 1}, 40002),
        ({"reject_milliseconds": False}, "web", {"event_time": NOW * 1000}, 0),
        ({"old_events": "reject"}, "web", {"event_time": NOW - 28 * 86_400 - 1}, 40002),
        ({"old_events": "reject"}, "web", {"event_time": NOW - 28 * 86_400}, 0),
        ({"crm_standard_names": "reject"}, "crm", {"event": "Lead"}, 40002),
        ({"crm_standard_names": "reject"}, "crm", {"event": "Qualified"}, 0),
        ({"deny_app_events": True}, "app", {}, 40118),
    ],
)
def test_a_switch_takes_the_other_reading(
    client: Client, switches: dict[str, Any], source: str, patch: dict[str, Any], code: int
) -> None:
    client.emulator.admin("switches", switches)
    assert client.code(a_request(an_event(source) | patch, source=source)) == code
