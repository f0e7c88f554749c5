"""`send --plan`: what would be sent and until when, what was sent before, and how long it takes; nothing is sent."""

import json
import subprocess
import time
from datetime import UTC, datetime

import pytest
from cli_testing import TOKEN, record
from test_cli_canaries import assert_clean, personal

FOLDER = ".tiktok-destination"
DAY_S = 86_400


@pytest.fixture
def plan(run):
    def ask(path, source, *options, exit_code=0):
        result = run("send", path, source, "--plan", "--json", *options)
        assert result.exit_code == exit_code, result.output
        told = json.loads(result.stdout)
        assert told["entries"] == told["to_send"] + told["sent_before"] + told["in_outbox"] + sum(
            told["outcomes"].values()
        )
        assert told["to_send"] == sum(day["events"] for day in told["days"])
        return told

    return ask


def day_of(seconds):
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def test_nothing_is_sent_and_nothing_is_made(run, emulator, config, events, tmp_path):
    result = run("send", config(), events(record(1), record(2)), "--plan")
    assert result.exit_code == 0
    assert "of 2 entries in 2 records, 2 would be sent. Nothing was sent." in result.stdout
    assert "not known" in result.stdout
    assert not (tmp_path / FOLDER).exists()
    assert emulator.admin("ledger", method="GET")["lines"] == []


@pytest.mark.usefixtures("emulator")
def test_events_stand_by_the_last_day_on_which_they_can_be_sent(config, events, plan):
    now = time.time()
    times = [now - 60, now - 60, now - 3 * DAY_S, now - 27 * DAY_S, now - 60 * DAY_S]
    source = events(*(record(number, timestamp=at) for number, at in enumerate(times)))
    told = plan(config(), source, exit_code=3)
    assert [(day["until"], day["events"]) for day in told["days"]] == [
        (day_of(now - 27 * DAY_S + 28 * DAY_S), 1),
        (day_of(now - 3 * DAY_S + 28 * DAY_S), 1),
        (day_of(now - 60 + 28 * DAY_S), 2),
    ]
    assert told["outcomes"] == {"expired": 1}


@pytest.mark.usefixtures("emulator")
def test_what_was_sent_before_and_what_has_another_outcome_are_told_apart(run, config, events, plan):
    path = config()
    run("send", path, events(record(1), record(2), name="first.ndjson"))
    source = events(
        record(1), record(2), record(3), record(3), record(4, timestamp="?"), record(5, "No Such Name")
    )
    told = plan(path, source, exit_code=3)
    assert (told["to_send"], told["sent_before"], told["in_outbox"]) == (1, 2, 0)
    assert told["outcomes"] == {"rejected": 1, "filtered": 1, "duplicate": 1}
    text = run("send", path, source, "--plan").stdout
    assert "        2  sent before: delivered by an earlier run" in text
    assert "1 × rejected · event_time_unreadable" in text


@pytest.mark.usefixtures("emulator")
def test_a_plan_says_what_a_run_then_does(run, config, events, plan):
    path = config()
    run("send", path, events(*(record(number) for number in range(0, 1200, 2)), name="first.ndjson"))
    source = events(*(record(number) for number in range(1200)))
    told = plan(path, source)
    assert (told["to_send"], told["sent_before"]) == (600, 600)
    summary = json.loads(run("send", path, source, "--json").stdout)
    assert summary["outcomes"]["delivered"] == 600
    assert summary["outcomes"]["duplicate"] == 600


def test_what_waits_in_the_outbox_is_not_sent_twice(spawn, emulator, config, events, plan):
    path = config(patience_s=1)
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
    process = spawn("send", path, "-", stdin=subprocess.PIPE)
    process.communicate(json.dumps(record(1)).encode() + b"\n")
    assert process.returncode == 4
    told = plan(path, events(record(1), record(2)))
    assert (told["to_send"], told["in_outbox"]) == (1, 1)


def test_with_resume_it_judges_what_is_left(run, emulator, config, events, plan):
    path = config(patience_s=1)
    source = events(*(record(number) for number in range(1, 6)))
    run("send", path, source, "--limit", "3")
    assert plan(path, source)["sent_before"] == 3
    told = plan(path, source, "--resume")
    assert (told["to_send"], told["sent_before"], told["entries"]) == (2, 0, 2)


@pytest.mark.usefixtures("emulator")
def test_how_long_it_takes_goes_by_the_files_that_were_sent_last(run, config, events, plan):
    path = config()
    run("send", path, events(record(1), record(2), name="first.ndjson"))
    told = plan(path, events(record(3)))
    assert told["events_per_second"] > 0
    assert told["seconds"] is not None
    assert (
        "at the rate of the files that were sent last"
        in run("send", path, events(record(3)), "--plan").stdout
    )


def test_what_another_receiver_has_counts_for_nothing(run, emulator, config, events):
    path = config()
    source = events(record(1))
    run("send", path, source)
    result = run("send", path, source, "--plan", "--json", env={"TIKTOK_BASE_URL": "http://127.0.0.1:9"})
    assert json.loads(result.stdout)["to_send"] == 1


@pytest.mark.usefixtures("emulator")
def test_test_events_are_never_sent_before(run, config, events, plan):
    path = config()
    run("send", path, events(record(1), name="first.ndjson"))
    told = plan(path, events(record(1, properties={"test_event_code": "TEST12345"})))
    assert (told["to_send"], told["test_events"]) == (1, 1)


@pytest.mark.parametrize("option", [["--force"], ["--outcomes", "somewhere.ndjson"]])
def test_options_of_a_run_are_refused(run, config, events, option):
    result = run("send", config(), events(record(1)), "--plan", *option)
    assert result.exit_code == 2
    assert "--plan sends nothing" in result.stderr


@pytest.mark.usefixtures("emulator")
def test_no_datum_is_shown(run, config, events):
    path = config()
    source = events(personal(1), personal(2, timestamp="?"), personal(3, event="kim@mail.example"))
    for options in ([], ["--json"]):
        result = run("send", path, source, "--plan", *options)
        assert result.exit_code == 3
        assert_clean(result.stdout, result.stderr)
        assert TOKEN not in result.output
        assert "kim@mail.example" not in result.output
