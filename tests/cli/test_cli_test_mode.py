"""Test events: the command that sends one, and test mode, whose events are marked, counted apart, and never copies."""

import json

import pytest
from cli_testing import lines_of, record

from tiktok_destination.cli.summary_text import TEST_MODE

REVOKED = "emulator-revoked-00000000000000000000000"


@pytest.fixture
def testing_config(config):
    path = config()
    text = path.read_text(encoding="utf-8").replace("mapping:", "  test_event_code: TEST12345\nmapping:")
    path.write_text(text, encoding="utf-8")
    return path


def dispositions(emulator):
    return [line["disposition"] for line in emulator.admin("ledger?after=0&limit=100", method="GET")["lines"]]


def test_one_test_event_is_sent_and_where_it_shows_is_said(run, config, emulator):
    result = run("test", config(), "--code", "TEST12345")
    assert result.exit_code == 0, result.output
    assert "ViewContent (web): delivered" in result.stdout
    assert "Events Manager" in result.stdout
    assert "30 seconds" in result.stdout
    assert dispositions(emulator) == ["test"]


def test_the_configurations_own_code_is_taken(run, testing_config, emulator):
    result = run("test", testing_config, "--json")
    report = json.loads(result.stdout)
    assert [(one["event_source"], one["outcome"]) for one in report["outcomes"]] == [("web", "delivered")]
    assert report["where"]
    assert TEST_MODE in result.stderr


def test_without_a_code_it_says_where_to_find_one(run, config, emulator):
    result = run("test", config())
    assert result.exit_code == 2
    assert "settings.test_event_code: is needed" in result.stderr
    assert dispositions(emulator) == []


def test_a_code_that_is_none_is_refused_before_anything_is_sent(run, config, emulator):
    result = run("test", config(), "--code", "no code")
    assert result.exit_code == 2
    assert "no code" not in result.stderr
    assert dispositions(emulator) == []


def test_a_token_that_was_revoked_is_told(run, config, emulator):
    result = run("test", config(), "--code", "TEST1", env={"TIKTOK_ACCESS_TOKEN": REVOKED})
    assert result.exit_code == 4
    assert "40105" in result.stdout
    assert "Look in Events Manager" not in result.stdout


def test_a_pixel_of_somebody_else_is_told(run, config, emulator):
    result = run("test", config(pixel_code="C0PIXELCODE0000009ZZ"), "--code", "TEST1", "--json")
    (outcome,) = json.loads(result.stdout)["outcomes"]
    assert (outcome["outcome"], outcome["code"]) == ("pending", "40001")


def test_a_destination_that_is_switched_off_sends_no_test_event(run, config, emulator):
    result = run("test", config(enabled="false"), "--code", "TEST1")
    assert result.exit_code == 2
    assert "switched off" in result.stderr
    assert dispositions(emulator) == []


def test_in_test_mode_every_entry_is_marked_and_counted_apart_and_none_is_a_copy(
    run, testing_config, events, tmp_path, emulator
):
    copies = [
        record(1),
        record(1),
        record(2, context={}, userId=None),
        "broken",
        record(3, name="Unheard of"),
    ]
    outcomes = tmp_path / "outcomes.ndjson"
    result = run("send", testing_config, events(*copies), "--outcomes", outcomes, "--json")
    summary = json.loads(result.stdout)
    assert result.exit_code == 3
    assert summary["test_mode"]
    assert set(summary["outcomes"].values()) == {0}
    told = {outcome: count for outcome, count in summary["test_outcomes"].items() if count}
    assert told == {"delivered": 2, "rejected": 2, "filtered": 1}
    assert summary["test_events"] == summary["entries"] == 5
    assert all(line["test"] for line in lines_of(outcomes.read_text(encoding="utf-8")))
    assert dispositions(emulator) == ["test", "test"]
    assert TEST_MODE in result.stderr


@pytest.mark.parametrize("command", ["preview", "send"])
def test_the_banner_stands_over_every_summary(run, testing_config, events, command, emulator):
    result = run(command, testing_config, events(record(1)))
    assert TEST_MODE in result.stderr
    shown = result.stdout if command == "send" else result.stderr
    assert "1 test event = 1" in shown


def test_the_story_of_a_record_tells_that_it_is_a_test(run, testing_config, events):
    result = run("explain", testing_config, events(record(1)), "--record", "1")
    assert TEST_MODE in result.stderr


def test_a_records_own_test_code_is_counted_apart_from_what_counts(run, config, events, emulator):
    tested = record(1, properties={"test_event_code": "TEST7"})
    summary = json.loads(run("send", config(), events(tested, record(2)), "--json").stdout)
    assert not summary["test_mode"]
    assert (summary["outcomes"]["delivered"], summary["test_outcomes"]["delivered"]) == (1, 1)
    assert sorted(dispositions(emulator)) == ["counted", "test"]
