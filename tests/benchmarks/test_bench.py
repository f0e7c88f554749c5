"""The benchmark runs, and what it compares is the same work. No test here looks at a clock."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from benchmarks import events, floor, inputs, measure, naive, plans, report, startup
from plugin_spec import Prepared, Record

COUNT = 600
HARMLESS = {"currency_defaulted", "event_deprecated"}
"""Notes of events that are as they should be."""


def prepared(plan, bodies):
    return list(plan.prepare((Record(at, body) for at, body in enumerate(bodies, start=1)), events.NOW))


@pytest.fixture(scope="module")
def track_lines():
    return list(events.track_lines(7, COUNT))


@pytest.fixture(scope="module")
def rows():
    return [
        {column: value for column, value in row.items() if value is not None} for row in events.rows(7, COUNT)
    ]


def compare(entries, mapped):
    """The fit entries, each with the event made by hand."""
    fit = [
        (entry, event)
        for entry, event in zip(entries, mapped, strict=True)
        if isinstance(entry, Prepared) and {note.code for note in entry.notes} <= HARMLESS
    ]
    assert len(fit) > 0.9 * len(entries)
    for entry, event in fit:
        assert event is not None
        assert json.loads(event) == json.loads(entry.body)


@pytest.mark.parametrize("made", [plans.plan, plans.interpreted])
def test_the_mapper_by_hand_makes_the_plans_events_of_calls(track_lines, made):
    compare(prepared(made("segment"), track_lines), naive.track_events(track_lines))


@pytest.mark.parametrize("made", [plans.plan, plans.interpreted])
def test_the_mapper_by_hand_makes_the_plans_events_of_rows(rows, made):
    compare(prepared(made("amperity"), rows), naive.row_events(rows))


def test_rows_as_texts_are_the_same_events(rows):
    texts = [{column: str(row.get(column, "")) for column in events.COLUMNS} for row in rows]
    compare(prepared(plans.plan("amperity"), texts), naive.row_events(texts))


def test_the_same_seed_gives_the_same_events(track_lines):
    assert list(events.track_lines(7, COUNT)) == track_lines
    assert list(events.track_lines(8, COUNT)) != track_lines
    assert len(set(track_lines)) == COUNT


def test_calls_are_as_varied_as_a_shops(track_lines):
    assert 2_000 < sum(map(len, track_lines)) / COUNT < 2_600
    text = b"\n".join(track_lines)
    for wanted in (
        b'"type":"page"',
        b"Promotion Viewed",
        "Łukasz".encode(),
        b'"phone":"+44',
        b'"country":"JP"',
    ):
        assert wanted in text
    entries = prepared(plans.plan("segment"), track_lines)
    unfit = [entry for entry in entries if not isinstance(entry, Prepared)]
    assert {"event_unmapped", "unreadable_record", "event_time_missing"} <= {entry.code for entry in unfit}
    bodies = [entry.body for entry in entries if isinstance(entry, Prepared)]
    assert 0 < sum(b'"email"' in body for body in bodies) < len(bodies)


@pytest.mark.parametrize(("preset", "of"), [("segment", "track_lines"), ("amperity", "rows")])
def test_the_input_type_takes_fit_records(preset, of, request):
    decoder = msgspec.json.Decoder(plans.input_type(preset))
    taken = 0
    for record in request.getfixturevalue(of):
        try:
            decoder.decode(record if isinstance(record, bytes) else msgspec.json.encode(record))
        except msgspec.MsgspecError:
            continue
        taken += 1
    assert taken > 0.9 * COUNT


def test_the_floor_hashes_what_the_plan_hashes():
    program = (
        "from benchmarks import floor, events\n"
        "with floor.recorded_hashes() as recorded:\n"
        "    from plugin_spec import Record\n"
        "    from benchmarks import plans\n"
        "    plan = plans.plan('segment')\n"
        "    recorded.clear()\n"
        "    lines = list(events.track_lines(7, 50))\n"
        "    bodies = [entry.body for entry in plan.prepare(map(Record, range(50), lines), events.NOW)"
        " if hasattr(entry, 'body')]\n"
        "floor.check_all_seen(recorded, lines, bodies)\n"
        "try:\n"
        "    floor.check_all_seen([], lines, bodies)\n"
        "except RuntimeError:\n"
        "    print(len(recorded) / len(bodies))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 3 < float(done.stdout) < 8


def test_hashes_cannot_be_recorded_too_late():
    assert plans.plan("segment")
    with pytest.raises(RuntimeError, match="too late"), floor.recorded_hashes():
        pass


def test_the_benchmark_runs_and_writes_its_figures(tmp_path):
    path = tmp_path / "bench.json"
    command = [sys.executable, "-m", "benchmarks", "--events", "60", "--rounds", "1", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    run = json.loads(path.read_text(encoding="utf-8"))
    assert set(run["us_per_event"]) == set(measure.VARIANTS)
    assert set(run["start_cpu_s"]) == set(startup.COMMANDS) == set(report.STARTS)
    for above, below, _ in report.TARGETS:
        assert f"{above} / {below}" in done.stdout
    assert all(held["median"] > 0 for held in run["us_per_event"].values())


def test_a_ratio_is_of_one_round_and_its_median_of_all():
    plain = {name: {"all": 1.0} for name in (*measure.VARIANTS, *startup.COMMANDS)}
    rounds = [plain | {"segment prepare": {"all": value}} for value in (2.0, 9.0, 3.0)]
    ratio = report.summary(rounds, 10)["ratios"][0]
    assert (ratio["median"], ratio["least"], ratio["most"]) == (3.0, 2.0, 9.0)


def test_inputs_are_kept_and_belong_to_no_release():
    assert inputs.track_file(60).read_bytes() == inputs.track_file(60).read_bytes()
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8")
    assert "benchmarks/.cache/" in ignored
    assert "benchmarks/.results/" in ignored
