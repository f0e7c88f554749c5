"""How text in UTF-16 and UTF-32 is read."""

import os

import pytest
from reading import read, read_until_it_breaks

from tiktok_destination.formats import open_records

MARKED = {
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "utf-32-le": b"\xff\xfe\0\0",
    "utf-32-be": b"\0\0\xfe\xff",
    "utf-8": b"\xef\xbb\xbf",
}


def encoded(text, encoding):
    return MARKED[encoding] + text.encode(encoding, "surrogatepass")


@pytest.mark.parametrize("encoding", MARKED)
def test_text_with_its_mark_is_read_in_every_format(tmp_path, encoding):
    rows = "a,b\n" + "".join(f"\u00e4{number},\U0001f600\n" for number in range(20_000))
    assert read(tmp_path, encoded(rows, encoding), "rows.csv") == [
        (number + 2, {"a": f"\u00e4{number}", "b": "\U0001f600"}) for number in range(20_000)
    ]
    pretty = '[\r\n{"a": "\u20ac"},\r\n{"b": 2}]'
    expected = [(2, '{"a": "\u20ac"}'.encode()), (3, b'{"b": 2}')]
    assert read(tmp_path, encoded(pretty, encoding)) == expected
    assert read(tmp_path, encoded('{"b": 2}\n', encoding), "events.ndjson") == [(1, b'{"b": 2}')]


@pytest.mark.parametrize("encoding", MARKED)
@pytest.mark.parametrize("units", [(0xD800,), (0xDC00,), (0xD83D, 0xD83D), (0xDE00, 0xD83D)])
def test_half_a_character_costs_its_own_record_alone(tmp_path, encoding, units):
    lone = "".join(map(chr, units))
    assert read(tmp_path, encoded(f"a\n1\n{lone}\n3\n{lone}", encoding), "rows.csv") == [
        (2, {"a": "1"}),
        (3, "undecodable"),
        (4, {"a": "3"}),
        (5, "undecodable"),
    ]


def test_a_number_that_is_no_character_costs_its_own_record_alone(tmp_path):
    none = b"\xff\xff\xff\xff"
    content = encoded("a\n1\n", "utf-32-le") + none * 2 + "\n3\n".encode("utf-32-le")
    assert read(tmp_path, content, "rows.csv") == [(2, {"a": "1"}), (3, "undecodable"), (4, {"a": "3"})]


@pytest.mark.parametrize(("encoding", "missing"), [("utf-16-le", 1), ("utf-16-be", 1), ("utf-32-le", 3)])
def test_text_that_ends_inside_a_character_keeps_the_records_before(tmp_path, encoding, missing):
    kept, error = read_until_it_breaks(tmp_path, encoded("a\n1\n2\n", encoding)[:-missing], "rows.csv")
    assert kept == [(2, {"a": "1"})]
    assert "text ends in the middle of a character" in error


@pytest.mark.parametrize("encoding", MARKED)
def test_a_mark_alone_is_an_empty_input(tmp_path, encoding):
    assert "the input is empty" in read_until_it_breaks(tmp_path, MARKED[encoding])[1]


def test_a_live_pipe_in_utf_16_is_followed_line_by_line():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(encoded('{"n":1}\n', "utf-16-le")[:-1])
        sink.write(b"\0")
        with open_records("-", lambda: source) as records:
            stream = iter(records)
            assert next(stream)[0].body == b'{"n":1}'
            sink.write('{"n":2}\n'.encode("utf-16-le"))
            assert next(stream)[0].body == b'{"n":2}'


def test_a_live_pipe_is_told_by_no_more_bytes_than_that_takes():
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(b"{}\n")
        with open_records("-", lambda: source) as records:
            assert next(iter(records))[0].body == b"{}"
