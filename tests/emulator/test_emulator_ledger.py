"""The ledger is the receiver's truth: one line for each stored event, in memory and in the file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from emulator_testing import DIGEST, NOW, PIXEL, SEED, Client, a_request, an_event
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tiktok_destination.emulator.flags import MEANINGS
from tiktok_destination.emulator.ledger import Entry, Ledger, LedgerLine, canonical_json
from tiktok_destination.emulator.server import start

_EMPTY = hashlib.sha256(b"").hexdigest()


def test_a_line_says_what_arrived_without_what_it_holds(client: Client) -> None:
    event = an_event(
        user={
            "email": [DIGEST],
            "phone": "",
            "ip": "203.0.113.9",
            "user_agent": "Éclair/1.0",
            "locale": "en-US",
        },
        properties={"value": 12.5, "currency": "USD", "description": "größer \u2028"},
    )
    client.code(a_request(event))
    line = client.line()
    canonical = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert line | {"sequence": 0, "request_id": ""} == {
        "sequence": 0,
        "request_id": "",
        "order_in_batch": 0,
        "arrived_at": NOW,
        "event_source": "web",
        "event_source_id": PIXEL,
        "event": "Purchase",
        "recorded_event": "Purchase",
        "event_id": "ord-1",
        "event_time": NOW - 60,
        "test": False,
        "disposition": "counted",
        "match_keys": ["email", "ip", "user_agent"],
        "sha256": hashlib.sha256(canonical).hexdigest(),
        "flags": [],
    }
    assert DIGEST not in json.dumps(line)


_ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(value=_ANY_JSON)
@example(value=[2**64, -(2**70)])
@example(value='\x00\x1f\x7f\u2028/\\"\b')
def test_equal_events_have_equal_digests_whatever_the_order_of_their_members(value: Any) -> None:
    event, reordered = {"a": value, "b": 1}, {"b": 1, "a": value}
    assert canonical_json(event) == canonical_json(reordered)
    assert canonical_json(event) != canonical_json({"a": value, "b": 2})
    assert json.loads(canonical_json(event)) == event


def test_the_file_holds_the_same_lines_as_memory_and_is_flushed_with_each_answer(client: Client) -> None:
    before = len(client.ledger_file.read_text(encoding="utf-8").splitlines())
    client.code(a_request(an_event(event_id="a"), an_event(event_id="b")))
    client.code(a_request(an_event(event_id="c", event_time="bad")))
    written = [json.loads(line) for line in client.ledger_file.read_text(encoding="utf-8").splitlines()]
    assert written[before:] == client.lines()
    assert [line["order_in_batch"] for line in written[before:]] == [0, 1]


def test_an_existing_ledger_is_continued(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.ndjson"
    ledger.write_text("{}\n", encoding="utf-8")
    with start(SEED, ledger=ledger) as emulator:
        client = Client(emulator, ledger)
        emulator.admin("clock", {"now": NOW})
        assert client.code(a_request()) == 0
        client.session.close()
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 2


def test_lines_can_be_read_in_portions(client: Client) -> None:
    client.code(a_request(*(an_event(event_id=str(number)) for number in range(5))))
    first = client.lines()[0]["sequence"]
    portion = client.get(f"/_emulator/ledger?after={first}&limit=2").json()
    assert [line["event_id"] for line in portion["lines"]] == ["1", "2"]
    assert portion["next_sequence"] == first + 5
    assert client.get(f"/_emulator/ledger?after={first + 4}").json()["lines"] == []
    assert client.get("/_emulator/ledger?after=-1").status_code == 400


def test_memory_keeps_the_latest_lines_only() -> None:
    ledger = Ledger(None, kept=3)
    for number in range(1, 6):
        line = LedgerLine(
            number,
            "",
            0,
            0.0,
            "web",
            "",
            "",
            "",
            None,
            0,
            False,
            "counted",
            (),
            "",
            ("unhashed:user.zip_code",),
        )
        ledger.store([Entry(line, b"{}")])
    assert [line.sequence for line in ledger.after(0, 10)] == [3, 4, 5]
    assert [line.sequence for line in ledger.after(3, 1)] == [4]
    assert ledger.find(2) is None
    assert ledger.find(4) is not None
    assert ledger.counters.events_by_disposition == {"counted": 5}
    assert ledger.counters.flags == {"unhashed:user.zip_code": 5}


def test_sequence_numbers_go_on_after_a_reset(client: Client) -> None:
    client.code(a_request())
    first = client.line()["sequence"]
    client.emulator.admin("reset")
    client.emulator.admin("clock", {"now": NOW})
    client.code(a_request())
    assert client.line()["sequence"] == first + 1


@pytest.mark.parametrize(
    ("source", "patch", "flags"),
    [
        ("web", {"user": {"email": DIGEST, "first_name": "Jo"}}, ["unhashed:user.first_name"]),
        ("web", {"user": {"email": DIGEST.upper()}}, ["upper_case_hash:user.email"]),
        ("web", {"user": {"phone": [DIGEST, _EMPTY]}}, ["hash_of_empty:user.phone"]),
        ("web", {"user": {"email": DIGEST, "ip": DIGEST}}, ["hashed_plain_field:user.ip"]),
        ("web", {"user": {"email": DIGEST, "city": DIGEST}}, ["hashed_plain_field:user.city"]),
        ("web", {"user": {"locale": "en"}}, ["no_match_key"]),
        (
            "web",
            {"user": {"email": DIGEST, "idfa": "X", "att_status": "?"}},
            ["foreign_field:user.att_status", "foreign_field:user.idfa"],
        ),
        (
            "offline",
            {"user": {"email": DIGEST, "external_id": "user-1"}, "page": {"url": "https://shop.example"}},
            ["unhashed:user.external_id", "foreign_field:page", "foreign_field:user.external_id"],
        ),
        ("offline", {"limited_data_use": True}, ["foreign_field:limited_data_use"]),
        ("web", {"limited_data_use": True}, ["limited_data_use_without_ip"]),
        ("web", {"properties": {"value": 3}}, ["value_without_currency"]),
        ("web", {"properties": {"content_type": "sku"}}, ["not_in_list:properties.content_type"]),
        (
            "web",
            {"properties": {"value": 20, "currency": "USD", "contents": [{"price": 10.0, "quantity": 2}]}},
            [],
        ),
        (
            "web",
            {"properties": {"value": 0.3, "currency": "USD", "contents": [{"price": 0.1}, {"price": 0.2}]}},
            [],
        ),
        (
            "web",
            {"properties": {"value": 10, "currency": "USD", "contents": [{"price": 10, "quantity": 2}]}},
            ["value_differs_from_contents"],
        ),
        ("web", {"event_time": NOW - 28 * 86_400 - 1}, ["older_than_28_days"]),
        ("web", {"event": "purchase"}, ["standard_name_in_wrong_case"]),
        ("app", {"event": "LaunchApp"}, ["standard_name_in_wrong_case"]),
        ("app", {"user": {"gaid": "x", "att_status": "MAYBE"}}, ["not_in_list:user.att_status"]),
        ("app", {"event_id": "one"}, ["foreign_field:event_id"]),
    ],
)
def test_what_tiktok_takes_in_silence_is_flagged(
    client: Client, source: str, patch: dict[str, Any], flags: list[str]
) -> None:
    assert client.code(a_request(an_event(source) | patch, source=source)) == 0
    assert client.line()["flags"] == flags
    assert {flag.partition(":")[0] for flag in flags} <= MEANINGS.keys()


@pytest.mark.parametrize(
    ("switches", "patch", "flag"),
    [
        ({"check_currency": False}, {"properties": {"currency": "BTC"}}, "unsupported_currency"),
        ({"require_hashed": False}, {"user": {"email": "jo@example.com"}}, "unhashed:user.email"),
        ({"reject_milliseconds": False}, {"event_time": NOW * 1000}, "event_time_in_milliseconds"),
        ({"reject_future_s": None}, {"event_time": NOW + 301}, "event_in_future"),
    ],
)
def test_a_fault_that_is_switched_off_is_a_flag(
    client: Client, switches: dict[str, Any], patch: dict[str, Any], flag: str
) -> None:
    client.emulator.admin("switches", switches)
    assert client.code(a_request(an_event(**patch))) == 0
    assert client.line()["flags"] == [flag]
