"""`drain`: what waits in the outbox is sent once, and accounted for."""

import json
import signal

import pytest
from cli_testing import REVOKED, app_record, counted, ledger, record, wait_until

from tiktok_destination.store import SenderLock


@pytest.fixture
def waiting(pipe, config):
    """Two events wait in the outbox."""
    pipe(config(), record(1), record(2), fault=REVOKED)


def test_what_a_paused_pipe_left_is_sent_by_drain(run, pipe, emulator, config):
    pipe(config(), record(1), record(2), fault=REVOKED)
    assert counted(emulator) == []
    result = run("drain", config())
    assert result.exit_code == 0, result.output
    assert "test-shop: 2 events in the outbox\n  2 events = 2 delivered\n" in result.stdout
    assert counted(emulator) == ["id-1", "id-2"]


def test_what_was_drained_is_not_sent_again(run, pipe, emulator, config):
    pipe(config(), record(1), fault=REVOKED)
    assert run("drain", config()).exit_code == 0
    again = run("drain", config())
    assert again.exit_code == 0
    assert "0 events in the outbox" in again.stdout
    assert len(ledger(emulator)) == 1


def test_what_cannot_be_sent_yet_stays(run, pipe, emulator, config):
    pipe(config(), record(1), fault=REVOKED)
    emulator.admin("faults", [REVOKED])
    kept = run("drain", config())
    assert kept.exit_code == 4
    assert "1 event = 1 pending" in kept.stdout
    assert run("drain", config()).exit_code == 0
    assert counted(emulator) == ["id-1"]


def test_what_is_refused_from_the_outbox_is_a_dead_letter(run, pipe, emulator, config):
    emulator.admin("poison", {"event_ids": ["id-2"]})
    pipe(config(), record(1), record(2), fault=REVOKED)
    result = run("drain", config(), "--json")
    summary = json.loads(result.stdout)
    assert (result.exit_code, summary["exit_code"]) == (3, 3)
    assert (summary["outcomes"]["delivered"], summary["outcomes"]["refused"]) == (1, 1)
    (letter,) = json.loads(run("dead-letters", "list", config(), "--json").stdout)["latest"]
    assert (letter["input"], letter["outcome"]["record"], letter["outcome"]["line"]) == (
        "standard input",
        2,
        2,
    )


def test_an_app_event_that_may_have_arrived_waits_for_a_persons_word(run, pipe, emulator, app_config):
    pipe(app_config, app_record(1), fault={"kind": "reset_after"})
    kept = run("drain", app_config)
    assert kept.exit_code == 4
    assert "pending · uncertain" in kept.stdout
    assert len(ledger(emulator)) == 1
    forced = run("drain", app_config, "--force")
    assert forced.exit_code == 0, forced.output
    assert len(ledger(emulator)) == 2


def test_a_switched_off_destination_keeps_its_outbox(run, pipe, emulator, config):
    pipe(config(), record(1), fault=REVOKED)
    off = run("drain", config(enabled="false"))
    assert off.exit_code == 0
    assert "switched off" in off.stdout
    assert counted(emulator) == []
    assert "1 event in the outbox" in run("drain", config()).stdout


def test_a_damaged_event_is_rejected_and_the_sums_add_up(run, pipe, emulator, config, outbox):
    pipe(config(), record(1), record(2), fault=REVOKED)
    outbox("UPDATE events SET event = x'00' WHERE id = (SELECT MIN(id) FROM events)")
    result = run("drain", config())
    assert result.exit_code == 3
    assert "2 events = 1 delivered + 1 rejected" in result.stdout
    assert "rejected · damaged" in result.stdout
    assert counted(emulator) == ["id-2"]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_rest_in_the_outbox(run, spawn, emulator, config, number):
    emulator.admin("reset")
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
    process = spawn("drain", config())
    wait_until(lambda: emulator.admin("summary", method="GET")["requests"])
    process.send_signal(number)
    out, err = process.communicate()
    assert process.returncode == 4
    assert b"2 events = 2 pending" in out
    assert b"Traceback" not in err
    emulator.admin("faults", method="DELETE")
    assert run("drain", config()).exit_code == 0
    assert counted(emulator) == ["id-1", "id-2"]


def test_two_senders_at_a_time_are_one_too_many(run, emulator, config, tmp_path):
    with SenderLock(tmp_path / ".tiktok-destination", "test-shop"):
        result = run("drain", config())
    assert result.exit_code == 2
    assert "is sending for this destination already" in result.stderr


@pytest.mark.usefixtures("waiting")
def test_in_test_mode_events_that_would_count_are_not_sent(run, emulator, config):
    path = config()
    text = path.read_text(encoding="utf-8")
    in_test_mode = text.replace("settings:\n", "settings:\n  test_event_code: TEST12345\n")
    path.write_text(in_test_mode, encoding="utf-8")
    result = run("drain", path)
    assert result.exit_code == 2
    assert "in test mode, and of the events that wait in the outbox 2 would count" in result.stderr
    assert ledger(emulator) == []
    path.write_text(text, encoding="utf-8")
    assert run("drain", path).exit_code == 0
    assert counted(emulator) == ["id-1", "id-2"]
