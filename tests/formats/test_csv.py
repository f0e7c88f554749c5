"""How CSV files become records."""

import io

import pytest

from tiktok_destination.formats import InputError, open_records
from tiktok_destination.formats.lines import MAX_LINE_BYTES


def read(tmp_path, content, name="rows.csv"):
    path = tmp_path / name
    path.write_bytes(content)
    with open_records(str(path), io.BytesIO) as records:
        return [
            (line, record.fault.code if record.fault else dict(record.body))
            for position, (record, line) in enumerate(records, 1)
            if record.position == position
        ]


CASES = [
    ("a row is one dict of strings", b"a,b\n1,2\n", [(2, {"a": "1", "b": "2"})]),
    ("a byte order mark is not part of a name", b"\xef\xbb\xbfa,b\n1,2\n", [(2, {"a": "1", "b": "2"})]),
    ("Windows line ends", b"a,b\r\n1,2\r\n", [(2, {"a": "1", "b": "2"})]),
    ("no line break at the end", b"a,b\n1,2", [(2, {"a": "1", "b": "2"})]),
    ("empty cells stay empty strings", b"a,b\n,\n", [(2, {"a": "", "b": ""})]),
    ("cells are not trimmed", b"a,b\n 1 ,2\n", [(2, {"a": " 1 ", "b": "2"})]),
    ("column names are trimmed", b" a ,b\n1,2\n", [(2, {"a": "1", "b": "2"})]),
    ("blank lines are no records but are counted as lines", b"\na,b\n\n1,2\n  \n3,4\n",
     [(4, {"a": "1", "b": "2"}), (6, {"a": "3", "b": "4"})]),
    ("a quoted line break belongs to the cell", b'a,b\n"x\ny",2\n3,4\n',
     [(2, {"a": "x\ny", "b": "2"}), (4, {"a": "3", "b": "4"})]),
    ("doubled quotes are one quote", b'a,b\n"x""y",2\n', [(2, {"a": 'x"y', "b": "2"})]),
    ("a quote inside an open cell is only a character", b'a,b\n5" pipe,2\n', [(2, {"a": '5" pipe', "b": "2"})]),
    ("a short row is ragged", b"a,b\n1\n3,4\n", [(2, "ragged_row"), (3, {"a": "3", "b": "4"})]),
    ("a long row is ragged", b"a,b\n1,2,3\n3,4\n", [(2, "ragged_row"), (3, {"a": "3", "b": "4"})]),
    ("bytes that are not UTF-8 spoil their row only", b"a,b\n\xff,2\n3,4\n",
     [(2, "undecodable"), (3, {"a": "3", "b": "4"})]),
    ("a NUL is a character of its cell", b"a,b\n\x00,2\n", [(2, {"a": "\0", "b": "2"})]),
    ("text after a closing quote is a fault", b'a,b\n"x"y,2\n3,4\n', [(2, "bad_quoting"), (3, {"a": "3", "b": "4"})]),
    ("a quote that never closes is a fault", b'a,b\n1,2\n"x,2\n', [(2, {"a": "1", "b": "2"}), (3, "bad_quoting")]),
    ("a quote that never closes costs its own line alone", b'a,b\n1,"x\n3,4\n5,"y, z"\n6,7\n',
     [(2, "bad_quoting"), (3, {"a": "3", "b": "4"}), (4, {"a": "5", "b": "y, z"}), (5, {"a": "6", "b": "7"})]),
    ("a quote that is open at the end of the file costs its own line alone", b'a,b\n"1,2\n\n3,4\n',
     [(2, "bad_quoting"), (4, {"a": "3", "b": "4"})]),
    ("several quotes that never close", b'a,b\n1,"x\n2,"y\n3,4\n5,"z\n',
     [(2, "bad_quoting"), (3, "bad_quoting"), (4, {"a": "3", "b": "4"}), (5, "bad_quoting")]),
    ("a cell of several lines after a quote that never closes", b'a,b\n1,"x\n2,"y\nz"\n3,4\n',
     [(2, "bad_quoting"), (3, {"a": "2", "b": "y\nz"}), (5, {"a": "3", "b": "4"})]),
    ("bytes that are not UTF-8 behind a quote that never closes", b'a,b\n1,"x\n\xff,2\n3,4\n',
     [(2, "bad_quoting"), (3, "undecodable"), (4, {"a": "3", "b": "4"})]),
    ("a column without a name is left out", b"a,,b,\n1,2,3,4\n", [(2, {"a": "1", "b": "3"})]),
    ("a header alone holds no records", b"a,b\n", []),
    ("a single column may hold empty cells only where there is one to miss", b"a\n1\n\n2\n",
     [(2, {"a": "1"}), (4, {"a": "2"})]),
    ("a cell beyond the csv module's own limit", b"a,b\n" + b"x" * 200_000 + b",2\n",
     [(2, {"a": "x" * 200_000, "b": "2"})]),
    ("a line beyond the cap", b"a,b\n" + b"x" * (MAX_LINE_BYTES + 1) + b",2\n3,4\n",
     [(2, "record_too_large"), (3, {"a": "3", "b": "4"})]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_csv(tmp_path, content, expected):
    assert read(tmp_path, content) == expected


def test_a_quote_that_does_not_close_within_the_cap_costs_its_own_line_alone(tmp_path):
    line = b"x," + b"x" * (MAX_LINE_BYTES // 4) + b"\n"
    rows = read(tmp_path, b'a,b\n1,"' + line * 6 + b"3,4\n")
    assert rows[0] == (2, "record_too_large")
    assert [(number, type(row)) for number, row in rows[1:]] == [(number, dict) for number in range(3, 9)]
    assert rows[-1] == (8, {"a": "3", "b": "4"})


def test_quotes_that_stay_open_shorten_the_look_for_their_ends_until_a_row_of_several_lines_is_read(tmp_path):
    long_cell = b'6,"' + b"z" * 40_000 + b"\n" + b"z" * 40_000 + b'"\n'
    short_cell = b'6,"y\nz"\n'
    opened = b'1,"x\n' * 10
    assert [
        number for number, row in read(tmp_path, b"a,b\n" + opened + long_cell) if row == "record_too_large"
    ]
    rows = read(tmp_path, b"a,b\n" + opened + short_cell + long_cell)
    assert [row for _, row in rows[10:]] == [
        {"a": "6", "b": "y\nz"},
        {"a": "6", "b": "z" * 40_000 + "\n" + "z" * 40_000},
    ]


def test_a_line_beyond_the_cap_behind_an_open_quote_is_a_fault_of_its_own(tmp_path):
    rows = read(tmp_path, b'a,b\n1,"2\n' + b"x" * (MAX_LINE_BYTES + 1) + b"\n3,4\n")
    assert rows == [(2, "record_too_large"), (3, "record_too_large"), (4, {"a": "3", "b": "4"})]


def test_the_columns_are_known_before_the_first_row(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,,b\n")
    with open_records(str(path), io.BytesIO) as records:
        assert records.columns == ("a", "b")


WHOLE_FILE = [
    ("empty", b"", "the input is empty"),
    ("only blank lines", b"\n \n", "the input is empty"),
    ("two columns of one name", b"a,b,a\n1,2,3\n", "column 3 has the name of an earlier column"),
    ("semicolons", b"a;b\n1;2\n", "separated by semicolons"),
    ("tabs", b"a\tb\n1\t2\n", "separated by tabs"),
    ("UTF-16 without its mark", "a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
    ("a header that is not UTF-8", b"\xe4,b\n1,2\n", "header row is not UTF-8"),
    ("a header that never ends", b'"a,b\n1,2\n', "cannot be read as a header"),
    ("no header at all", b"Purchase,jane@mail.example\nPurchase,kim@mail.example\n", "so it is no header"),
    ("a spreadsheet", b"PK\x03\x04rest", "spreadsheet"),
]


@pytest.mark.parametrize(
    ("content", "problem"), [case[1:] for case in WHOLE_FILE], ids=[case[0] for case in WHOLE_FILE]
)
def test_a_file_that_cannot_be_read_as_csv_is_one_clear_error(tmp_path, content, problem):
    with pytest.raises(InputError, match=problem) as caught:
        read(tmp_path, content)
    assert "rows.csv" in str(caught.value)
    assert caught.value.remedy
