"""From an answer to a reply: every row of the table, the odd shapes, and nothing of a message in what comes out."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugin_spec import UTC_MIDNIGHT, Action, Advice, Note, Reply, Scope, Verdict, VerdictStatus
from tests.tables import load, rows
from tiktok_destination.api.client import Answer, Failure
from tiktok_destination.api.reply import reply_to
from tiktok_destination.catalog.return_codes import codes, return_codes

CANARY = "canary.person@example.com"
EVENT = b'{"event":"Lead","event_id":"e1"}'
REQUEST_ID = "202601010000001F2E3D4C5B6A79880011"


def _bodies(count: int) -> list[bytes]:
    return [EVENT] * count


def _answer(code: object, status: int = 200, **members: object) -> Answer:
    return Answer(status, json.dumps({"code": code, "message": "", **members}).encode())


def _statuses(reply: Reply) -> str:
    return "".join({"delivered": "d", "refused": "r", "undecided": "u"}[one.status] for one in reply.verdicts)


@pytest.mark.parametrize("row", rows("return_codes"))
def test_every_code_and_status_has_its_verdict_and_advice(row):
    answer = Answer(row["status"], b"<html>") if row["code"] is None else _answer(row["code"], row["status"])
    reply = reply_to(answer, _bodies(row["events"]))
    assert {one.status.value for one in reply.verdicts} == {row["verdict"]}
    assert len(reply.verdicts) == row["events"]
    assert reply.advice.action.value == row["action"]
    if "scope" in row:
        assert reply.advice.scope.value == row["scope"]
    waits = tuple(UTC_MIDNIGHT if wait == "utc_midnight" else wait for wait in row.get("waits", ()))
    assert reply.advice.waits == waits
    assert reply.ambiguous is row.get("ambiguous", False)
    if row["action"] in ("wait", "pause"):
        assert reply.advice.code in codes()
    if row["verdict"] == "refused":
        assert {one.code for one in reply.verdicts} == {str(row["code"])}


def test_the_table_of_expectations_has_every_code_of_the_catalog():
    expected = {str(row["code"]) for row in load("return_codes")}
    listed = {code for code in return_codes() if code.isdecimal()}
    assert listed - expected == {"20001"}


@pytest.mark.parametrize(
    ("failure", "scope", "ambiguous"),
    [
        (Failure.CONNECTION_FAILED, Scope.CREDENTIAL, False),
        (Failure.CONNECT_TIMEOUT, Scope.CREDENTIAL, False),
        (Failure.TLS_FAILED, Scope.CREDENTIAL, False),
        (Failure.TIMEOUT, Scope.BATCH_KEY, True),
        (Failure.CONNECTION_RESET, Scope.BATCH_KEY, True),
        (Failure.BAD_ANSWER, Scope.BATCH_KEY, True),
    ],
)
def test_a_call_without_an_answer_is_tried_again_and_says_whether_it_may_have_arrived(
    failure, scope, ambiguous
):
    reply = reply_to(failure, _bodies(2))
    assert _statuses(reply) == "uu"
    assert reply.advice == Advice(Action.WAIT, scope, (), failure.value)
    assert (reply.code, reply.ambiguous) == (failure.value, ambiguous)


def test_every_kind_of_failure_is_tested_and_has_a_row():
    assert set(Failure) <= set(return_codes())


@pytest.mark.parametrize("data", ["null", "{}", "[]", '"x"', None])
def test_success_is_success_whatever_its_data_and_the_order_of_its_members(data):
    member = f'"data":{data},' if data else ""
    body = f'{{{member}"request_id":"{REQUEST_ID}","message":"OK","code":0}}'
    assert reply_to(Answer(200, body.encode()), _bodies(2)) == Reply(
        (Verdict(VerdictStatus.DELIVERED),) * 2, Advice(Action.GO_ON), "0", REQUEST_ID
    )


def test_a_duplicated_request_is_delivered_with_a_note():
    reply = reply_to(_answer(40050), _bodies(2))
    assert {one.notes for one in reply.verdicts} == {(Note("duplicated_request"),)}
    assert "duplicated_request" in codes()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"OK",
        b"[]",
        b"null",
        b'{"code":0',
        b'{"code":"0"}',
        b'{"code":true}',
        b'{"code":null}',
        b'{"code":0.5}',
        b'{"message":"OK"}',
        b'{"code":' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"code":[0]}',
    ],
)
def test_a_body_that_is_no_answer_of_the_api_is_no_success(body):
    reply = reply_to(Answer(200, body), _bodies(2))
    assert _statuses(reply) == "uu"
    assert (reply.code, reply.ambiguous) == ("bad_answer", True)


@pytest.mark.parametrize("given_id", ["x" * 65, "", "a b", "a\n", 'a"', 7, None, ["a"], "é"])
def test_a_request_id_that_is_not_plain_is_left_out(given_id):
    assert reply_to(_answer(0, request_id=given_id), _bodies(1)).request_id is None


ENVELOPE_FIELDS = ("event_source", "event_source_id", "data", "test_event_code", "partner_name")


@pytest.mark.parametrize(
    "message",
    [
        "Invalid value for event_source: must be web, app or offline.",
        "Invalid value for event_source_id: not a valid string.",
        "Invalid value for data: too long.",
        "Invalid value for test_event_code: x",
        "Missing required field(s): event_source_id.",
        "Missing required field(s): event_source, data.",
        "Missing required field(s): partner_name",
    ],
)
@pytest.mark.parametrize("code", [40000, 40002])
@pytest.mark.parametrize("events", [1, 3])
def test_a_message_about_the_envelope_pauses_the_batch_key_and_refuses_no_event(message, code, events):
    reply = reply_to(_answer(code, message=message), _bodies(events))
    assert _statuses(reply) == "u" * events
    assert reply.advice == Advice(Action.PAUSE, Scope.BATCH_KEY, code=str(code), path=reply.advice.path)
    assert reply.advice.path in ENVELOPE_FIELDS
    assert reply.advice.path in message


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ("Invalid value for event_id: not a valid string.", "event_id"),
        ("Invalid value for user.email: x", "user.email"),
        ("Invalid value for data.3.page.url: missing.", "page.url"),
        ("Batch.0.properties.contents.0.content_id: Not a valid string", "properties.contents[].content_id"),
        ("Missing required field(s): event_time.", "event_time"),
        (f"Invalid value for {CANARY}: x", None),
        (f"Invalid value for user.{CANARY}: x", None),
        (f"{CANARY} user.email", None),
    ],
)
def test_a_refused_event_says_which_field_was_blamed_if_that_is_a_fields_name(message, path):
    (verdict,) = reply_to(_answer(40002, message=message), _bodies(1)).verdicts
    assert (verdict.status, verdict.path) == (VerdictStatus.REFUSED, path)


@pytest.mark.parametrize(
    "message",
    [
        "Invalid value for event_id: not a valid string.",
        "Invalid value for event_sources: x",
        "Invalid value for data.0.event_source_id: x",
        "Invalid value for properties.data: x",
        "Missing required field(s): event_id.",
        "Missing required field(s): data.0.event, event_time.",
        "Batch.0.properties.contents.0.content_id: Not a valid string",
        f"Invalid value for user.email: {CANARY} event_source_id: x",
        "Something else: event_source_id",
        "Missing required field(s): " + "a, " * 300_000,
        "Invalid value for user.email" + " " * 900_000 + "x",
        "",
    ],
)
def test_any_other_message_is_about_an_event(message):
    assert reply_to(_answer(40002, message=message), _bodies(2)).advice.action is Action.SPLIT
    reply = reply_to(_answer(40002, message=message), _bodies(1))
    assert _statuses(reply) == "r"


@pytest.mark.parametrize("message", [None, 7, ["Invalid value for event_source_id: x"], {}])
def test_a_message_that_is_no_text_is_about_an_event(message):
    assert reply_to(_answer(40002, message=message), _bodies(2)).advice.action is Action.SPLIT


def test_a_message_that_names_the_envelope_says_nothing_beside_another_code():
    reply = reply_to(_answer(50000, message="Invalid value for event_source_id: x"), _bodies(2))
    assert reply.advice.action is Action.WAIT


def _partial(data: object, bodies: list[bytes]) -> Reply:
    return reply_to(_answer(20001, data=data), bodies)


def test_a_partial_success_refuses_the_listed_events_counted_from_zero():
    failed = [
        {"order_in_batch": 0, "error": CANARY},
        {"order_in_batch": 2, "error": ""},
        {"order_in_batch": 2},
    ]
    reply = _partial({"partial_failure": True, "failed_events": failed}, _bodies(4))
    assert _statuses(reply) == "rdrd"
    assert {one.code for one in reply.verdicts if one.status is VerdictStatus.REFUSED} == {"20001"}
    assert reply.advice == Advice(Action.GO_ON)


UNUSABLE = [
    None,
    {},
    [],
    {"failed_events": None},
    {"failed_events": []},
    {"failed_events": {}},
    {"failed_events": [1]},
    {"failed_events": [{}]},
    {"failed_events": [{"order_in_batch": "0"}]},
    {"failed_events": [{"order_in_batch": True}]},
    {"failed_events": [{"order_in_batch": -1}]},
    {"failed_events": [{"order_in_batch": 2}]},
    {"failed_events": [{"order_in_batch": 0}, {"order_in_batch": 9}]},
]


@pytest.mark.parametrize("data", UNUSABLE)
def test_a_partial_success_without_usable_detail_is_split_where_every_event_has_an_id(data):
    reply = _partial(data, _bodies(2))
    assert _statuses(reply) == "uu"
    assert (reply.advice.action, reply.ambiguous) == (Action.SPLIT, False)


@pytest.mark.parametrize("data", UNUSABLE)
@pytest.mark.parametrize(
    "bodies", [[EVENT], [EVENT, b'{"event":"Lead"}'], [EVENT, b'{"event_id":7}'], [EVENT, b"{"]]
)
def test_a_partial_success_without_usable_detail_is_otherwise_delivered_with_a_note(data, bodies):
    reply = _partial(data, bodies)
    assert _statuses(reply) == "d" * len(bodies)
    assert {one.notes for one in reply.verdicts} == {(Note("partial_unspecified"),)}
    assert reply.advice == Advice(Action.GO_ON)
    assert "partial_unspecified" in codes()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
ENVELOPES = st.fixed_dictionaries(
    {},
    optional={
        "code": JSON | st.sampled_from([0, 20001, 40000, 40002, 40100, 50000]),
        "message": JSON,
        "request_id": JSON,
        "data": JSON
        | st.fixed_dictionaries({"failed_events": st.lists(st.fixed_dictionaries({"order_in_batch": JSON}))}),
    },
).map(lambda envelope: json.dumps(envelope).encode())


@settings(deadline=None)
@given(ENVELOPES | st.binary(max_size=60), st.integers(100, 599), st.integers(1, 4))
def test_any_answer_gives_one_verdict_for_each_event_and_never_an_exception(body, status, count):
    reply = reply_to(Answer(status, body), _bodies(count))
    assert len(reply.verdicts) == count
    if reply.advice.action in (Action.WAIT, Action.PAUSE):
        assert reply.advice.code in codes()
    delivered = any(one.status is VerdictStatus.DELIVERED for one in reply.verdicts)
    assert not delivered or json.loads(body)["code"] in (0, 20001, 40050)


@pytest.mark.parametrize("code", [0, 20001, 40000, 40002, 40001, 40105, 40100, 50000, 47777, 7])
@pytest.mark.parametrize("events", [1, 2])
def test_nothing_of_a_message_or_of_an_events_error_stands_in_a_reply(code, events):
    message = f"Invalid value for event_source_id: {CANARY}"
    failed = {"failed_events": [{"order_in_batch": 0, "error": CANARY}]}
    reply = reply_to(_answer(code, message=message, data=failed, request_id=CANARY), _bodies(events))
    assert CANARY not in repr(reply)
    assert CANARY.encode() not in msgspec.json.encode(reply)


def test_every_code_has_a_meaning_a_remedy_a_source_and_a_date():
    for name, code in codes().items():
        assert name == code.code
        assert code.meaning.endswith((".", ".)"))
        assert code.remedy.endswith(".")
