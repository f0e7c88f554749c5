"""Cases of answers: what a receiver, or something on the way to it, may say to a request, and what the sender reads in it."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import msgspec

from plugin_spec import Action, Reply, Scope, VerdictStatus
from tests.fuzz import values
from tests.fuzz.bench import Bench
from tests.fuzz.damage import damaged
from tests.fuzz.entry_checks import expect
from tiktok_destination.api.client import Answer, Failure
from tiktok_destination.api.reply import reply_to
from tiktok_destination.catalog.return_codes import codes, return_codes

_IN_ONE_CASE = 100
_CODES = tuple(sorted(int(code) for code in return_codes() if code.isdecimal()))
_OTHER_CODES = (
    True, None, -1, 1, 7, 99, 200, 503, 9_999, 10_000, 20_001.0, 39_999, 40_000.5, 47_777, 58_888, 69_999, 70_000, 999_999,
    1_000_000, 2**63, 2**200, -40_002, 1e300, "0", "40002", "", [0], {"code": 0},
)  # fmt: skip
_STATUSES = (200,) * 12 + (
    201,
    204,
    301,
    302,
    400,
    401,
    403,
    404,
    405,
    408,
    413,
    429,
    500,
    502,
    503,
    504,
    599,
    100,
    0,
    999,
)
_FIELDS = (
    "event_source",
    "event_source_id",
    "data",
    "data.0.user.email",
    "properties.value",
    "user.ip",
    "no.such",
    "event_id",
)
_BODIES = (
    b'{"event":"Lead","event_id":"e1"}',
    b'{"event":"Lead","event_id":"e2","user":{"email":"' + b"0" * 64 + b'"}}',
    b'{"event":"Lead"}',
    b'{"event":"Lead","event_id":null}',
)
_RAW = (
    b"", b"null", b"0", b"[]", b'""', b"{", b'{"code":', b'{"code":0}', b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe{}", b"\xef\xbb\xbf{}",
    b"<!doctype html><title>502</title>", b'{"code":0,"code":40002}', b'{"code":40002,"code":0}', b'{"code":NaN}', b'{"code":1e999}',
    b'{"code":' + b"9" * 5_000 + b"}", b"0" * 100_000, b'{"code":0,"message":"\xc3\x28"}', b'{"code":0,"message":"\\ud800"}',
)  # fmt: skip
_ACCEPTED = frozenset(
    (0, 20001, *(int(code) for code, row in return_codes().items() if row.answer and code.isdecimal()))
)
_PLAIN = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-")


def run(seed: int, bench: Bench) -> Counter[str]:
    """Read the answers of this seed. Raises BreachError, and whatever the reading raises."""
    rng = Random(f"answers:{seed}")
    counted: Counter[str] = Counter()
    for _ in range(_IN_ONE_CASE):
        bodies = rng.choices(_BODIES, (8, 4, 1, 1), k=rng.choice((1, 1, 2, 3, 50)))
        outcome = (
            rng.choice(list(Failure))
            if rng.random() < 0.02
            else Answer(rng.choice(_STATUSES), _content(rng, len(bodies)))
        )
        reply = reply_to(outcome, bodies)
        _check(reply, outcome, len(bodies))
        counted["answers"] += 1
        counted[f"answer {reply.advice.action}"] += 1
        counted.update(f"verdict {status}" for status in {verdict.status for verdict in reply.verdicts})
    return counted


def _content(rng: Random, count: int) -> bytes:
    draw = rng.random()
    if draw < 0.06:
        return rng.choice(_RAW)
    if draw < 0.10:
        return rng.randbytes(rng.choice((1, 10, 200)))
    try:
        text = json.dumps(_envelope(rng, count), ensure_ascii=rng.random() < 0.7)
    except RecursionError:  # nested more deeply than can be written
        return rng.choice(_RAW)
    content = text.encode("utf-8", "surrogatepass")
    return damaged(rng, content) if draw < 0.35 else content


def _envelope(rng: Random, count: int) -> dict[str, Any]:
    envelope: dict[str, Any] = {
        "code": rng.choice((0, 20001, 40002, 40100, 50000)) if rng.random() < 0.4 else rng.choice(_CODES),
        "message": _message(rng),
        "request_id": rng.choice(
            ("2026010100000001F2E", "r-1", values.CANARY, "", "x" * 65, None, 5, "a\nb")
        ),
        "data": _data(rng, count),
    }
    for name in list(envelope):
        draw = rng.random()
        if draw < 0.04:
            del envelope[name]
        elif draw < 0.08:
            envelope[name] = rng.choice(_OTHER_CODES) if name == "code" else values.json_value(rng)
    members = list(envelope.items())
    rng.shuffle(members)
    return dict(members)


def _message(rng: Random) -> str:
    return rng.choice(
        ("Invalid value for {}: {}", "Missing required field(s): {}, {}", "{}: {}", "OK{}{}")
    ).format(rng.choice(_FIELDS), values.CANARY)


def _data(rng: Random, count: int) -> Any:
    draw = rng.random()
    if draw < 0.4:
        return rng.choice((None, {}, [], "", 0))
    order: tuple[Any, ...] = (*range(-1, count + 1), True, None, "0", 0.0, 2**70)
    rows: list[Any] = [
        {"order_in_batch": rng.randrange(count) if draw < 0.8 else rng.choice(order), "error": values.CANARY}
        for _ in range(rng.choice((1, 1, 2, count)))
    ]
    if rng.random() < 0.1:
        rows.append(rng.choice((None, 3, [], {})))
    return {"partial_failure": True, "failed_events": rows}


def _check(reply: Reply, outcome: Answer | Failure, count: int) -> None:
    expect(type(reply) is Reply and len(reply.verdicts) == count, "one verdict for each event")
    statuses = {verdict.status for verdict in reply.verdicts}
    advice = reply.advice
    expect(isinstance(advice.action, Action) and isinstance(advice.scope, Scope), "advice is of the contract")
    if advice.action in (Action.WAIT, Action.PAUSE):
        expect(advice.code in codes(), "a wait and a pause say why")
    if VerdictStatus.UNDECIDED in statuses:
        expect(advice.action is not Action.GO_ON, "what is undecided is advised about")
    if advice.action is Action.SPLIT:
        expect(
            count > 1 and statuses == {VerdictStatus.UNDECIDED}, "only several undecided events are divided"
        )
    if VerdictStatus.DELIVERED in statuses:
        expect(isinstance(outcome, Answer), "nothing is delivered without an answer")
        expect(_code_said(outcome) in _ACCEPTED, "what is delivered was accepted, by the code in the answer")
    for verdict in reply.verdicts:
        if verdict.status is VerdictStatus.REFUSED:
            expect(verdict.code in codes(), "a refusal has a known code")
        expect(all(note.code in codes() for note in verdict.notes), "a note has a known code")
    expect(reply.request_id is None or set(reply.request_id) <= _PLAIN, "a request id is plain")
    expect(values.CANARY.encode() not in msgspec.json.encode(reply), "a reply holds nothing of a message")


def _code_said(outcome: Any) -> Any:
    """The code as a reader of its own finds it; of two the last."""
    return json.loads(outcome.body.decode("utf-8", "surrogatepass"))["code"]
