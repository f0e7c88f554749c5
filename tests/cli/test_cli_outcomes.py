"""`outcomes`: the tally as a table whose sums come out, test events apart, and no datum in it."""

import json
import time

import pytest
from cli_testing import TOKEN, record
from test_cli_canaries import assert_clean, personal

FOLDER = ".tiktok-destination"


@pytest.fixture
def outcomes(run):
    def ask(path, *options):
        result = run("outcomes", path, *options, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask


@pytest.fixture
def sent(run, emulator, config, events):
    """Six entries: three delivered, one a copy of one of them, one rejected, one of an unknown name."""
    path = config()
    run(
        "send",
        path,
        events(
            record(1),
            record(2, "Order Completed"),
            record(3),
            record(1),
            record(4, timestamp="?"),
            record(5, "No Such Name"),
        ),
    )
    return path


def test_before_anything_is_sent_it_says_so_and_makes_nothing(run, emulator, config, tmp_path):
    result = run("outcomes", config())
    assert result.exit_code == 0
    assert "Nothing is kept of it yet" in result.stdout
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("by", ["event", "code", "hour", "day"])
def test_the_sums_come_out_however_it_is_divided(sent, outcomes, emulator, by):
    told = outcomes(sent, "--by", by)
    (receiver,) = told["receivers"]
    table = receiver["counted"]
    assert receiver["receiver"] == emulator.url
    assert table["outcomes"] == {"delivered": 3, "rejected": 1, "filtered": 1, "duplicate": 1}
    assert table["sum"] == 6 == sum(line["sum"] for line in table["lines"])
    assert all(line["sum"] == sum(line["outcomes"].values()) for line in table["lines"])


def test_by_event_each_name_has_a_line_and_unknown_ones_share_theirs(sent, outcomes):
    lines = {line["of"]: line["outcomes"] for line in outcomes(sent)["receivers"][0]["counted"]["lines"]}
    assert lines == {
        "CompleteRegistration": {"delivered": 2, "rejected": 1, "duplicate": 1},
        "Purchase": {"delivered": 1},
        "(unknown names)": {"filtered": 1},
    }


def test_by_code_what_has_none_has_a_line(sent, outcomes):
    table = outcomes(sent, "--by", "code")["receivers"][0]["counted"]
    assert {line["of"]: line["sum"] for line in table["lines"]} == {
        "(none)": 3,
        "duplicate": 1,
        "event_time_unreadable": 1,
        "event_unmapped": 1,
    }


def test_by_hour_and_day_the_moment_is_utc(sent, outcomes):
    (hour,) = outcomes(sent, "--by", "hour")["receivers"][0]["counted"]["lines"]
    (day,) = outcomes(sent, "--by", "day")["receivers"][0]["counted"]["lines"]
    assert hour["of"].endswith(":00:00Z")
    assert day["of"] == hour["of"][:10]


def test_what_is_older_is_left_out(sent, outcomes):
    assert outcomes(sent, "--since", str(int(time.time()) + 7200))["receivers"][0]["counted"]["sum"] == 0
    assert outcomes(sent, "--since", str(int(time.time()) - 7200))["receivers"][0]["counted"]["sum"] == 6


def test_the_table_is_aligned_and_has_sums(sent, run):
    lines = run("outcomes", sent).stdout.splitlines()
    table = lines[lines.index(next(line for line in lines if line.startswith("  event"))) :]
    assert table[0].split() == ["event", "delivered", "rejected", "filtered", "duplicate", "sum"]
    assert table[1].split() == ["CompleteRegistration", "2", "1", "1", "4"]
    assert table[-1].split() == ["sum", "3", "1", "1", "1", "6"]
    assert len({len(line) for line in table}) == 1


def test_test_events_are_counted_apart(run, emulator, config, events, outcomes):
    path = config()
    run("send", path, events(record(1), record(2, properties={"test_event_code": "TEST12345"})))
    (receiver,) = outcomes(path)["receivers"]
    assert receiver["counted"]["sum"] == 1
    assert receiver["test_events"]["outcomes"] == {"delivered": 1}
    assert "Test events, which count for nothing" in run("outcomes", path).stdout


@pytest.mark.usefixtures("emulator")
def test_no_datum_is_shown(run, config, events):
    path = config()
    run(
        "send",
        path,
        events(
            personal(1),
            personal(2, timestamp="?"),
            personal(3, event="kim@mail.example"),
            personal(4, event="Call +447700900731"),
        ),
    )
    for by in ("event", "code", "hour", "day"):
        for options in ([], ["--json"]):
            result = run("outcomes", path, "--by", by, *options)
            assert result.exit_code == 0
            assert_clean(result.stdout, result.stderr)
            assert TOKEN not in result.output
            assert "kim@mail.example" not in result.output
