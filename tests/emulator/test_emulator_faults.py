"""Faults on demand, partial success, poison and rate limits. What was processed is proven by the ledger."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from emulator_testing import APP, APP_TOKEN, NOW, SHOP, Client, a_request, an_event

from tiktok_destination.emulator.server import AdminError


def test_a_reset_before_processing_leaves_no_trace(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "reset_before"}])
    with pytest.raises(requests.ConnectionError):
        client.track(a_request())
    assert client.lines() == []
    assert client.code(a_request()) == 0
    assert client.line()["disposition"] == "counted"


def test_a_reset_after_processing_leaves_the_event_and_its_repeat_is_a_duplicate(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "reset_after"}])
    with pytest.raises(requests.ConnectionError):
        client.track(a_request())
    assert client.line()["disposition"] == "counted"
    assert client.code(a_request()) == 0
    assert [line["disposition"] for line in client.lines()] == ["counted", "duplicate"]
    assert client.summary()["requests_by_code"] == {"no answer": 1, "0": 1}


def test_a_large_request_is_reset_as_well(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "reset_before"}])
    with pytest.raises(requests.ConnectionError):
        client.track(a_request(*(an_event(event_id=str(number), note="x" * 1000) for number in range(1000))))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_gateway_answers_in_plain_text_and_processes_nothing(client: Client, status: int) -> None:
    client.emulator.admin("faults", [{"kind": "http", "status": status}])
    answer = client.track(a_request())
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert client.lines() == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (40100, "Too many requests. Please retry in some time."),
        (40132, "The request QPS is limited by pixel_code's value."),
        (
            40133,
            (
                "Advertiser (7012345678901234567)'s QPS (1000) reaches QPS limit 1000 for current path, "
                "request is temporarily restricted."
            ),
        ),
        (
            40001,
            (
                "No permission to operate pixel code: C0PIXELCODE00000001A. "
                "You must be an admin or operator of this advertiser account."
            ),
        ),
        (50000, "System error."),
        (51039, "Internal time-out."),
        (60001, "The service is under maintenance."),
        (49999, "Unknown error."),
    ],
)
def test_any_return_code_can_be_had_with_its_message(client: Client, code: int, message: str) -> None:
    client.emulator.admin("faults", [{"kind": "code", "code": code}])
    assert client.answer(a_request()) == (code, message)
    assert client.lines() == []
    assert client.answer(a_request()) == (0, "OK")


def test_a_cut_answer_ends_before_its_announced_length(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "truncate"}])
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        client.track(a_request())
    assert client.line()["disposition"] == "counted"


def test_an_answer_may_be_no_json_or_have_null_for_data(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "not_json"}, {"kind": "data_null"}])
    first, second = client.track(a_request()), client.track(a_request())
    assert first.status_code == 200
    assert first.text.startswith("<!doctype html>")
    assert second.json()["data"] is None
    assert len(client.lines()) == 2


def test_a_delayed_request_is_processed_at_once(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "delay", "seconds": 30}])
    with pytest.raises(requests.ReadTimeout):
        client.session.post(
            f"{client.emulator.url}/open_api/v1.3/event/track/",
            json=a_request(),
            headers={"Access-Token": "emulator-token-0000000000000000000000000"},
            timeout=0.3,
        )
    assert client.line()["disposition"] == "counted"


@pytest.mark.parametrize(
    ("rule", "fired"),
    [
        ({}, [1]),
        ({"count": 2}, [1, 2]),
        ({"nth": 3}, [3]),
        ({"nth": 2, "count": 2}, [2, 3]),
        ({"every": 2}, [2, 4, 6]),
        ({"every": 2, "count": 1}, [2]),
        ({"probability": 0}, []),
        ({"probability": 1}, [1, 2, 3, 4, 5, 6]),
        ({"path": "/open_api/v1.3/event/track/"}, [1]),
        ({"path": "/open_api/v1.3/elsewhere/"}, []),
        ({"event_source_id": "C0PIXELCODE00000001A"}, [1]),
        ({"event_source_id": "C0PIXELCODE00000002B"}, []),
    ],
)
def test_a_rule_meets_the_requests_it_names(client: Client, rule: dict[str, Any], fired: list[int]) -> None:
    client.emulator.admin("faults", [{"kind": "code", "code": 50000, **rule}])
    assert [turn for turn in range(1, 7) if client.code(a_request()) == 50000] == fired


def test_dice_with_the_same_seed_fall_alike(client: Client) -> None:
    runs = []
    for _ in range(2):
        client.emulator.admin("reset")
        client.emulator.admin("clock", {"now": NOW})
        client.emulator.admin("faults", [{"kind": "code", "code": 50000, "probability": 0.5, "seed": 7}])
        runs.append([client.code(a_request()) for _ in range(12)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {0, 50000}


def test_rules_are_used_up_in_their_order_and_can_be_deleted(client: Client) -> None:
    rules = [{"kind": "code", "code": code} for code in (50000, 50002, 60001)]
    client.emulator.admin("faults", rules)
    assert [client.code(a_request()) for _ in range(2)] == [50000, 50002]
    assert [fault["code"] for fault in client.summary()["faults"]] == [60001]
    client.emulator.admin("faults", method="DELETE")
    assert client.code(a_request()) == 0


@pytest.mark.parametrize(
    "rules",
    [
        [{"kind": "explode"}],
        [{"kind": "code"}],
        [{"kind": "http", "status": 418}],
        [{"kind": "delay", "seconds": 31}],
        [{"kind": "code", "code": 50000, "evry": 2}],
        {"kind": "reset_after"},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(client: Client, rules: Any) -> None:
    with pytest.raises(AdminError, match="HTTP 400"):
        client.emulator.admin("faults", rules)
    assert client.summary()["faults"] == []


def _three(**middle: Any) -> dict[str, Any]:
    return a_request(an_event(event_id="a"), an_event(event_id="b") | middle, an_event(event_id="c"))


def test_partial_success_stores_the_good_events_and_names_the_bad_one(client: Client) -> None:
    client.emulator.admin("switches", {"partial_success": "detail"})
    answer = client.track(_three(event_time="now")).json()
    assert (answer["code"], answer["message"]) == (20001, "Partially successful.")
    assert answer["data"] == {
        "partial_failure": True,
        "failed_events": [
            {"order_in_batch": 1, "error": "Invalid value for event_time: not a valid integer."}
        ],
    }
    assert [(line["event_id"], line["order_in_batch"]) for line in client.lines()] == [("a", 0), ("c", 2)]
    assert client.summary()["events_refused_by_code"] == {"20001": 1}


def test_partial_success_without_detail_tells_nothing_of_the_events(client: Client) -> None:
    client.emulator.admin("switches", {"partial_success": "plain"})
    answer = client.track(_three(user={"email": "jo@example.com"})).json()
    assert (answer["code"], answer["data"]) == (20001, {})
    assert [line["event_id"] for line in client.lines()] == ["a", "c"]


@pytest.mark.parametrize(
    ("member", "code"), [({"user": {"email": "jo@example.com"}}, 40000), ({"event_time": 1.5}, 40002)]
)
def test_a_request_of_unfit_events_alone_is_no_partial_success(
    client: Client, member: dict[str, Any], code: int
) -> None:
    client.emulator.admin("switches", {"partial_success": "detail"})
    assert client.code(a_request(an_event(**member), an_event(**member))) == code
    assert client.lines() == []


@pytest.mark.parametrize(
    ("rule", "stored"),
    [
        ({"indexes": [0, 2]}, ["b"]),
        ({"every_event": 2}, ["a", "c"]),
        ({"indexes": [1], "detail": False}, ["a", "c"]),
    ],
)
def test_a_partial_fault_refuses_the_events_it_names(
    client: Client, rule: dict[str, Any], stored: list[str]
) -> None:
    client.emulator.admin("faults", [{"kind": "partial", **rule}])
    answer = client.track(_three()).json()
    refused = [at for at, name in enumerate("abc") if name not in stored]
    failed = [one["order_in_batch"] for one in answer["data"].get("failed_events", [])]
    assert (answer["code"], failed) == (20001, refused if rule.get("detail", True) else [])
    assert [line["event_id"] for line in client.lines()] == stored


def test_a_poisoned_event_id_costs_the_requests_that_hold_it_and_no_other(client: Client) -> None:
    client.emulator.admin("poison", {"event_ids": ["b"]})
    assert client.answer(_three()) == (40002, "Invalid value for properties: not acceptable.")
    assert client.code(a_request(an_event(event_id="a"), an_event(event_id="c"))) == 0
    assert [line["event_id"] for line in client.lines()] == ["a", "c"]
    client.emulator.admin("reset")
    client.emulator.admin("clock", {"now": NOW})
    assert client.code(_three()) == 0


def test_the_second_quota_of_an_app_recovers_with_the_next_second(client: Client) -> None:
    codes = [client.code(a_request(), APP_TOKEN) for _ in range(12)]
    assert codes == [0] * 10 + [40100] * 2
    assert client.code(a_request()) == 0, "a token from Events Manager has no app and no app's quota"
    client.emulator.admin("clock", {"advance_s": 1})
    assert client.code(a_request(), APP_TOKEN) == 0


def test_the_minute_quota_closes_for_five_minutes(client: Client) -> None:
    client.emulator.admin("clock", {"now": 1_795_000_020})  # a minute begins here
    client.emulator.admin("switches", {"rate_limit_scale": 0.005})  # three a minute
    codes = []
    for _ in range(4):
        codes.append(client.code(a_request(), APP_TOKEN))
        client.emulator.admin("clock", {"advance_s": 1})
    assert codes == [0, 0, 0, 40100]
    client.emulator.admin("clock", {"advance_s": 298})
    assert client.code(a_request(), APP_TOKEN) == 40100
    client.emulator.admin("clock", {"advance_s": 1})
    assert client.code(a_request(), APP_TOKEN) == 0


def test_the_day_quota_recovers_at_midnight_utc(client: Client) -> None:
    client.emulator.admin("switches", {"rate_limit_scale": 2 / 864_000})
    codes = []
    for _ in range(3):
        codes.append(client.code(a_request(), APP_TOKEN))
        client.emulator.admin("clock", {"advance_s": 3600})
    assert codes == [0, 0, 40100]
    midnight = (NOW // 86_400 + 1) * 86_400
    client.emulator.admin("clock", {"now": midnight - 1})
    assert client.code(a_request(), APP_TOKEN) == 40100
    client.emulator.admin("clock", {"now": midnight})
    assert client.code(a_request(), APP_TOKEN) == 0


def test_the_endpoint_quota_holds_for_any_token_and_can_be_switched_off(client: Client) -> None:
    client.emulator.admin("switches", {"rate_limit_scale": 0.002})
    assert [client.code(a_request()) for _ in range(3)] == [0, 0, 40100]
    client.emulator.admin("switches", {"rate_limits": False})
    assert client.code(a_request()) == 0


@pytest.mark.parametrize("path", ["/pixel/list/", "/user/info/", "/oauth2/advertiser/get/"])
def test_look_ups_count_for_the_quota_of_the_app(client: Client, path: str) -> None:
    query = {"advertiser_id": SHOP, **APP}
    codes = [client.look(path, query)["code"] for _ in range(11)]
    assert codes == [0] * 10 + [40100]
    assert client.code(a_request(), APP_TOKEN) == 40100, "all endpoints share the app's quota"
    client.emulator.admin("clock", {"advance_s": 1})
    assert client.look(path, query)["code"] == 0


def test_token_exchanges_count_for_the_quota_of_the_app(client: Client) -> None:
    body = APP | {"auth_code": "never-given"}
    codes = [client.post("/oauth2/access_token/", body)["code"] for _ in range(11)]
    assert codes == [40101] * 10 + [40100]


@pytest.mark.parametrize(
    "path",
    [
        "/oauth2/advertiser/get/",
        "/user/info/",
        "/advertiser/info/",
        "/pixel/list/",
        "/offline/get/",
        "/crm/list/",
    ],
)
def test_a_fault_meets_a_look_up_by_its_path(client: Client, path: str) -> None:
    client.emulator.admin("faults", [{"kind": "code", "code": 50002, "path": f"/open_api/v1.3{path}"}])
    assert client.code(a_request()) == 0
    assert client.look(path)["code"] == 50002
    assert client.summary()["requests_by_path"] == {
        "/open_api/v1.3/event/track/": 1,
        f"/open_api/v1.3{path}": 1,
    }


def test_a_fault_of_the_quota_of_an_advertiser_names_the_quota_of_an_app(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "code", "code": 40133}])
    assert "reaches QPS limit 10 " in client.look("/user/info/")["message"]


def test_a_partial_fault_waits_for_a_request_with_events(client: Client) -> None:
    client.emulator.admin("faults", [{"kind": "partial", "indexes": [1]}])
    assert client.look("/user/info/")["code"] == 0
    assert client.code(_three()) == 20001


def test_an_exchange_whose_answer_is_lost_has_used_the_code_up(client: Client) -> None:
    body = APP | {"auth_code": client.allow("6900000000000000001", SHOP)}
    client.emulator.admin("faults", [{"kind": "reset_after", "path": "/open_api/v1.3/oauth2/access_token/"}])
    with pytest.raises(requests.ConnectionError):
        client.post("/oauth2/access_token/", body)
    assert client.post("/oauth2/access_token/", body)["code"] == 40110
