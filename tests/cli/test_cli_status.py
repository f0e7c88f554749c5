"""`status`: what waits, what came to nothing, how far files have got, and who is sending; it changes nothing."""

import fcntl
import json
import os
import subprocess

import pytest
from cli_testing import TOKEN, contents, record
from test_cli_canaries import assert_clean, personal

from tiktok_destination.store import SenderLock

FOLDER = ".tiktok-destination"


@pytest.fixture
def status(run):
    def ask(path, **options):
        result = run("status", path, "--json", **options)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask


@pytest.fixture
def pipe(spawn):
    def send(path, *records):
        process = spawn("send", path, "-", stdin=subprocess.PIPE)
        process.communicate("".join(f"{json.dumps(one)}\n" for one in records).encode())
        return process.returncode

    return send


def test_before_anything_is_sent_it_says_so_and_makes_nothing(run, emulator, config, tmp_path):
    result = run("status", config())
    assert result.exit_code == 0
    assert "Nothing is kept of it yet" in result.stdout
    assert not (tmp_path / FOLDER).exists()


def test_a_file_that_was_sent_is_complete_with_its_outcomes(run, emulator, config, events, status):
    path = config()
    run("send", path, events(record(1), record(2), record(3, "No Such Name"), record(4, timestamp="?")))
    told = status(path)
    (receiver,) = told["receivers"]
    assert told["sending"] is None
    assert receiver["receiver"] == emulator.url
    assert receiver["sends_there_now"]
    assert receiver["outcomes"]["delivered"] == 2
    assert sum(receiver["outcomes"].values()) == 4
    (file,) = receiver["files"]
    assert (file["name"], file["record"], file["records"], file["complete"]) == ("events.ndjson", 4, 4, True)
    assert file["go_on_with"] is None
    assert [dead["outcome"] for dead in receiver["dead_letters"]] == ["rejected"]
    assert receiver["dead_letters"][0]["reason"]["remedy"]
    text = run("status", path).stdout
    assert "record 4 of 4, complete" in text
    assert "Dead letters\n" in text
    assert "30 to 90 minutes" in text


def test_a_file_that_is_not_finished_names_the_command_that_goes_on(run, emulator, config, events, status):
    path = config(patience_s=1)
    source = events(record(1), record(2))
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
    assert run("send", path, source).exit_code == 4
    (file,) = status(path)["receivers"][0]["files"]
    assert not file["complete"]
    assert file["pending"] == 2
    assert file["go_on_with"] == f"tiktok-destination send {path} events.ndjson --resume"
    assert file["go_on_with"] in run("status", path).stdout


@pytest.mark.usefixtures("emulator")
def test_a_file_whose_end_no_run_has_seen_is_not_complete(run, config, events, status):
    path = config()
    run("send", path, events(record(1), record(2), record(3)), "--limit", "2")
    (file,) = status(path)["receivers"][0]["files"]
    assert (file["record"], file["records"], file["pending"], file["complete"]) == (2, None, 0, False)
    assert "events.ndjson: record 2, not complete" in run("status", path).stdout


def test_what_a_pipe_left_pending_waits_with_meaning_and_remedy(run, pipe, emulator, config, status):
    path = config(patience_s=1)
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
    assert pipe(path, record(1)) == 4
    (receiver,) = status(path)["receivers"]
    (waiting,) = receiver["waiting"]
    assert waiting["count"] == 1
    assert waiting["reason"]["code"] == "no_progress"
    assert waiting["reason"]["meaning"]
    assert waiting["behind"]["code"] == "http_5xx"
    text = run("status", path).stdout
    assert "1 × pending · no_progress (behind it: http_5xx), since" in text


def test_each_receiver_stands_by_itself(run, emulator, config, events, status):
    path = config(patience_s=1)
    source = events(record(1))
    run("send", path, source)
    run("send", path, source, env={"TIKTOK_BASE_URL": "http://127.0.0.1:9"})
    receivers = status(path)["receivers"]
    assert [(one["receiver"], one["sends_there_now"]) for one in receivers] == sorted(
        [(emulator.url, True), ("http://127.0.0.1:9", False)]
    )
    assert {one["receiver"]: one["files"][0]["pending"] for one in receivers} == {
        emulator.url: 0,
        "http://127.0.0.1:9": 1,
    }


@pytest.mark.usefixtures("emulator")
def test_who_is_sending_is_named_and_not_disturbed(run, config, events, status):
    path = config()
    run("send", path, events(record(1)))
    assert status(path)["sending"] is None
    with SenderLock(path.parent / FOLDER, "test-shop"):
        assert status(path)["sending"] == os.getpid()
        assert f"process {os.getpid()} is sending now" in run("status", path).stdout
    assert status(path)["sending"] is None


def test_it_reads_beside_a_process_that_sends(spawn, emulator, config, events, status):
    path = config()
    emulator.admin("faults", [{"kind": "delay", "seconds": 30, "count": 1}])
    process = spawn("send", path, events(record(1)))
    told = status(path)
    while told["sending"] is None and process.poll() is None:
        told = status(path)
    assert told["sending"] == process.pid
    process.kill()
    process.wait()
    assert status(path)["sending"] is None


@pytest.mark.usefixtures("emulator")
def test_the_lock_of_a_process_that_is_gone_is_not_even_tried(run, config, events, status, monkeypatch):
    path = config()
    run("send", path, events(record(1)))
    (path.parent / FOLDER / "test-shop.sending.lock").write_text("4194304999")
    monkeypatch.setattr(fcntl, "flock", None)
    assert status(path)["sending"] is None


def test_it_changes_nothing_not_even_the_log_that_a_killed_process_left(
    run, emulator, config, events, killed
):
    path = config()
    run("send", path, events(record(1)))
    folder, before = killed("DELETE FROM tally")
    result = run("status", path, env={"TIKTOK_DESTINATION_DATA": str(folder)})
    assert ": none" in result.stdout
    assert contents(folder) == before


def test_test_events_are_counted_apart(run, emulator, config, events, status):
    path = config()
    path.write_text(
        path.read_text(encoding="utf-8").replace("settings:", "settings:\n  test_event_code: TEST12345"),
        encoding="utf-8",
    )
    run("send", path, events(record(1)))
    (receiver,) = status(path)["receivers"]
    assert receiver["outcomes"] == {}
    assert receiver["test_outcomes"] == {"delivered": 1}
    assert receiver["delivered_in_hour"] is None
    assert "test events, which count for nothing: 1 delivered" in run("status", path).stdout


def test_a_damaged_store_is_named_with_the_way_out(run, emulator, config, events, tmp_path):
    path = config()
    run("send", path, events(record(1)))
    store = tmp_path / FOLDER / "outbox.sqlite"
    store.write_bytes(b"\0" * 100 + store.read_bytes()[100:])
    result = run("status", path)
    assert result.exit_code == 2
    assert "tiktok-destination store salvage" in result.stderr


def test_no_datum_is_shown(run, pipe, emulator, config, events):
    path = config(patience_s=1)
    source = events(personal(1), personal(2, event="kim@mail.example"), personal(3, timestamp="?"))
    run("send", path, source)
    emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
    assert pipe(path, personal(9)) == 4
    for options in ([], ["--json"]):
        result = run("status", path, *options)
        assert result.exit_code == 0
        assert_clean(result.stdout, result.stderr)
        assert TOKEN not in result.output
        assert "kim@mail.example" not in result.output


def test_send_ends_with_what_the_destination_says_of_delivered_events(run, emulator, config, events):
    path = config()
    sentence = "usually show in Events Manager after 30 to 90 minutes."
    assert run("send", path, events(record(1))).stdout.rstrip().endswith(sentence)
    assert sentence not in run("send", path, events(record(1))).stdout, "nothing was delivered"
    assert "Events Manager" not in run("send", path, events(record(2)), "--json").stdout
