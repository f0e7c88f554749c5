"""Bad events, wrong ids and failing networks: what TikTok (emulated) recorded is what the outcomes say."""

import json
import math
import random

import pytest

from plugin_spec import Outcome, Record
from tests.integration.sending import PIXEL, WEB, counted, purchases, send


def of(outcomes, outcome):
    return {entry.event_id for entry in outcomes if entry.outcome is outcome}


@pytest.mark.parametrize(
    ("bad", "name"),
    [
        ([500], "one"),
        (range(1, 1001, 50), "twenty evenly spread"),
        (range(1, 21), "the first twenty"),
        (range(981, 1001), "the last twenty"),
        (random.Random(3).sample(range(1, 1001), 20), "twenty at random"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_events_among_a_thousand_are_refused_alone(emulator, bad, name):
    del name
    poisoned = {f"e-{at}" for at in bad}
    emulator.admin("poison", {"event_ids": sorted(poisoned)})
    outcomes, calls = send(emulator, purchases(1000))
    assert of(outcomes, Outcome.REFUSED) == poisoned
    assert of(outcomes, Outcome.DELIVERED) == {f"e-{at}" for at in range(1, 1001)} - poisoned
    assert sorted(counted(emulator)) == sorted(of(outcomes, Outcome.DELIVERED))
    assert calls.calls - 1 <= 2 * len(poisoned) * math.ceil(math.log2(1000))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({**WEB, "pixel_code": "C0PIXELCODE99999999Z"}, "40001"),
        ({**WEB, "pixel_code": "C0PIXELCODE00000002B"}, "40001"),
        ({"event_source": "offline", "event_set_id": PIXEL}, "40002"),
    ],
    ids=["unknown pixel", "another advertiser's pixel", "a pixel code as event set"],
)
def test_a_wrong_id_pauses_within_a_handful_of_calls_and_loses_nothing(emulator, settings, code):
    records = list(purchases(3000, properties={"email": "a@example.com"}))
    outcomes, calls = send(emulator, records, settings=settings)
    assert {entry.outcome for entry in outcomes} == {Outcome.PENDING}
    assert {entry.code for entry in outcomes} == {code}
    assert len(outcomes) == 3000
    assert calls.calls <= 5
    assert counted(emulator) == []


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("no-such-token", "40105"),
        ("emulator-revoked-00000000000000000000000", "40105"),
        ("emulator-expired-00000000000000000000000", "40102"),
        ("emulator-analyst-00000000000000000000000", "40001"),
    ],
)
def test_a_lost_authorisation_pauses_and_keeps_the_events(emulator, token, code):
    outcomes, calls = send(emulator, purchases(50), token=token)
    assert {(entry.outcome, entry.code) for entry in outcomes} == {(Outcome.PENDING, code)}
    assert calls.calls == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "code", "code": 50000, "count": 2},
        {"kind": "code", "code": 40100, "count": 1},
        {"kind": "http", "status": 503, "count": 2},
        {"kind": "reset_before", "count": 2},
        {"kind": "reset_after", "count": 2},
        {"kind": "truncate", "count": 1},
        {"kind": "not_json", "count": 1},
        {"kind": "data_null", "count": 1},
    ],
    ids=lambda fault: f"{fault['kind']}",
)
def test_a_passing_failure_is_repeated_until_every_event_counts_once(emulator, fault):
    emulator.admin("faults", [fault])
    outcomes, _ = send(emulator, purchases(2500), sleep=lambda _: None)
    assert {entry.outcome for entry in outcomes} == {Outcome.DELIVERED}
    assert sorted(counted(emulator)) == sorted(f"e-{at}" for at in range(1, 2501))


def test_a_partial_success_with_detail_refuses_exactly_the_listed_events(emulator):
    emulator.admin("faults", [{"kind": "partial", "indexes": [1, 3], "count": 1}])
    outcomes, calls = send(emulator, purchases(10))
    assert of(outcomes, Outcome.REFUSED) == {"e-2", "e-4"}
    assert {entry.code for entry in outcomes if entry.outcome is Outcome.REFUSED} == {"20001"}
    assert calls.calls == 1


def test_the_same_event_twice_in_one_input_is_sent_once(emulator):
    records = list(purchases(5)) + list(purchases(5))
    renumbered = [type(record)(at, record.body) for at, record in enumerate(records, 1)]
    outcomes, _ = send(emulator, renumbered)
    assert [entry.outcome for entry in outcomes] == [Outcome.DELIVERED] * 5 + [Outcome.DUPLICATE] * 5
    assert len(counted(emulator)) == 5


def test_test_events_travel_alone_and_are_not_counted(emulator):
    tested = list(purchases(3, properties={"test_event_code": "TEST12345"}))
    outcomes, calls = send(emulator, tested)
    assert [(entry.outcome, entry.test) for entry in outcomes] == [(Outcome.DELIVERED, True)] * 3
    assert counted(emulator) == []
    assert calls.calls == 1


def test_one_request_holds_a_thousand_events_and_no_more(emulator):
    outcomes, calls = send(emulator, purchases(2001))
    assert len(outcomes) == 2001
    assert calls.calls == 3
    assert {entry.outcome for entry in outcomes} == {Outcome.DELIVERED}


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7])
def test_a_few_events_that_are_all_bad_are_refused(emulator, count):
    emulator.admin("poison", {"event_ids": [f"e-{at}" for at in range(1, count + 1)]})
    outcomes, _ = send(emulator, purchases(count))
    assert {entry.outcome for entry in outcomes} == {Outcome.REFUSED}


def test_many_events_that_are_all_bad_are_kept_since_the_fault_is_hardly_theirs(emulator):
    emulator.admin("poison", {"event_ids": [f"e-{at}" for at in range(1, 1001)]})
    outcomes, calls = send(emulator, purchases(1000))
    assert {(entry.outcome, entry.code) for entry in outcomes} == {(Outcome.PENDING, "nothing_accepted")}
    assert calls.calls <= 21


def test_a_copy_of_a_refused_event_is_sent_in_its_place(emulator):
    (first,) = purchases(1)
    body = json.loads(first.body)
    bad = {**body, "context": {}}
    records = [
        Record(1, json.dumps(bad).encode()),
        Record(2, first.body),
        *(Record(at + 2, record.body) for at, record in enumerate(list(purchases(3))[1:], 1)),
    ]
    outcomes, _ = send(emulator, records)
    assert [entry.outcome for entry in outcomes] == [Outcome.REFUSED] + [Outcome.DELIVERED] * 3
    assert outcomes[0].path == "page.url"
    assert sorted(counted(emulator)) == ["e-1", "e-2", "e-3"]


def test_events_under_hundreds_of_batch_keys_all_arrive(emulator):
    records = [
        Record(at, next(purchases(1, messageId=f"e-{at}", properties={"test_event_code": f"TEST{at}"})).body)
        for at in range(1, 501)
    ]
    outcomes, calls = send(emulator, records)
    assert {(entry.outcome, entry.test) for entry in outcomes} == {(Outcome.DELIVERED, True)}
    assert calls.calls == 500
