"""The fuzzer's checks can fail: each breach of the promises, made on purpose, is found."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from plugin_spec import (
    Action,
    Advice,
    ConfigError,
    ConfigFault,
    Note,
    Prepared,
    Verdict,
    VerdictStatus,
)
from tests.fuzz import answer_cases, config_cases, input_cases
from tests.fuzz.bench import bench
from tests.fuzz.campaign import Report, run_cases
from tests.fuzz.enough import missing
from tests.fuzz.samples import TOKEN
from tests.fuzz.values import CANARY
from tiktok_destination.config.faults import LocatedFault

RECORDS = range(40)
DELIVERED = Verdict(VerdictStatus.DELIVERED)
replaced = msgspec.structs.replace


@pytest.fixture(scope="module")
def the_bench(tmp_path_factory):
    return bench(tmp_path_factory.mktemp("fuzz"))


class Tampered:
    """A plan whose entries go through somebody else's hands."""

    def __init__(self, plan, tamper):
        self._plan, self._tamper = plan, tamper

    def prepare(self, records, now):
        for entry in self._plan.prepare(records, now):
            yield from self._tamper(entry)

    def __getattr__(self, name):
        return getattr(self._plan, name)


def told(the_bench, tamper):
    samples = [
        dataclasses.replace(sample, plan=Tampered(sample.plan, tamper)) for sample in the_bench.samples
    ]
    report = run_cases("records", RECORDS, dataclasses.replace(the_bench, samples=samples))
    return " ".join(failure.story.splitlines()[-1] for failure in report.failures)


def of_events(change):
    return lambda entry: [change(entry) if isinstance(entry, Prepared) else entry]


def of_settled(change):
    return lambda entry: [entry if isinstance(entry, Prepared) else change(entry)]


def failing(_entry):
    raise ZeroDivisionError


def with_member(entry, member):
    return replaced(entry, body=entry.body[:-1] + member + b"}")


@pytest.mark.parametrize(
    ("tamper", "breach"),
    [
        (failing, "ZeroDivisionError"),
        (lambda entry: [] if entry.position == 3 else [entry], "every record is covered once"),
        (lambda entry: [entry, entry], "ordinals count from 1"),
        (of_settled(lambda entry: replaced(entry, code="no_such_code")), "the code 'no_such_code' has no row"),
        (of_events(lambda entry: replaced(entry, notes=(Note("odd"),))), "the code 'odd' has no row"),
        (of_settled(lambda entry: replaced(entry, path=CANARY)), "a path holds nothing of the record"),
        (of_settled(lambda entry: replaced(entry, event_name="\ud800")), "an entry can be written as JSON"),
        (of_events(lambda entry: replaced(entry, not_after=0.0)), "an event is still in its window"),
        (of_events(lambda entry: replaced(entry, body=b"{")), "a body is JSON in UTF-8"),
        (of_events(lambda entry: replaced(entry, body=entry.body.replace(b'"event"', b'"\xff"'))), "a body is JSON in UTF-8"),
        (of_events(lambda entry: with_member(entry, b',"a":{"b":[{"c":""}]}')), "no empty member, but .a.b.0.c is ''"),
        (of_events(lambda entry: with_member(entry, b',"surplus":1')), "a body keeps the wire schema"),
        (of_events(lambda entry: replaced(entry, event_id="another")), "the body holds the entry's id"),
        (of_events(lambda entry: replaced(entry, test=not entry.test)), "explain gives the entries of prepare"),
    ],
)  # fmt: skip
def test_a_plan_that_breaks_a_promise_is_found_out(the_bench, tamper, breach):
    assert breach in told(the_bench, tamper)


def test_plans_that_keep_their_promises_are_not(the_bench):
    assert told(the_bench, lambda entry: [entry]) == ""


@pytest.mark.parametrize(
    ("raised", "breach"),
    [
        (KeyError("x"), "KeyError"),
        (ConfigError((ConfigFault(("name",), " "),)), "a fault says what is wrong"),
        (ConfigError((ConfigFault(("name",), "wrong"),)), "a message names a line"),
        (ConfigError((LocatedFault(("name",), f"wrong: {TOKEN}", line=1, column=1),)), "no message holds a token"),
    ],
)  # fmt: skip
def test_a_loader_that_breaks_a_promise_is_found_out(the_bench, monkeypatch, raised, breach):
    def load(*_args, **_named):
        raise raised

    monkeypatch.setattr(config_cases, "load", load)
    report = run_cases("configs", range(3), the_bench)
    assert len(report.failures) == 3
    assert breach in report.failures[0].story


def test_a_reader_that_raises_is_found_out(the_bench, monkeypatch):
    def open_records(*_args):
        raise EOFError

    monkeypatch.setattr(input_cases, "open_records", open_records)
    report = run_cases("inputs", range(3), the_bench)
    assert [failure.seed for failure in report.failures] == [0, 1, 2]
    assert "EOFError" in report.failures[0].story


@pytest.mark.parametrize(
    ("tamper", "breach"),
    [
        (lambda reply: replaced(reply, verdicts=reply.verdicts[1:]), "one verdict for each event"),
        (lambda reply: replaced(reply, verdicts=(DELIVERED,) * len(reply.verdicts)), "what is delivered was accepted"),
        (lambda reply: replaced(reply, code=CANARY), "a reply holds nothing of a message"),
        (lambda reply: replaced(reply, advice=Advice(Action.WAIT)), "a wait and a pause say why"),
        (lambda reply: replaced(reply, advice=Advice(Action.SPLIT)), "only several undecided events are divided"),
        (lambda reply: replaced(reply, advice=Advice(Action.GO_ON)), "what is undecided is advised about"),
        (lambda reply: replaced(reply, request_id="a b"), "a request id is plain"),
    ],
)  # fmt: skip
def test_a_reading_of_answers_that_breaks_a_promise_is_found_out(the_bench, monkeypatch, tamper, breach):
    read = answer_cases.reply_to
    monkeypatch.setattr(answer_cases, "reply_to", lambda outcome, bodies: tamper(read(outcome, bodies)))
    report = run_cases("answers", range(40), the_bench)
    assert breach in " ".join(failure.story.splitlines()[-1] for failure in report.failures)


def test_a_campaign_in_which_too_little_happens_does_not_pass():
    report = Report("records")
    report.counted.update({"records": 200_000, "entry rejected": 200_000, "code unreadable_record": 200_000})
    complaints = " ".join(missing(report))
    assert "entry prepared 0 of 200,000" in complaints
    assert "never occurred" in complaints
