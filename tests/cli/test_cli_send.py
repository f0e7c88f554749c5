"""send, against an emulator on loopback: outcomes, sums, exit codes, interruption."""

import json
import os
import pty
import signal
import subprocess

import pytest
from cli_testing import COMMAND, TOKEN, counted, lines_of, record, wait_until


def test_what_is_delivered_was_counted_by_the_receiver(run, emulator, config, events, tmp_path):
    outcomes = tmp_path / "outcomes.ndjson"
    source = events(record(1), "", record(2), record(2), record(3, "Who Knows"))
    result = run("send", config(), source, "--outcomes", outcomes)
    assert result.exit_code == 0, result.output
    lines = lines_of(outcomes.read_text(encoding="utf-8"))
    assert [(line["record"], line["line"], line["outcome"]) for line in lines] == [
        (1, 1, "delivered"),
        (2, 3, "delivered"),
        (3, 4, "duplicate"),
        (4, 5, "filtered"),
    ]
    assert counted(emulator) == ["id-1", "id-2"]
    assert lines[0]["attempts"] == 1
    assert lines[0]["request_id"]
    assert "4 entries = 2 delivered + 1 filtered + 1 duplicate" in result.stdout


def test_the_summary_in_json_adds_up(run, emulator, config, events):
    source = events(record(1), record(2, timestamp=None), record(3, "Who Knows"), "{broken")
    summary = json.loads(run("send", config(), source, "--json").stdout)
    assert summary["complete"]
    assert summary["records_read"] == summary["records_accounted"] == 4
    assert sum(summary["outcomes"].values()) == summary["entries"] == 4
    assert summary["exit_code"] == 3
    assert {row["code"] for row in summary["codes"]} >= {
        "event_time_missing",
        "event_unmapped",
        "unreadable_record",
    }
    assert all(row["meaning"] and row["remedy"] for row in summary["codes"])
    assert summary["unmapped"] == [{"event": "Who Knows", "count": 1, "nearest": None}]


def test_an_event_that_the_receiver_refuses_costs_no_other(run, emulator, config, events):
    emulator.admin("poison", {"event_ids": ["id-3"]})
    result = run("send", config(), events(*(record(number) for number in range(1, 7))), "--json")
    summary = json.loads(result.stdout)
    assert result.exit_code == 3
    assert (summary["outcomes"]["delivered"], summary["outcomes"]["refused"]) == (5, 1)
    assert counted(emulator) == ["id-1", "id-2", "id-4", "id-5", "id-6"]


def test_a_wrong_pixel_holds_everything_back_and_says_what_to_do(run, emulator, config, events):
    result = run("send", config(pixel_code="C0PIXELCODE00000009Z"), events(record(1), record(2)))
    assert result.exit_code == 4
    assert "2 entries = 2 pending" in result.stdout
    assert "2 × pending · 40001" in result.stdout
    assert "→ " in result.stdout
    assert counted(emulator) == []


def test_a_revoked_token_holds_everything_back(run, emulator, config, events):
    token = "emulator-revoked-00000000000000000000000"
    result = run("send", config(), events(record(1)), env={"TIKTOK_ACCESS_TOKEN": token})
    assert result.exit_code == 4
    assert token not in result.output


def test_pending_comes_before_rejected_in_the_exit_code(run, emulator, config, events):
    source = events(record(1), record(2, timestamp=None))
    assert run("send", config(pixel_code="C0PIXELCODE00000009Z"), source).exit_code == 4


def test_limit_sends_the_first_records_only(run, emulator, config, events):
    result = run("send", config(), events(*(record(number) for number in range(1, 9))), "--limit", 3)
    assert result.exit_code == 0
    assert counted(emulator) == ["id-1", "id-2", "id-3"]


def test_limit_sends_the_whole_of_an_order_that_has_begun(run, emulator, grouped, tmp_path):
    config, source = grouped("order-1", "order-1", "order-2", "order-2", "order-3")
    outcomes = tmp_path / "outcomes.ndjson"
    result = run("send", config, source, "--limit", 3, "--outcomes", outcomes, "--json")
    summary = json.loads(result.stdout)
    assert [line["rows"] for line in lines_of(outcomes.read_text(encoding="utf-8"))] == [[1, 2], [3, 4]]
    assert (summary["complete"], summary["records_read"], summary["records_accounted"]) == (True, 4, 4)
    assert set(counted(emulator)) <= {"order-1", "order-2"}


def test_a_switched_off_destination_sends_nothing(run, emulator, config, events):
    result = run("send", config(enabled="false"), events(record(1)))
    assert (result.exit_code, counted(emulator)) == (0, [])
    assert "switched off" in result.stdout
    summary = json.loads(run("send", config(enabled="false"), events(record(1)), "--json").stdout)
    assert (summary["enabled"], summary["entries"]) == (False, 0)


@pytest.mark.parametrize("name", ["events.ndjson", "shop.yaml"])
def test_the_outcomes_never_overwrite_what_is_read(run, emulator, config, events, name):
    source, path = events(record(1)), config()
    outcomes = path.with_name(name)
    before = outcomes.read_bytes()
    result = run("send", path, source, "--outcomes", outcomes)
    assert result.exit_code == 2
    assert outcomes.read_bytes() == before
    assert counted(emulator) == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_the_outcomes_never_go_where_the_command_prints(config, events, tmp_path, stream):
    printed = {one: tmp_path / one for one in ("stdout", "stderr")}
    with printed["stdout"].open("wb") as stdout, printed["stderr"].open("wb") as stderr:
        done = subprocess.run(
            [*COMMAND, "send", str(config()), str(events(record(1))), "--outcomes", f"/dev/{stream}"],
            env=os.environ | {"TIKTOK_ACCESS_TOKEN": TOKEN, "TIKTOK_BASE_URL": "http://127.0.0.1:9"},
            stdout=stdout,
            stderr=stderr,
            check=False,
        )
    assert done.returncode == 2
    assert printed["stdout"].read_bytes() == b""
    assert b"goes there already" in printed["stderr"].read_bytes()
    assert b"Name another file." in printed["stderr"].read_bytes()


def test_a_dash_is_no_file_for_the_outcomes(run, config, events, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("send", config(), events(record(1)), "--outcomes", "-")
    assert result.exit_code == 2
    assert "--outcomes - is no file: name one." in result.stderr
    assert not (tmp_path / "-").exists()


def test_the_outcomes_may_go_nowhere_as_the_summary_may(spawn, emulator, config, events):
    process = spawn("send", config(), events(record(1)), "--outcomes", "/dev/null")
    assert process.wait() == 0


def test_outcomes_that_cannot_be_kept_stop_the_run_and_lose_no_count(run, emulator, config, events):
    result = run("send", config(), events(record(1), record(2)), "--outcomes", "/dev/full")
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert "2 entries = 2 delivered" in result.stdout


def test_outcomes_that_cannot_be_kept_end_the_run_while_the_pipe_is_still_open(spawn, emulator, config):
    process = spawn("send", config(), "-", "--outcomes", "/dev/full", stdin=subprocess.PIPE)
    process.stdin.write(json.dumps(record(1)).encode() + b"\n")
    process.stdin.flush()
    assert b"1 entry = 1 delivered" in process.stdout.read()
    assert process.wait() == 2


def test_a_base_url_that_is_not_tiktok_is_refused(run, config, events):
    result = run(
        "send", config(), events(record(1)), env={"TIKTOK_BASE_URL": "https://tiktok.attacker.example"}
    )
    assert result.exit_code == 2
    assert "environment variable TIKTOK_BASE_URL: " in result.stderr


def test_an_outage_is_waited_for_and_nothing_is_sent_twice(run, emulator, config, events):
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1}])
    result = run("send", config(), events(record(1), record(2)), "--json")
    assert result.exit_code == 0
    assert counted(emulator) == ["id-1", "id-2"]


def test_events_are_sent_while_the_pipe_stays_open(spawn, emulator, config):
    process = spawn("send", config(), "-", "--json", stdin=subprocess.PIPE)
    process.stdin.write(json.dumps(record(1)).encode() + b"\n")
    process.stdin.flush()
    wait_until(lambda: counted(emulator))
    out, _ = process.communicate(json.dumps(record(2)).encode() + b"\n")
    assert process.returncode == 0
    assert json.loads(out)["outcomes"]["delivered"] == 2
    assert counted(emulator) == ["id-1", "id-2"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_finishes_what_is_in_flight_and_accounts_for_what_was_read(
    spawn, emulator, config, tmp_path, number
):
    outcomes = tmp_path / "outcomes.ndjson"
    process = spawn("send", config(), "-", "--outcomes", outcomes, "--json", stdin=subprocess.PIPE)
    process.stdin.write(b"".join(json.dumps(record(one)).encode() + b"\n" for one in range(1, 4)))
    process.stdin.flush()
    wait_until(lambda: len(counted(emulator)) == 3)
    process.send_signal(number)
    out, err = (
        process.stdout.read(),
        process.stderr.read(),
    )  # standard input stays open: nobody has said the end
    assert process.wait() == 4
    assert b"Traceback" not in err
    assert b"Fatal" not in err
    assert b"Not complete: every record up to 3" in err
    summary = json.loads(out)
    assert (summary["complete"], summary["outcomes"]["delivered"]) == (False, 3)
    lines = lines_of(outcomes.read_text(encoding="utf-8"))
    assert [line["outcome"] for line in lines] == ["delivered"] * 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_first_record_ends_the_wait_for_it(spawn, emulator, config, tmp_path, number):
    outcomes, source = tmp_path / "outcomes.ndjson", tmp_path / "events"
    os.mkfifo(source)
    process = spawn("send", config(), source, "--outcomes", outcomes)
    with source.open("wb"):  # as soon as both sides have opened it; nothing is ever written
        process.send_signal(number)
        assert process.stdout.read() == b""
        assert process.wait() == 4
    told = process.stderr.read()
    assert told == b"\nInterrupted before the first record: nothing was read, nothing was sent.\n"
    assert not outcomes.exists()


def test_a_signal_before_the_first_entry_says_that_nothing_was_sent(spawn, emulator, grouped, tmp_path):
    config, source = grouped("order-1")
    outcomes = tmp_path / "outcomes.ndjson"
    process = spawn("send", config, "-", "--outcomes", outcomes, stdin=subprocess.PIPE)
    process.stdin.write(source.read_bytes())  # one row, and the group may go on
    process.stdin.flush()
    wait_until(outcomes.exists)
    process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait() == 4
    assert b"Not complete: no record has an outcome, and nothing was sent." in process.stderr.read()
    assert counted(emulator) == []


def test_the_second_signal_leaves_at_once(spawn, emulator, config, events):
    emulator.admin("faults", [{"kind": "delay", "seconds": 30, "count": 1}])
    process = spawn("send", config(), events(record(1)))
    wait_until(lambda: emulator.admin("summary", method="GET")["requests"])
    process.send_signal(signal.SIGINT)
    assert b"once more to leave at once" in process.stderr.readline() + process.stderr.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait() == 4
    assert b"Left at once" in process.stderr.read()


def test_the_exit_code_survives_a_reader_that_has_gone(spawn, emulator, config, events):
    process = spawn("send", config(), events(record(1), record(2, timestamp=None)))
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate()
    assert (process.returncode, err) == (3, b"")
    assert counted(emulator) == ["id-1"]


def test_a_pipe_shows_no_progress_bar(run, emulator, config, events):
    assert run("send", config(), events(record(1))).stderr == ""


def test_a_terminal_shows_progress_on_stderr_only(emulator, config, events):
    controlling, terminal = pty.openpty()
    done = subprocess.run(
        [*COMMAND, "send", str(config()), str(events(record(1))), "--json"],
        env=os.environ | {"TIKTOK_ACCESS_TOKEN": TOKEN, "TIKTOK_BASE_URL": emulator.url, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=terminal,
        check=True,
    )
    os.close(terminal)
    shown = os.read(controlling, 65_536)
    os.close(controlling)
    assert b"records read" in shown
    assert json.loads(done.stdout)["outcomes"]["delivered"] == 1


def test_an_input_that_breaks_off_half_way_is_accounted_for_up_to_there(spawn, emulator, config):
    reading, writing = pty.openpty()
    process = spawn("send", config(), "-", stdin=reading)
    os.close(reading)
    os.write(writing, json.dumps(record(1)).encode() + b"\n")
    wait_until(lambda: counted(emulator))
    os.close(writing)  # whoever reads a terminal whose other side has gone gets an I/O error
    out, err = process.communicate()
    assert process.returncode == 2
    assert b"standard input: reading failed" in err
    assert b"1 entry = 1 delivered" in out
    assert b"Not complete: every record up to 1" in err


def test_an_earlier_file_of_outcomes_survives_a_mistake_in_the_command(run, config, events, tmp_path):
    outcomes = tmp_path / "outcomes.ndjson"
    outcomes.write_text("precious\n", encoding="utf-8")
    arguments = ("send", config(), events(record(1)), "--outcomes", outcomes)
    assert run(*arguments, env={"TIKTOK_BASE_URL": "ftp://tiktok.example"}).exit_code == 2
    assert run("send", config(), tmp_path / "none.csv", "--outcomes", outcomes).exit_code == 2
    assert outcomes.read_text(encoding="utf-8") == "precious\n"
