"""The commands read every format to the same outcomes, and end with one clear message where they cannot."""

import gzip
import json
import subprocess

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from cli_testing import lines_of, record

RECORDS = [{**record(number), "timestamp": 1_795_168_800 + number} for number in range(1, 301)]
NOW = ("--now", "2026-11-20T12:00:00Z")


def packed_with_zstd(content):
    return zstandard.ZstdCompressor().compress(content)


def ndjson():
    return "".join(f"{json.dumps(one)}\n" for one in RECORDS).encode()


def parquet():
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(RECORDS), sink)
    return sink.getvalue().to_pybytes()


WRITTEN = {
    "an array": ("events.json", lambda: json.dumps(RECORDS).encode()),
    "an array over many lines": ("events.json", lambda: json.dumps(RECORDS, indent=2).encode()),
    "values over many lines": (
        "events.json",
        lambda: "\n".join(json.dumps(one, indent=2) for one in RECORDS).encode(),
    ),
    "gzip": ("events.ndjson.gz", lambda: gzip.compress(ndjson())),
    "zstd": ("events.ndjson.zst", lambda: packed_with_zstd(ndjson())),
    "UTF-16": ("events.ndjson", lambda: ndjson().decode().encode("utf-16")),
    "Parquet": ("events.parquet", parquet),
    "Parquet in gzip": ("events.parquet.gz", lambda: gzip.compress(parquet())),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_every_format_comes_to_the_events_of_ndjson(run, spawn, config, tmp_path, written):
    name, write = WRITTEN[written]
    plain, source = tmp_path / "plain.ndjson", tmp_path / name
    plain.write_bytes(ndjson())
    source.write_bytes(write())
    expected = lines_of(run("preview", config(), plain, *NOW).stdout)
    assert {line["outcome"] for line in expected} == {"pending"}
    without_line = [{key: value for key, value in line.items() if key != "line"} for line in expected]

    result = run("preview", config(), source, *NOW)
    assert result.exit_code == 0
    told = lines_of(result.stdout)
    assert [{key: value for key, value in line.items() if key != "line"} for line in told] == without_line
    lines = [line["line"] for line in told]
    assert lines == sorted(lines)

    process = spawn("preview", config(), "-", *NOW, stdin=subprocess.PIPE)
    out, _ = process.communicate(source.read_bytes())
    assert process.returncode == 0
    assert lines_of(out.decode()) == told


def test_sending_an_array_accounts_for_every_record(run, emulator, config, tmp_path):
    source, outcomes = tmp_path / "events.json.gz", tmp_path / "outcomes.ndjson"
    records = [record(1), 17, record(2), {"type": "track"}]
    source.write_bytes(gzip.compress(json.dumps(records, indent=1).encode()))
    result = run("send", config(), source, "--outcomes", outcomes, "--json")
    assert result.exit_code == 3
    assert [(line["record"], line["outcome"], line.get("code")) for line in lines_of(outcomes.read_text())] == [
        (1, "delivered", None),
        (2, "rejected", "unreadable_record"),
        (3, "delivered", None),
        (4, "rejected", "event_name_missing"),
    ]  # fmt: skip


CUT_SHORT = [
    ("cut.json", json.dumps(RECORDS)[:-2].encode(), "the JSON ends in the middle, after record 299"),
    ("cut.ndjson.gz", gzip.compress(ndjson())[:-8], "the gzip data ends in the middle"),
    ("cut.ndjson.zst", packed_with_zstd(ndjson()) + b"\x28\xb5\x2f\xfd", "the zstd data ends in the middle"),
    ("cut.ndjson", ndjson().decode().encode("utf-16")[:-1], "ends in the middle of a character"),
]  # fmt: skip


@pytest.mark.parametrize("case", CUT_SHORT, ids=lambda case: case[0])
def test_an_input_that_breaks_half_way_is_accounted_for_up_to_there(run, emulator, config, tmp_path, case):
    name, content, problem = case
    (tmp_path / name).write_bytes(content)
    result = run("send", config(), tmp_path / name)
    assert result.exit_code == 2
    assert problem in result.stderr
    assert "every record up to" in result.stderr
    assert "user-" not in result.output
    result = run("preview", config(), tmp_path / name)
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.parquet", b"PAR1...."),
        ("export.json", b"PK\x03\x04...."),
        ("empty.json.gz", gzip.compress(b"")),
        ("empty.json", b"\xef\xbb\xbf\n"),
    ],
    ids=["Parquet", "a spreadsheet", "gzip of nothing", "a mark alone"],
)
def test_an_input_that_cannot_be_read_at_all_is_one_clear_message(run, config, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    for command in ("preview", "send"):
        result = run(command, config(), tmp_path / name)
        assert (result.exit_code, result.stdout, len(result.stderr.splitlines())) == (2, "", 1)
        assert name in result.stderr


def test_odd_records_of_an_array_have_their_outcomes_with_their_lines(run, config, tmp_path):
    odd = [
        b'{"event":"\\ud800"}',
        b'{"a":NaN}',
        b'{"a":1e400}',
        b'{"a":"\xff"}',
        b'{"a":"\0"}',
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"type":"track","event":"A","event":"B","messageId":' + b"9" * 10_000 + b"}",
        b"[]",
    ]
    (tmp_path / "odd.json").write_bytes(b"[\n" + b",\n".join(odd) + b"\n]")
    result = run("preview", config(), tmp_path / "odd.json", *NOW)
    assert result.exit_code == 3
    told = lines_of(result.stdout)
    assert [(line["record"], line["line"], line["outcome"]) for line in told] == [
        (number, number + 1, "rejected") for number in range(1, len(odd) + 1)
    ]


def test_a_parquet_file_of_which_no_rule_reads_a_column_is_the_wrong_file(run, config, tmp_path):
    pq.write_table(pa.table({"EVENT": ["x"]}), tmp_path / "rows.parquet")
    result = run("preview", config(), tmp_path / "rows.parquet")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "letter case counts: it has EVENT for event" in result.stderr


def test_a_preview_of_packed_input_into_a_pipe_that_closes_ends_quietly(spawn, config, tmp_path):
    source = tmp_path / "events.json.gz"
    source.write_bytes(gzip.compress(json.dumps(RECORDS * 5).encode()))
    process = spawn("preview", config(), source)
    assert process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate()
    assert process.returncode == 0
    assert err == b""
