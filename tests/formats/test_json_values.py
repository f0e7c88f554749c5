"""How JSON over several lines becomes records: arrays, and values one after the other."""

import io
import json
import os

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read, read_until_it_breaks

from tiktok_destination.formats import lines as lines_module
from tiktok_destination.formats import open_records
from tiktok_destination.formats.json_values import array_records
from tiktok_destination.formats.lines import MAX_LINE_BYTES, Lines

CASES = [
    ("elements are records, as they are", b'[{"a":1},{ "b" : 2 }]', [(1, b'{"a":1}'), (1, b'{ "b" : 2 }')]),
    ("a record's line is that on which it begins", b'[\n  {\n    "a": 1\n  },\n\n  {"b": 2}, {"c": 3}\n]\n',
     [(2, b'{\n    "a": 1\n  }'), (6, b'{"b": 2}'), (6, b'{"c": 3}')]),
    ("Windows line ends", b'[\r\n{"a":1},\r\n{"b":2}\r\n]\r\n', [(2, b'{"a":1}'), (3, b'{"b":2}')]),
    ("blank lines before the array", b'\n \n[{"a":1}]', [(3, b'{"a":1}')]),
    ("an array without elements holds no records", b"[ \n ]\n", []),
    ("elements that are no objects are the plan's to judge, in their place", b'[1, "x,]", null, [2, [3]], {"a":1}, -0.5]',
     [(1, b"1"), (1, b'"x,]"'), (1, b"null"), (1, b"[2, [3]]"), (1, b'{"a":1}'), (1, b"-0.5")]),
    ("brackets, quotes and backslashes inside strings are only characters", rb'[{"a":"}]\"[{\\"},{"b":"\\\\\""}]',
     [(1, rb'{"a":"}]\"[{\\"}'), (1, rb'{"b":"\\\\\""}')]),
    ("what is no JSON inside an element is that record's fault alone", b'[{"a":NaN},{"a":1e400},{"a":tru},{"b":2}]',
     [(1, b'{"a":NaN}'), (1, b'{"a":1e400}'), (1, b'{"a":tru}'), (1, b'{"b":2}')]),
    ("bytes that are not UTF-8 and NUL bytes stay in their record", b'[{"a":"\xff"},{"b":"\0"},{"c":3}]',
     [(1, b'{"a":"\xff"}'), (1, b'{"b":"\0"}'), (1, b'{"c":3}')]),
    ("an element at the cap is read", b'["' + b"x" * (MAX_LINE_BYTES - 2) + b'"]',
     [(1, b'"' + b"x" * (MAX_LINE_BYTES - 2) + b'"')]),
    ("an element beyond the cap is a fault and the next is read", b'[\n{"a":"' + b"x" * MAX_LINE_BYTES + b'"},\n{"b":2}]',
     [(2, "record_too_large"), (3, b'{"b":2}')]),
    ("an element far beyond the cap over many lines", b"[\n[" + b"1,\n" * (MAX_LINE_BYTES // 2) + b'1],\n{"b":2}]',
     [(2, "record_too_large"), (MAX_LINE_BYTES // 2 + 3, b'{"b":2}')]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_an_array(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


@pytest.mark.parametrize("name", ["events.json", "events", "events.ndjson", "events.txt"])
def test_an_array_is_told_by_its_bracket_whatever_the_name(tmp_path, name):
    assert read(tmp_path, b'[\n{"a":1}]', name) == [(2, b'{"a":1}')]


def test_a_file_that_is_called_csv_may_begin_with_a_bracket(tmp_path):
    assert read(tmp_path, b"[id],[name]\n1,2\n", "rows.csv") == [(2, {"[id]": "1", "[name]": "2"})]


VALUES = [
    ("objects over several lines", b'{\n  "a": 1\n}\n{\n  "b": 2\n}\n', [(1, b'{\n  "a": 1\n}'), (4, b'{\n  "b": 2\n}')]),
    ("a single object over several lines", b'{\n"a":\n1}', [(1, b'{\n"a":\n1}')]),
    ("other values between them", b'{\n"a":1} 17 "x"\n[2]\n{}', [(1, b'{\n"a":1}'), (2, b"17"), (2, b'"x"'), (3, b"[2]"), (4, b"{}")]),
    ("a word ends where the file does", b'{\n"a":1}\nnull', [(1, b'{\n"a":1}'), (3, b"null")]),
    ("two objects on the first line", b'{"a":1}{"b":2}\n{"c":3}', [(1, b'{"a":1}'), (1, b'{"b":2}'), (2, b'{"c":3}')]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES]
)
def test_values_one_after_the_other(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


def test_a_first_line_that_is_a_whole_object_makes_it_one_object_a_line(tmp_path):
    content = b'\n {"a":1} \n{"b":\n{"c":3}\n'
    assert read(tmp_path, content) == [(2, b'{"a":1}'), (3, b'{"b":'), (4, b'{"c":3}')]


def test_a_first_line_beyond_the_cap_makes_it_one_object_a_line(tmp_path):
    content = b'{"a":"' + b"x" * MAX_LINE_BYTES + b'"}\n{"b":2}\n'
    assert read(tmp_path, content) == [(1, "record_too_large"), (2, b'{"b":2}')]


def test_where_no_name_tells_a_brace_alone_on_its_line_begins_an_object_of_several(tmp_path):
    pretty, broken = b'{\n "a": 1\n}\n', b'{"a":\n{"b":2}\n'
    assert read(tmp_path, pretty, "events") == [(1, b'{\n "a": 1\n}')]
    assert read(tmp_path, broken, "events") == [(1, b'{"a":'), (2, b'{"b":2}')]
    assert read(tmp_path, pretty, "events.ndjson") == [(1, b"{"), (2, b'"a": 1'), (3, b"}")]


ONE = (1, b'{"a":1}')
BREAKS = [
    ("cut short after a comma", b'[{"a":1},', [ONE], "ends in the middle, after record 1"),
    ("cut short inside a record", b'[{"a":1},{"secret', [ONE], "ends in the middle, after record 1"),
    ("cut short inside a number", b"[12", [(1, b"12")], "ends in the middle, after record 1"),
    ("cut short before the first record", b"[", [], "ends in the middle, before its first record"),
    ("cut short behind a backslash", b'["\\', [], "ends in the middle, before its first record"),
    ("a missing comma", b'[{"a":1}\n{"secret":2}]', [ONE], "breaks after record 1, on line 2"),
    ("a comma too many", b'[{"a":1},\n]', [ONE], "breaks after record 1, on line 2"),
    ("two commas", b'[{"a":1},,{"b":2}]', [ONE], "breaks after record 1, on line 1"),
    ("text after the array", b'[{"a":1}]\nsecret', [ONE], "breaks after record 1, on line 2"),
    ("a bracket too many", b'[{"a":1}]]', [ONE], "breaks after record 1, on line 1"),
    ("a line of some program before the array", b"[INFO] secret\n[{}]", [(1, b"INFO")], "breaks after record 1, on line 1"),
    ("a comma between values", b'{\n"a":1},\n{"b":2}', [(1, b'{\n"a":1}')], "breaks after record 1, on line 2"),
    ("a value that is cut short", b'{\n"a":1}\n{"secret":', [(1, b'{\n"a":1}')], "ends in the middle, after record 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "kept", "problem"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS]
)
def test_where_records_cannot_be_told_apart_the_input_ends_with_what_was_before(
    tmp_path, content, kept, problem
):
    records, error = read_until_it_breaks(tmp_path, content)
    assert records == kept
    assert "events.json" in error
    assert problem in error
    assert "secret" not in error


def test_nesting_costs_nothing_however_deep(tmp_path):
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    assert read(tmp_path, b"[" + deep + b',\n{"b":2}]') == [(1, deep), (2, b'{"b":2}')]
    assert read_until_it_breaks(tmp_path, b"[" * 100_000)[0] == []


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(json_values, max_size=6), st.sampled_from([None, 0, 2]), st.booleans(), st.integers(1, 9))
def test_the_values_are_those_of_a_json_library_however_the_text_comes(values, indent, ascii_only, size):
    text = json.dumps(values, indent=indent, ensure_ascii=ascii_only, separators=(",", ": ")).encode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines_module, "_PIECE_BYTES", size)
        records = list(array_records(Lines(io.BytesIO(text)), "events.json"))
    assert [msgspec.json.decode(record.body) for record, _ in records] == values
    physical = text.split(b"\n")
    for record, line in records:
        assert record.body.split(b"\n")[0] in physical[line - 1]


def test_a_live_array_is_followed_value_by_value():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(b'[{"n":1},\n')
        with open_records("-", lambda: source) as records:
            stream = iter(records)
            assert next(stream)[0].body == b'{"n":1}'
            sink.write(b'{"n":2}')
            assert next(stream)[0].body == b'{"n":2}'
            sink.write(b"]")
            sink.close()
            assert next(stream, None) is None
