"""`replay`: a dead letter is sent again once, or stays one with a reason; nothing is lost and nothing counts twice."""

import json
import threading
import time
from contextlib import contextmanager

import pytest
from cli_testing import REVOKED, contents, counted, ledger, record

from tiktok_destination.cli import outbox_runs

DAY_S = 86_400
PURCHASE = "Order Completed"
TIME_ELSEWHERE = "  fields: {event_time: [timestamp, properties.at]}\n"
TWO_EVENTS = f"  events:\n    {PURCHASE}: [CompleteRegistration, Purchase]\n"


def purchase(number, **changes):
    """A record whose time stands where no preset looks for it."""
    return record(number, PURCHASE, timestamp=None, properties={"at": time.time() - 60}) | changes


@pytest.fixture
def refused(run, emulator, config, events):
    """Of five events the second and the fourth were refused; the receiver has forgotten everything since."""
    emulator.admin("poison", {"event_ids": ["id-2", "id-4"]})
    assert run("send", config(), events(*map(record, range(1, 6)))).exit_code == 3
    emulator.admin("reset")
    return config()


@pytest.fixture
def keeping(config):
    """A configuration that keeps records; what is given is added to its end."""

    def write(mapping=""):
        path = config()
        text = path.read_text(encoding="utf-8")
        path.write_text(
            text.replace("delivery:\n", "delivery:\n  keep_records: true\n") + mapping, encoding="utf-8"
        )
        return path

    return write


def letters(run, config):
    return json.loads(run("dead-letters", "list", config, "--json").stdout)["latest"]


def report(result):
    return json.loads(result.stdout)


def later(monkeypatch, seconds):
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + seconds)


def test_refused_events_are_sent_again_once(run, emulator, refused):
    result = run("replay", refused)
    assert result.exit_code == 0, result.output
    assert "2 dead letters = 2 replayed + 0 left" in result.stdout
    assert "2 events = 2 delivered" in result.stdout
    assert counted(emulator) == ["id-2", "id-4"]
    assert letters(run, refused) == []
    again = run("replay", refused)
    assert (again.exit_code, len(ledger(emulator))) == (0, 2)
    assert "0 dead letters = 0 replayed + 0 left" in again.stdout


def test_what_is_refused_after_a_replay_gives_way_when_its_file_is_sent_again(run, emulator, keeping, events):
    emulator.admin("poison", {"event_ids": ["id-2"]})
    source = events(record(1), record(2))
    for command in (["send", keeping(), source], ["replay", keeping()], ["send", keeping(), source]):
        assert run(*command).exit_code == 3
        assert [one["outcome"]["record"] for one in letters(run, keeping())] == [2]


def test_numbers_and_options_select(run, emulator, refused):
    assert run("replay", refused, 2).exit_code == 0
    assert counted(emulator) == ["id-4"]
    assert run("replay", refused, "--code", "40001").exit_code == 0
    assert run("replay", refused, "--outcome", "refused").exit_code == 0
    assert counted(emulator) == ["id-2", "id-4"]


def test_a_number_that_is_none_changes_nothing(run, emulator, refused):
    for options in ([], ["--dry-run"]):
        result = run("replay", refused, 1, 77, *options)
        assert result.exit_code == 2
        assert "1 of these numbers select no dead letter" in result.stderr
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)


def test_a_dry_run_changes_nothing_and_says_the_same(run, emulator, refused):
    result = run("replay", refused, "--dry-run")
    assert result.exit_code == 0
    assert "2 dead letters = 2 would be replayed + 0 left" in result.stdout
    assert "2 would be sent" in result.stdout
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)


def test_a_dry_run_leaves_even_the_log_that_a_killed_process_left(run, refused, killed):
    folder, before = killed("DELETE FROM tally")
    result = run("replay", refused, "--dry-run", env={"TIKTOK_DESTINATION_DATA": str(folder)})
    assert "2 would be sent" in result.stdout
    assert contents(folder) == before


def test_what_is_refused_again_is_a_dead_letter_again(run, emulator, refused):
    emulator.admin("poison", {"event_ids": ["id-2"]})
    result = run("replay", refused, "--json")
    told = report(result)
    assert (result.exit_code, told["exit_code"], told["replayed"]) == (3, 3, 2)
    assert (told["summary"]["outcomes"]["delivered"], told["summary"]["outcomes"]["refused"]) == (1, 1)
    (letter,) = letters(run, refused)
    assert (letter["input"], letter["outcome"]["record"], letter["outcome"]["code"]) == (
        "events.ndjson",
        2,
        "40002",
    )


def test_what_cannot_be_sent_now_waits_in_the_outbox(run, emulator, refused):
    emulator.admin("faults", [REVOKED])
    result = run("replay", refused)
    assert result.exit_code == 4
    assert letters(run, refused) == []
    assert run("drain", refused).exit_code == 0
    assert counted(emulator) == ["id-2", "id-4"]


def test_what_waited_before_is_sent_as_well_and_that_is_said(run, pipe, emulator, refused):
    pipe(refused, record(9), fault=REVOKED)
    ahead = run("replay", refused, "--dry-run")
    assert "Would be sent as well: 1 that waited in the outbox before." in ahead.stdout
    result = run("replay", refused)
    assert result.exit_code == 0
    assert "Sent as well: 1 that waited in the outbox before." in result.stdout
    assert "3 events = 3 delivered" in result.stdout
    assert counted(emulator) == ["id-2", "id-4", "id-9"]


def test_what_was_delivered_meanwhile_is_a_duplicate(run, emulator, refused, events):
    assert run("send", refused, events(record(2), name="again.ndjson")).exit_code == 0
    ahead = report(run("replay", refused, "--dry-run", "--json"))
    assert ahead["would_become"] == {"duplicate": 1, "would be sent": 1}
    result = run("replay", refused, "--force")
    assert result.exit_code == 0
    assert "1 delivered + 1 duplicate" in result.stdout
    assert [line["event_id"] for line in ledger(emulator)] == ["id-2", "id-4"]


def test_two_letters_of_one_event_are_sent_once(run, emulator, config, events):
    emulator.admin("poison", {"event_ids": ["id-1"]})
    run("send", config(), events(record(1), record(1)))
    emulator.admin("reset")
    assert report(run("replay", config(), "--dry-run", "--json"))["would_become"] == {
        "would be sent": 1,
        "duplicate": 1,
    }
    assert "1 delivered + 1 duplicate" in run("replay", config()).stdout
    assert counted(emulator) == ["id-1"]


def test_what_is_too_old_stays(run, emulator, refused, monkeypatch):
    later(monkeypatch, 29 * DAY_S)
    for options in (["--dry-run"], []):
        result = run("replay", refused, *options)
        assert "2 × refused, left · too_old" in result.stdout
    assert result.exit_code == 3
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)


@pytest.fixture
def uncertain(run, emulator, config, events):
    """An event was refused whose first attempt was cut off."""
    emulator.admin("poison", {"event_ids": ["id-1"]})
    emulator.admin("faults", [{"kind": "reset_after"}])
    assert run("send", config(), events(record(1))).exit_code == 3
    emulator.admin("reset")
    return config()


def test_what_may_have_arrived_is_sent_while_the_receiver_would_know_the_copy(run, emulator, uncertain):
    assert "it may have arrived" in run("dead-letters", "show", uncertain, 1).stdout
    assert run("replay", uncertain).exit_code == 0
    assert counted(emulator) == ["id-1"]


def test_later_what_may_have_arrived_wants_a_persons_word(run, emulator, uncertain, monkeypatch):
    later(monkeypatch, 3 * DAY_S)
    ahead = run("replay", uncertain, "--dry-run")
    assert "1 × refused, left · may_have_arrived" in ahead.stdout
    left = run("replay", uncertain)
    assert left.exit_code == 3
    assert (ledger(emulator), len(letters(run, uncertain))) == ([], 1)
    assert "1 would be replayed + 0 left" in run("replay", uncertain, "--dry-run", "--force").stdout
    forced = run("replay", uncertain, "--force")
    assert forced.exit_code == 0, forced.output
    assert counted(emulator) == ["id-1"]


def test_what_was_rejected_without_its_record_cannot_be_replayed(run, emulator, config, events):
    run("send", config(), events(record(1, timestamp=None)))
    result = run("replay", config())
    assert result.exit_code == 3
    assert "1 × rejected, left · not_kept" in result.stdout
    assert "Send the input again" in result.stdout
    assert len(letters(run, config())) == 1


def test_a_mended_mapping_makes_events_of_kept_records(run, emulator, keeping, events):
    assert run("send", keeping(), events(purchase(1), purchase(2, timestamp=time.time()))).exit_code == 3
    (letter,) = letters(run, keeping())
    assert letter["replay"] == "anew"
    still = run("replay", keeping())
    assert still.exit_code == 3
    assert "1 × rejected, left · still_rejected" in still.stdout
    assert [one["number"] for one in letters(run, keeping())] == [letter["number"]]
    result = run("replay", keeping(TIME_ELSEWHERE))
    assert result.exit_code == 0, result.output
    assert "1 event = 1 delivered" in result.stdout
    assert counted(emulator) == ["id-1", "id-2"]
    assert letters(run, keeping()) == []


def test_a_mapping_that_switches_a_record_off_ends_its_letter(run, emulator, keeping, events):
    run("send", keeping(), events(purchase(1)))
    off = keeping(f"  events:\n    {PURCHASE}: null\n")
    assert report(run("replay", off, "--dry-run", "--json"))["would_become"] == {"filtered": 1}
    result = run("replay", off)
    assert result.exit_code == 0, result.output
    assert "1 event = 1 filtered" in result.stdout
    assert (letters(run, off), ledger(emulator)) == ([], [])


def test_of_a_record_of_two_events_the_one_that_was_delivered_is_a_duplicate(run, emulator, keeping, events):
    emulator.admin("poison", {"event_ids": ["id-1"]})
    source = events(record(1, PURCHASE))
    assert run("send", keeping(TWO_EVENTS), source).exit_code == 3
    emulator.admin("reset")
    one_event = TWO_EVENTS.replace(", Purchase", "")
    assert run("send", keeping(one_event), source).exit_code == 0
    result = run("replay", keeping(TWO_EVENTS))
    assert result.exit_code == 0, result.output
    assert "1 delivered + 1 duplicate" in result.stdout
    assert [line["event"] for line in ledger(emulator)] == ["CompleteRegistration", "Purchase"]


@pytest.mark.parametrize("kept", ["true", "false"])
def test_in_test_mode_a_real_event_stays_a_dead_letter(run, emulator, keeping, events, kept):
    emulator.admin("poison", {"event_ids": ["id-1"]})
    path = keeping()
    text = path.read_text(encoding="utf-8").replace("keep_records: true", f"keep_records: {kept}")
    path.write_text(text, encoding="utf-8")
    run("send", path, events(record(1)))
    emulator.admin("reset")
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("settings:\n", "settings:\n  test_event_code: TEST12345\n"), encoding="utf-8"
    )
    told = run("replay", path)
    assert told.exit_code == 3
    assert "1 × refused, left · test_mode" in told.stdout
    assert (ledger(emulator), len(letters(run, path))) == ([], 1)
    path.write_text(text, encoding="utf-8")
    assert run("replay", path).exit_code == 0
    assert counted(emulator) == ["id-1"]


def test_letters_of_one_record_go_together(run, emulator, keeping, events):
    source = events(purchase(1), purchase(2))
    assert run("send", keeping(TWO_EVENTS), source).exit_code == 3
    assert len(letters(run, keeping())) == 4
    result = run("replay", keeping(TWO_EVENTS + TIME_ELSEWHERE), 1, "--json")
    told = report(result)
    assert (told["dead_letters"], told["replayed"]) == (2, 2)
    assert told["summary"]["outcomes"]["delivered"] == 2
    assert counted(emulator) == ["id-1", "id-1"]
    assert [one["outcome"]["record"] for one in letters(run, keeping())] == [2, 2]


def test_rows_of_one_order_are_made_anew_together(run, emulator, grouped):
    config, source = grouped("order-1", "order-1", "order-2")
    text = config.read_text(encoding="utf-8").replace("delivery:\n", "delivery:\n  keep_records: true\n")
    config.write_text(text, encoding="utf-8")
    emulator.admin("poison", {"event_ids": ["order-1"]})
    assert run("send", config, source).exit_code == 3
    emulator.admin("reset")
    (letter,) = letters(run, config)
    assert letter["outcome"]["rows"] == [1, 2]
    emulator.admin("poison", {"event_ids": ["order-1"]})
    assert run("replay", config).exit_code == 3
    (letter,) = letters(run, config)
    assert (letter["outcome"]["rows"], letter["outcome"]["line"]) == ([1, 2], 2)
    shown = run("dead-letters", "show", config, letter["number"], "--kept-record", "--json")
    assert len(json.loads(shown.stdout)["records"]) == 2
    emulator.admin("reset")
    assert run("replay", config).exit_code == 0
    assert counted(emulator) == ["order-1"]


def test_many_letters_are_moved_in_portions(run, emulator, keeping, events):
    assert run("send", keeping(), events(*map(purchase, range(1, 1203)))).exit_code == 3
    result = run("replay", keeping(TIME_ELSEWHERE), "--json")
    assert result.exit_code == 0, result.output
    assert report(result)["summary"]["outcomes"]["delivered"] == 1202
    assert len(set(counted(emulator))) == 1202


def test_what_cannot_be_written_down_stays_a_dead_letter(run, emulator, refused, outbox):
    outbox("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END")
    result = run("replay", refused)
    assert result.exit_code == 2
    assert "the outbox cannot be read or written" in result.stderr
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)
    outbox("DROP TRIGGER full")
    assert run("replay", refused).exit_code == 0
    assert counted(emulator) == ["id-2", "id-4"]


def test_a_letter_that_cannot_be_deleted_is_not_sent(run, emulator, refused, outbox):
    outbox("CREATE TRIGGER kept BEFORE DELETE ON dead_letters BEGIN SELECT RAISE(ABORT, 'kept'); END")
    assert run("replay", refused).exit_code == 2
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)


def test_what_a_signal_kept_from_the_outbox_stays_a_dead_letter(run, emulator, refused, monkeypatch):
    @contextmanager
    def asked_to_stop():
        stop = threading.Event()
        stop.set()
        yield stop

    with monkeypatch.context() as patch:
        patch.setattr(outbox_runs, "stop_on_signals", asked_to_stop)
        result = run("replay", refused)
    assert result.exit_code == 4
    assert "what was not replayed yet stays a dead letter" in result.stderr
    assert (ledger(emulator), len(letters(run, refused))) == ([], 2)
    assert run("replay", refused).exit_code == 0


def test_a_switched_off_destination_replays_nothing(run, emulator, refused, config):
    result = run("replay", config(enabled="false"))
    assert result.exit_code == 0
    assert "switched off" in result.stdout
    told = report(run("replay", config(enabled="false"), "--json"))
    assert (told["replayed"], told["summary"]["enabled"]) == (0, False)
    assert len(letters(run, config())) == 2


def test_nothing_of_a_person_is_shown(run, emulator, keeping, events):
    email = "canary.7731@leak.example"
    traits = {"page": {"url": "https://shop.example/"}, "traits": {"email": email}}
    emulator.admin("poison", {"event_ids": ["id-2", email]})
    run(
        "send",
        keeping(),
        events(
            purchase(1) | {"context": traits},
            record(2, context=traits),
            record(3, messageId=email),
            record(4, f"{email} signed in", timestamp=None),
        ),
    )
    for options in (["--dry-run"], ["--dry-run", "--json"], [], ["--json"]):
        result = run("replay", keeping(), *options)
        assert result.exit_code in (0, 3)
        assert email not in result.output
