"""`--sort`: rows of one order that stand apart become one entry, in the order of the first rows, on disk."""

import json
import subprocess
import sys
import threading

import pytest
from cli_testing import lines_of

from plugin_spec import Note, Record
from tiktok_destination.cli.sorting import side_by_side
from tiktok_destination.formats import InputError
from tiktok_destination.hosting.intake import Origin


def key_of(record):
    return record.body.get("key") if isinstance(record.body, dict) else None


def test_records_of_one_key_stand_together_and_entries_keep_the_order_of_their_first_rows():
    bodies = [
        {"key": b"b"},
        b"alone",
        {"key": b"a", "value": 1.5},
        {"key": b"b", "more": None},
        {"key": b"a"},
    ]
    numbered = [(Record(at, body), at + 10) for at, body in enumerate(bodies, 1)]
    numbered.append((Record(6, b"", fault=Note("ragged_row")), 16))
    found = list(side_by_side(numbered, key_of))
    assert [record.position for record, _ in found] == [1, 2, 3, 4, 5, 6]
    assert [origin for _, origin in found] == [Origin(at, at + 10) for at in (1, 4, 2, 3, 5, 6)]
    assert [record.body for record, _ in found] == [bodies[at] for at in (0, 3, 1, 2, 4)] + [b""]
    assert found[-1][0].fault == Note("ragged_row")


def test_what_breaks_the_input_comes_after_all_records_before_it():
    def breaking():
        yield Record(1, b"{}"), 1
        raise InputError("x", "broke", "mend it")

    records = side_by_side(breaking(), key_of)
    assert next(records)[1] == Origin(1, 1)
    with pytest.raises(InputError, match="broke"):
        next(records)


def test_a_run_that_ends_early_leaves_the_sorted_rows_from_any_thread():
    records = side_by_side([(Record(at, b"{}"), at) for at in range(1, 9)], key_of)
    reader = threading.Thread(target=next, args=(records,))
    reader.start()
    reader.join()
    records.close()
    assert list(records) == []


def test_rows_that_stand_apart_are_two_entries_unsorted_and_one_sorted(run, grouped, emulator, tmp_path):
    config, source = grouped("A", "B", "A", "C", "B")
    apart = json.loads(run("send", config, source, "--json").stdout)
    assert (apart["entries"], apart["outcomes"]["duplicate"]) == (5, 2)
    emulator.admin("reset")
    outcomes = tmp_path / "outcomes.ndjson"
    sorted_ = json.loads(
        run("send", config, source, "--sort", "--json", "--outcomes", outcomes, "--force").stdout
    )
    assert (sorted_["records_read"], sorted_["records_accounted"], sorted_["entries"]) == (5, 5, 3)
    assert sorted_["outcomes"]["delivered"] == 3
    told = lines_of(outcomes.read_text(encoding="utf-8"))
    assert [(line["record"], line["line"], line.get("rows")) for line in told] == [
        (1, 2, [1, 3]),
        (2, 3, [2, 5]),
        (4, 5, None),
    ]


def test_a_preview_can_be_sorted_as_well(run, grouped):
    config, source = grouped("A", "B", "A")
    told = lines_of(run("preview", config, source, "--sort", "--now", "2026-11-21T00:00:00Z").stdout)
    assert [line.get("rows") for line in told] == [[1, 3], None]
    assert len(told[0]["request"]["data"][0]["properties"]["contents"]) == 2


_SORT_MUCH = """\
import resource
from plugin_spec import Record
from tiktok_destination.cli.sorting import side_by_side
body = b"x" * 2000
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
numbered = ((Record(at, body), at) for at in range(1, 60_001))
count = sum(1 for _ in side_by_side(numbered, lambda record: (record.position % 7_919).to_bytes(4)))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_sorting_keeps_to_a_bounded_memory():
    done = subprocess.run([sys.executable, "-c", _SORT_MUCH], capture_output=True, text=True, check=True)
    count, grown_kib = map(int, done.stdout.split())
    assert count == 60_000
    assert grown_kib < 60 * 1024, "120 MB of records were sorted"
