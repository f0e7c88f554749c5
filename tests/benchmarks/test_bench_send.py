"""The benchmark of sending runs over loopback, and every record has its outcome. No test here looks at a clock."""

import json
import subprocess
import sys

import pytest

from benchmarks import inputs, send
from benchmarks.sending import STAGES


def test_it_sends_every_record_and_writes_its_figures(tmp_path):
    path = tmp_path / "send.json"
    command = [sys.executable, "-m", "benchmarks.send", "--records", "1500", "--json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    run = json.loads(path.read_text(encoding="utf-8"))
    assert set(run["stages"]) == set(STAGES)
    assert {told["records"] for told in run["stages"].values()} == {1500}
    whole = run["stages"]["send"]
    assert whole["requests"] >= 2
    assert 1_400 < whole["delivered"] < 1_500
    assert set(whole["cpu_by_stage_s"]) == {
        "digest",
        "reading and prepare",
        "delivery",
        "closing the books",
        "HTTP",
    }
    assert whole["books_mb"] > 0
    assert "throughput to that of prepare alone" in done.stdout


def test_a_long_file_repeats_events_under_other_ids(monkeypatch, tmp_path):
    monkeypatch.setattr(inputs, "CACHE", tmp_path)
    monkeypatch.setattr(inputs, "_BLOCK", 40)
    lines = inputs.lines_of(inputs.long_track_file(100))
    ids = [event["messageId"] for event in map(whole_event, lines) if event]
    assert len(lines) == 100
    assert len(ids) == len(set(ids)) > 80


def whole_event(line):
    try:
        return json.loads(line)
    except ValueError:
        return None


@pytest.mark.parametrize(("alone_s", "whole_s", "share"), [(2.0, 2.5, 0.8), (1.0, 4.0, 0.25)])
def test_the_share_is_of_the_throughput(alone_s, whole_s, share):
    alone = {"records": 100, "wall_s": alone_s, "cpu_s": alone_s, "peak_mb": 30.0}
    run = send.summary({"prepare": alone, "send": alone | {"wall_s": whole_s, "peak_mb": 100.0}})
    assert run["share_of_prepare_alone"]["is"] == pytest.approx(share)
