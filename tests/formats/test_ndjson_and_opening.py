"""How NDJSON files become records, and how the format is told."""

import io
import os
import threading

import pytest

from tiktok_destination.formats import InputError, open_records
from tiktok_destination.formats.lines import MAX_LINE_BYTES


def read(tmp_path, content, name="events.ndjson"):
    path = tmp_path / name
    path.write_bytes(content)
    with open_records(str(path), io.BytesIO) as records:
        return [(line, record.fault.code if record.fault else record.body) for record, line in records]


CASES = [
    ("a line is a record, as it is", b'{"a":1}\n{ "b" : 2 }\n', [(1, b'{"a":1}'), (2, b'{ "b" : 2 }')]),
    ("blank lines are skipped and counted as lines", b'\n{"a":1}\n \r\n{"b":2}', [(2, b'{"a":1}'), (4, b'{"b":2}')]),
    ("a byte order mark is dropped", b'\xef\xbb\xbf{"a":1}\n', [(1, b'{"a":1}')]),
    ("broken JSON is the plan's to judge", b'{"a":\n{"b":2}\n', [(1, b'{"a":'), (2, b'{"b":2}')]),
    ("a line at the cap is read", b"{" + b"x" * (MAX_LINE_BYTES - 1) + b"\r\n", [(1, b"{" + b"x" * (MAX_LINE_BYTES - 1))]),
    ("a line beyond the cap is a fault and the next is read", b"{" + b"x" * MAX_LINE_BYTES + b"\n{}\n",
     [(1, "record_too_large"), (2, b"{}")]),
    ("a last line far beyond the cap", b'{}\n{"' + b"x" * (2 * MAX_LINE_BYTES), [(1, b"{}"), (2, "record_too_large")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_ndjson(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


@pytest.mark.parametrize(
    ("name", "content", "is_bytes"),
    [
        ("events.ndjson", b'{"a":1}\n', True),
        ("events.JSONL", b'{"a":1}\n', True),
        ("events.json", b'{"a":1}\n', True),
        ("events", b'\n  {"a":1}\n', True),
        ("events", b"a,b\n1,2\n", False),
        ("events.txt", b'"a",b\n1,2\n', False),
        ("events.csv", b'{"a",b\n1,2\n', False),
        ("events.csv", b"a,b\n{,2\n", False),
    ],
)
def test_the_name_decides_the_format_and_else_the_first_byte(tmp_path, name, content, is_bytes):
    [(_, body)] = read(tmp_path, content, name)
    assert isinstance(body, bytes) is is_bytes


@pytest.mark.parametrize("name", ["events.ndjson", "events.jsonl", "events", "events.txt"])
def test_a_first_line_that_is_no_object_does_not_hide_the_objects_after_it(tmp_path, name):
    lines = read(tmp_path, b'\nLoading profile\n {"a":1}\n{"b":2}\n', name)
    assert lines == [(2, b"Loading profile"), (3, b'{"a":1}'), (4, b'{"b":2}')]


def test_a_first_line_beyond_the_cap_does_not_hide_the_objects_after_it(tmp_path):
    lines = read(tmp_path, b"x" * (MAX_LINE_BYTES + 1) + b'\n{"a":1}\n', "events")
    assert lines == [(1, "record_too_large"), (2, b'{"a":1}')]


def test_a_missing_file_a_directory_and_a_nul_in_the_path_are_clear_errors(tmp_path):
    for path, problem in [
        (tmp_path / "none.csv", "no such file"),
        (tmp_path, "this is a directory"),
        (tmp_path / "a\0b", "reading failed"),
    ]:
        with pytest.raises(InputError, match=problem):
            open_records(str(path), io.BytesIO)


def test_an_unreadable_file_is_a_clear_error(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything")
    path = tmp_path / "secret.csv"
    path.write_bytes(b"a\n")
    path.chmod(0)
    with pytest.raises(InputError, match="may not be read"):
        open_records(str(path), io.BytesIO)


def test_a_live_pipe_is_followed_line_by_line():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(b'{"n":1}\n')
        with open_records("-", lambda: source) as records:
            assert records.size_bytes is None
            stream = iter(records)
            assert next(stream)[0].body == b'{"n":1}'
            later = threading.Timer(0.05, sink.write, [b'{"n":2}\n'])
            later.start()
            assert next(stream)[0].body == b'{"n":2}'
            later.join()


def test_progress_is_known_in_bytes(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_bytes(b"{}\n" * 100)
    with open_records(str(path), io.BytesIO) as records:
        assert records.size_bytes == 300
        list(records)
        assert records.bytes_read == 300
