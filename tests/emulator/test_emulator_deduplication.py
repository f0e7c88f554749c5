"""Copies within 48 hours on one channel (tiktok-api.md D.1), test events (D.2) and names as recorded (B.2, B.5)."""

from __future__ import annotations

import pytest
from emulator_testing import NOW, Client, a_request, an_event

_HOUR_S = 3600


def _dispositions(client: Client) -> list[str]:
    return [line["disposition"] for line in client.lines()]


@pytest.mark.parametrize(
    ("waited_s", "expected"),
    [
        (0, ["counted", "duplicate"]),
        (48 * _HOUR_S - 1, ["counted", "duplicate"]),
        (48 * _HOUR_S, ["counted", "counted"]),
        (30 * 24 * _HOUR_S, ["counted", "counted"]),
    ],
)
def test_a_copy_is_recognised_for_48_hours_of_arrival_time(
    client: Client, waited_s: int, expected: list[str]
) -> None:
    assert client.code(a_request()) == 0
    client.emulator.admin("clock", {"advance_s": waited_s})
    assert client.code(a_request()) == 0
    assert _dispositions(client) == expected


def test_the_window_runs_from_the_first_copy_and_not_from_the_latest(client: Client) -> None:
    for advance_s in (0, 40 * _HOUR_S, 8 * _HOUR_S, 1):
        client.emulator.admin("clock", {"advance_s": advance_s})
        client.code(a_request())
    assert _dispositions(client) == ["counted", "duplicate", "counted", "duplicate"]


@pytest.mark.parametrize(
    ("second", "request_members", "expected"),
    [
        ({}, {}, "duplicate"),
        ({"event_time": NOW - 9999}, {}, "duplicate"),
        ({"event_id": "ord-2"}, {}, "counted"),
        ({"event": "AddToCart"}, {}, "counted"),
        ({"event": "CompletePayment"}, {}, "duplicate"),
    ],
    ids=["same", "another time", "another id", "another name", "the old name"],
)
def test_the_key_is_source_id_name_and_event_id(
    client: Client, second: dict[str, object], request_members: dict[str, object], expected: str
) -> None:
    client.code(a_request(an_event(), an_event() | second, **request_members))
    assert _dispositions(client) == ["counted", expected]


def test_two_event_sets_know_nothing_of_each_other(client: Client) -> None:
    client.code(a_request(source="offline"))
    client.code(a_request(source="offline", event_source_id="7400000000000000011"))
    assert _dispositions(client) == ["counted", "counted"]


def test_events_without_an_id_and_app_events_are_never_copies(client: Client) -> None:
    client.code(a_request(an_event(event_id=None), an_event(event_id=None), an_event(event_id="")))
    app = an_event("app") | {"event_id": "one"}
    client.code(a_request(app, app, source="app"))
    assert _dispositions(client) == ["counted"] * 5
    assert [line["event_id"] for line in client.lines()] == [None, None, None, "one", "one"]


def test_old_and_new_names_are_two_events_under_the_switch(client: Client) -> None:
    client.emulator.admin("switches", {"dedup_name": "given"})
    client.code(a_request(an_event(), an_event(event="CompletePayment")))
    assert _dispositions(client) == ["counted", "counted"]


def test_test_events_are_kept_apart_and_take_no_part_in_deduplication(client: Client) -> None:
    for _ in range(2):
        client.code(a_request(test_event_code="TEST12345"))
    client.code(a_request())
    assert _dispositions(client) == ["test", "test", "counted"]
    assert [line["test"] for line in client.lines()] == [True, True, False]
    summary = client.summary()
    assert summary["events_by_disposition"] == {"test": 2, "counted": 1}
    assert summary["events_by_name"] == {"Purchase": 1}


def test_a_refused_event_id_is_not_remembered(client: Client) -> None:
    client.code(a_request(an_event(), an_event(event_id="b", event_time=None)))
    client.code(a_request())
    assert _dispositions(client) == ["counted"]


@pytest.mark.parametrize(
    ("source", "given", "recorded"),
    [
        ("web", "CompletePayment", "Purchase"),
        ("offline", "SubmitForm", "Lead"),
        ("crm", "SubmitForm", "Lead"),
        ("web", "StartCheckout", "InitiateCheckout"),
        ("web", "Checkout", "PlaceAnOrder"),
        ("web", "PageView", "Pageview"),
        ("web", "MyOwn", "MyOwn"),
        ("web", "SHOPPING", "SHOPPING"),
        ("app", "Checkout", "Checkout"),
        ("app", "CompletePayment", "CompletePayment"),
    ],
)
def test_a_name_is_recorded_as_tiktok_reports_it(
    client: Client, source: str, given: str, recorded: str
) -> None:
    assert client.code(a_request(an_event(source, event=given), source=source)) == 0
    assert (client.line()["event"], client.line()["recorded_event"]) == (given, recorded)
