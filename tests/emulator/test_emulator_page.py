"""The page for people, and the admin API's manners."""

from __future__ import annotations

import pytest
from emulator_testing import NOW, Client, a_request, an_event

from tiktok_destination.emulator.server import AdminError

_HOSTILE = '"><script>alert(1)</script>&<img src=x>'


def test_the_overview_shows_counters_events_faults_and_the_clock(client: Client) -> None:
    client.code(a_request(an_event(event="CompletePayment"), an_event()))
    client.emulator.admin("faults", [{"kind": "http", "status": 503, "every": 4}])
    text = client.get("/").text
    for expected in (
        "emulator, not TikTok",
        "2026-11-18 11:06:40",
        "frozen",
        "given as CompletePayment",
        "every: 4",
        "ord-1",
    ):
        assert expected in text
    assert text.count('class="disposition duplicate"') == 1


def test_an_empty_overview_tells_where_to_send(client: Client) -> None:
    assert f"{client.emulator.url}/open_api/v1.3/event/track/" in client.get("/").text


def test_hostile_values_are_text_on_every_page(client: Client) -> None:
    client.emulator.admin("switches", {"check_custom_names": False})
    event = an_event(
        event_id=_HOSTILE, event=_HOSTILE, page={"url": _HOSTILE}, properties={_HOSTILE: _HOSTILE}
    )
    assert client.code(a_request(event)) == 0
    sequence = client.line()["sequence"]
    for path in ("/", f"/events/{sequence}", f"/?event={_HOSTILE}&source={_HOSTILE}&disposition={_HOSTILE}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["counted", "duplicate", "test"]),
        ("?disposition=duplicate", ["duplicate"]),
        ("?source=offline", ["test"]),
        ("?event=Purchase", ["counted", "duplicate"]),
        ("?event=CompletePayment", ["counted"]),
        ("?event=Purchase&source=offline", []),
    ],
)
def test_the_overview_can_be_filtered(client: Client, query: str, shown: list[str]) -> None:
    client.code(a_request(an_event(event="CompletePayment"), an_event()))
    client.code(a_request(an_event("offline", event="Lead"), source="offline", test_event_code="TEST1"))
    text = client.get(f"/{query}").text
    assert [one for one in ("counted", "duplicate", "test") if f'class="disposition {one}"' in text] == shown


def test_an_event_has_its_own_page_with_its_warnings_and_what_was_received(client: Client) -> None:
    client.code(a_request(an_event(properties={"value": 3})))
    text = client.get(f"/events/{client.line()['sequence']}").text
    assert "value_without_currency" in text
    assert "a value without its currency" in text
    assert "https://shop.example/thanks" in text
    assert client.get("/events/999999999").status_code == 404


def test_an_event_time_beyond_any_calendar_breaks_no_page(client: Client) -> None:
    client.emulator.admin("switches", {"reject_milliseconds": False})
    assert client.code(a_request(an_event(event_time=253_402_300_799_000))) == 0
    assert client.get(f"/events/{client.line()['sequence']}").status_code == 200


def test_the_style_sheet_is_served_and_knows_dark_rooms(client: Client) -> None:
    answer = client.get("/static/emulator.css")
    assert answer.headers["Content-Type"].startswith("text/css")
    assert "prefers-color-scheme: dark" in answer.text


@pytest.mark.parametrize(
    ("path", "payload"),
    [
        ("switches", {"require_page": False}),
        ("switches", {"old_events": "maybe"}),
        ("switches", []),
        ("clock", {"now": NOW * 1000}),
        ("clock", {"freeze": True}),
        ("poison", {"event_ids": "a"}),
    ],
)
def test_the_admin_api_refuses_what_it_does_not_understand(
    client: Client, path: str, payload: object
) -> None:
    def state() -> list[object]:
        summary = client.summary()
        return [summary["switches"], summary["poisoned"], summary["clock"]["now"]]

    before = state()
    with pytest.raises(AdminError, match="HTTP 400"):
        client.emulator.admin(path, payload)
    assert state() == before


def test_the_admin_api_takes_nothing_that_a_foreign_page_could_post(client: Client) -> None:
    answer = client.session.post(
        client.emulator.url + "/_emulator/reset", data="{}", headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


def test_the_clock_can_be_shifted_frozen_and_let_go(client: Client) -> None:
    admin = client.emulator.admin
    assert admin("clock", {"advance_s": 60})["now"] == NOW + 60
    assert admin("clock", {"frozen": False})["frozen"] is False
    assert client.summary()["clock"]["now"] >= NOW + 60
    shifted = admin("clock", {"offset_s": -3600})
    assert (shifted["frozen"], round(shifted["offset_s"])) == (False, -3600)
    frozen = admin("clock", {"offset_s": 0, "frozen": True})
    assert abs(frozen["offset_s"]) < 60
    assert admin("reset")["clock"]["frozen"] is False
