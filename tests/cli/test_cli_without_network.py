"""validate, preview and explain: nothing is sent, and no token is needed to see what would be."""

import json
import subprocess

import pytest
from cli_testing import SAMPLES, lines_of, record

NOW = ("--now", "2026-11-20T12:00:00Z")
NO_TOKEN = {"TIKTOK_ACCESS_TOKEN": None}


def test_a_good_configuration_is_called_good(run, config):
    result = run("validate", config())
    assert result.exit_code == 0
    assert "shop.yaml: good. test-shop sends to TikTok Events API." in result.stdout


def test_every_fault_is_named_with_its_place(run, config):
    path = config()
    path.write_text(
        path.read_text(encoding="utf-8") + "  presett: segment\nsettingss: {}\n", encoding="utf-8"
    )
    result = run("validate", path)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"{path}:14:3: mapping.presett: " in result.stderr
    assert f"{path}:15:1: settingss: " in result.stderr


def test_a_missing_token_is_named_by_every_command(run, config, events):
    path, source = config(), events(record(1))
    for arguments in (
        ["validate", path],
        ["preview", path, source],
        ["explain", path, source, "--record", 1],
        ["send", path, source],
    ):
        result = run(*arguments, env=NO_TOKEN)
        assert result.exit_code == 2
        assert "TIKTOK_ACCESS_TOKEN" in result.stderr


def test_validate_speaks_json(run, config):
    path = config()
    report = json.loads(run("validate", path, "--json").stdout)
    assert report["good"]
    assert {"source", "target", "origin"} == set(report["field_rules"][0])
    path.write_text("version: 2\n", encoding="utf-8")
    result = run("validate", path, "--json")
    assert result.exit_code == 2
    report = json.loads(result.stdout)
    assert not report["good"]
    assert report["faults"]


def test_a_switched_off_destination_is_said_to_be(run, config):
    assert "switched off" in run("validate", config(enabled="false")).stdout


def test_preview_shows_the_request_that_would_carry_each_event(run, config, events):
    result = run("preview", config(), events(record(1), record(2)))
    first, second = lines_of(result.stdout)
    assert (first["outcome"], first["code"], first["line"]) == ("pending", "preview", 1)
    assert first["request"]["event_source_id"] == "C0PIXELCODE00000001A"
    assert [event["event_id"] for event in first["request"]["data"]] == ["id-1"]
    assert [event["event_id"] for event in second["request"]["data"]] == ["id-2"]


def test_preview_keeps_stdout_for_entries_and_puts_words_on_stderr(run, config, events):
    result = run("preview", config(), events(record(1), record(2, "Who Knows")))
    assert all(line.startswith("{") for line in result.stdout.splitlines())
    assert "2 records = " in result.stderr
    assert "Event names that no rule maps" in result.stderr


def test_a_second_copy_in_the_input_is_a_duplicate_and_has_no_request(run, config, events):
    once = record(1)
    lines = lines_of(run("preview", config(), events(once, once)).stdout)
    assert [line["outcome"] for line in lines] == ["pending", "duplicate"]
    assert "request" not in lines[1]


def test_a_copy_with_other_content_is_told_from_one_with_the_same(run, config, events):
    once = record(1)
    other = once | {"userId": "user-2"}
    lines = lines_of(run("preview", config(), events(once, once, other)).stdout)
    assert [line["code"] for line in lines] == ["preview", "duplicate", "copy_differs"]
    assert "other content" in lines[2]["reason"]


@pytest.mark.parametrize(("kind", "code"), [("good", 0), ("rejected", 3), ("expired", 3), ("filtered", 0)])
def test_preview_exit_codes(run, config, events, kind, code):
    records = {
        "good": record(1),
        "rejected": record(1, timestamp=None),
        "expired": record(1, timestamp="2020-01-01T00:00:00Z"),
        "filtered": record(1, "Who Knows"),
    }
    assert run("preview", config(), events(records[kind])).exit_code == code


def test_now_is_the_moment_of_judging(run, config, events):
    source = events(record(1, timestamp="2026-11-01T00:00:00Z"))
    outcomes = [
        lines_of(run("preview", config(), source, "--now", now).stdout)[0]["outcome"]
        for now in ("2026-11-02T00:00:00Z", "2026-12-15T00:00:00Z", "2026-10-15T00:00:00Z")
    ]
    assert outcomes == ["pending", "expired", "rejected"]


def test_limit_reads_the_first_records_only(run, config, events):
    result = run("preview", config(), events(*(record(number) for number in range(1, 9))), "--limit", 3)
    assert [line["record"] for line in lines_of(result.stdout)] == [1, 2, 3]
    assert "3 records read" in result.stderr


ROWS = ("order-1", "order-1", "order-1", "order-2", "order-2", "order-3")


@pytest.mark.parametrize(
    ("limit", "entries", "read"),
    [
        (1, [[1, 2, 3]], 3),
        (2, [[1, 2, 3]], 3),
        (3, [[1, 2, 3]], 3),
        (4, [[1, 2, 3], [4, 5]], 5),
        (6, [[1, 2, 3], [4, 5], [6]], 6),
        (99, [[1, 2, 3], [4, 5], [6]], 6),
    ],
)
def test_limit_never_cuts_an_order_of_several_rows(run, grouped, limit, entries, read):
    config, source = grouped(*ROWS)
    result = run("preview", config, source, "--limit", limit, *NOW)
    assert result.exit_code == 0
    assert [line.get("rows", [line["record"]]) for line in lines_of(result.stdout)] == entries
    assert f"{read} records read" in result.stderr
    assert "not judged yet" not in result.stderr


def test_limit_waits_for_no_record_that_it_does_not_need(spawn, config):
    process = spawn("preview", config(), "-", "--limit", 1, stdin=subprocess.PIPE)
    process.stdin.write(json.dumps(record(1)).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.read())["event_id"] == "id-1"  # standard input is still open
    assert process.wait() == 0


def test_a_fault_of_the_file_stands_on_its_record(run, config, tmp_path):
    source = tmp_path / "rows.csv"
    source.write_bytes(b'type,event,messageId,timestamp,userId\ntrack,Signed Up\n"x"y\n\xff,a,b,c,d\n')
    lines = lines_of(run("preview", config(), source).stdout)
    assert [(line["line"], line["outcome"], line["code"]) for line in lines] == [
        (2, "rejected", "ragged_row"),
        (3, "rejected", "bad_quoting"),
        (4, "rejected", "undecodable"),
    ]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("ERROR: Access denied", "no rule reads any of its columns (ERROR: Access denied); the rules read event, "),
        ("EVENT_ID,TIMESTAMP,PAGE_URL", "letter case counts: it has EVENT_ID for event_id, TIMESTAMP for timestamp"),
        ("jane%40shop.example,4155552671", "columns ((withheld), (withheld)); the rules"),
        (",".join(f"column{number}" for number in range(1, 12)), "column9, column10, …); the rules"),
    ],
)  # fmt: skip
def test_a_csv_file_of_which_no_rule_reads_a_column_is_the_wrong_file(run, grouped, header, said):
    config, source = grouped()
    outcomes = source.with_name("outcomes.ndjson")
    outcomes.write_text("precious\n", encoding="utf-8")
    for name in ("rows.csv", "rows"):
        source = source.with_name(name)
        source.write_text(f"{header}\n{',' * header.count(',')}x\n", encoding="utf-8")
        for command in (["preview"], ["explain", "--record", 1], ["send", "--outcomes", outcomes]):
            result = run(*command, config, source)
            assert result.exit_code == 2
            assert result.stdout == ""
            assert len(result.stderr.splitlines()) == 1
            assert said in result.stderr
            assert "mapping.fields" in result.stderr
    assert outcomes.read_text(encoding="utf-8") == "precious\n"


def test_a_header_that_fits_without_rows_is_a_good_run(run, grouped):
    config, source = grouped()
    result = run("preview", config, source)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "0 records read" in result.stderr


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("none.csv", None, "no such file"),
        ("empty.ndjson", b"", "the input is empty"),
        (
            "export.xlsx",
            b"PK\x03\x04...",
            "CSV, NDJSON, JSON and Parquet are read, also packed with gzip or zstd",
        ),
        (".", None, "this is a directory"),
    ],
)
def test_an_unusable_input_is_exit_code_2(run, config, name, content, problem):
    path = config().parent / name
    if content is not None:
        path.write_bytes(content)
    for command in ("preview", "send"):
        result = run(command, config(), path)
        assert result.exit_code == 2
        assert problem in result.stderr


def test_preview_reads_standard_input_and_follows_it(spawn, config):
    process = spawn("preview", config(), "-", stdin=subprocess.PIPE)
    out, _ = process.communicate(json.dumps(record(1)).encode() + b"\n")
    assert process.returncode == 0
    assert json.loads(out)["event_id"] == "id-1"


def test_preview_into_a_pipe_that_closes_ends_quietly(spawn, config, events):
    process = spawn("preview", config(), events(*(record(number) for number in range(1, 1_500))))
    assert process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate()
    assert process.returncode == 0
    assert err == b""


def test_explain_tells_source_steps_and_why_a_field_is_empty(run):
    result = run(
        "explain", SAMPLES / "segment-web.yaml", SAMPLES / "segment-web.ndjson", "--record", 14, *NOW
    )
    assert result.exit_code == 0
    assert "rule      Form Submitted → Lead" in result.stdout
    assert "← context.traits.email · trimmed, lower-cased, SHA-256" in result.stdout
    assert "Not one public IP address" in result.stdout
    assert "looked at context.locale" in result.stdout


def test_explain_prints_the_code_of_a_plan(run):
    result = run("explain", SAMPLES / "segment-auto.yaml", "--plan")
    assert result.exit_code == 0
    for source in ("web", "app"):
        assert f"def {source}_entries(" in result.stdout
    compile(result.stdout, "the plan", "exec")


def test_explain_asks_for_an_input_and_a_record(run):
    config, records = SAMPLES / "segment-web.yaml", SAMPLES / "segment-web.ndjson"
    assert "INPUT" in run("explain", config).stderr
    assert "--record" in run("explain", config, records).stderr


def test_explain_finds_a_row_inside_its_group(run):
    result = run(
        "explain",
        SAMPLES / "amperity-offline.yaml",
        SAMPLES / "amperity-offline.csv",
        "--record",
        3,
        *NOW,
        "--json",
    )
    [story] = json.loads(result.stdout)
    assert (story["outcome"]["record"], story["outcome"]["rows"]) == (1, [1, 2, 3])


def test_explain_tells_every_event_of_a_record(run):
    sample = SAMPLES / "events-and-conditions"
    result = run("explain", f"{sample}.yaml", f"{sample}.ndjson", "--record", 2, *NOW, "--json")
    assert [story["outcome"]["event"] for story in json.loads(result.stdout)] == ["Lead", "Subscribe"]


def test_explain_and_preview_agree_about_a_copy(run):
    sample = SAMPLES / "segment-web"
    result = run("explain", f"{sample}.yaml", f"{sample}.ndjson", "--record", 4, *NOW, "--json")
    assert json.loads(result.stdout)[0]["outcome"]["outcome"] == "duplicate"


def test_a_record_that_is_not_there_is_exit_code_2(run, config, events):
    result = run("explain", config(), events(record(1)), "--record", 2)
    assert result.exit_code == 2
    assert "there is no record 2; the last is 1" in result.stderr
