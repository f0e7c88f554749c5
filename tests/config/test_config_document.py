"""The YAML reader: what is written is what is read, and everything else is a fault with a place."""

from pathlib import Path

import pytest

from plugin_spec import ConfigError
from tiktok_destination.config import document, render

FILE = Path("shop.yaml")


def lines_of(text):
    """All faults of the text, as they are shown."""
    try:
        read = document.parse(text, FILE)
    except ConfigError as error:
        return list(render(FILE, None, error.faults))
    return list(render(FILE, read, read.faults))


@pytest.mark.parametrize(
    "written",
    [
        "NO", "no", "on", "OFF", "Yes", "True", "FALSE", "Null", "~", "012", "0x1F", "0o17", "0b1", "12:30:00", "4_2",
        "2024-01-01", "2024-01-01T00:00:00Z", ".inf", "-.INF", ".nan", "+1", "1.", ".5", "1e", "--1", "1,5", "=", "٣",
    ],
)  # fmt: skip
def test_whatever_json_does_not_know_as_a_word_or_number_stays_text(written):
    assert document.parse(f"a: {written}", FILE).data == {"a": written}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("0", 0),
        ("-7", -7),
        ("7012345678901234567", 7012345678901234567),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("-2.5E-1", -0.25),
        ('"1"', "1"),
        ("'true'", "true"),
        ('""', ""),
        ("[1, a]", [1, "a"]),
        ("{b: [], c: {}}", {"b": [], "c": {}}),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_words_numbers_and_shapes_of_json_are_read_as_such(written, value):
    read = document.parse(f"a: {written}", FILE).data["a"]
    assert read == value
    assert type(read) is type(value)


FAULTS = [
    ("a key twice", "a: 1\nb: 2\na: 3", "3:1: a: this key stands twice"),
    ("a key twice, deep", "a: {b: 1, b: 2}", "1:11: a.b: this key stands twice"),
    ("an anchor", "a: &x 1", "1:4: a: an anchor (&)"),
    ("an alias", "a: *x", "1:4: a: an alias (*)"),
    ("an anchor on a key", "&x a: 1", "1:1: a: an anchor or a tag"),
    ("a tag", "a: !!str 1", "1:4: a: a tag (!)"),
    ("a harmful tag", "a: !!python/name:os.system x", "1:4: a: a tag (!)"),
    ("a tag on a section", "a: !x {b: 1}", "1:4: a: a tag (!)"),
    ("a merge key", "a:\n  <<: {b: 1}", "2:3: a.<<: a merge key"),
    ("a number as a key", "a: 1\n12: x", "2:1: 12: a key is text. Quote this key."),
    ("true as a key", "true: x", "1:1: true: a key is text. Quote this key."),
    ("a list as a key", "b: 1\n? [a]\n: x", "2:3: a key is one word"),
    ("two documents", "a: 1\n---\nb: 2", "3:1: a second document begins here"),
    ("a number beyond a float", "a: 1e999", "1:4: a: this number is too long or too large"),
    ("a number too long to be one", f"a: {'9' * 5000}", "1:4: a: this number is too long or too large"),
    ("half a character", r'a: "\ud800"', "1:4: a: an escape stands for half a character"),
    ("half a character as a key", r'"\ud800": 1', "1:1: this cannot be read as YAML"),
    ("a character that is none", r'a: "\UFFFFFFFF"', "1:7: this cannot be read as YAML"),
    ("an unknown escape", r'a: "C:\temp\qq"', "1:13: a backslash in double quotes is no escape"),
    ("a tab", "a:\n\tb: 1", "2:1: a tab stands where YAML allows spaces"),
    ("a colon in text", "a: b: c", "1:5: a colon stands where none can. Indent the line as its neighbours, put a space after"),
    ("a key too far in", "a:\n  b: 1\n    c: 2", "3:6: a colon stands where none can. Indent the line as its neighbours"),
    ("no space after a colon", "a:\n  b:1\n  c: 2", "3:4: a colon stands where none can. Indent the line as its neighbours"),
    ("no space after the last colon", "a: 1\nb:2", "a key stands without its colon. Write key: value, with a space"),
    ("a path with a bracket in a list", "a: [b[0].c, d]", "1:6: a path that holds a bracket needs quotes here. Write it as"),
    ("a path with a bracket in braces", "a: {path: b.c[].d, gt: 1}", "1:14: a path that holds a bracket needs quotes here."),
    ("a list after a list without a comma", "a: [[b] [c]]", "1:9: a bracket is opened and not closed, or a comma is missing"),
    ("an open quote", "a: 'x", "1:6: a quote is opened and not closed"),
    ("an open bracket", "a: [1", "1:6: a bracket is opened and not closed"),
    ("a bare reference in brackets", "a: {b: ${NAME}}", "1:9: a ${NAME} between brackets needs quotes"),
    ("crooked indentation", "a:\n  b: 1\n c: 2", "3:2: the indentation does not fit"),
    ("a character YAML keeps for itself", "a: @b", "1:4: no plain value begins with this character"),
    ("a control character", "a: 1\nb: x\x01", "2:5: the file holds a control character"),
    ("a directive with a monstrous version", f"%YAML {'9' * 5000}.1\n---\na: 1", "1:7: this cannot be read"),
    ("nothing", "", "shop.yaml: the file holds no settings"),
    ("comments alone", "# a: 1\n", "shop.yaml: the file holds no settings"),
    ("a list at the top", "- a", "shop.yaml: the file holds no settings"),
    ("a word at the top", "settings", "shop.yaml: the file holds no settings"),
    ("very deep", "a: " + "[" * 20_000, "nested more than 32 deep"),
    ("very deep without brackets", "a:\n" + "".join(" " * n + "- \n" for n in range(1, 40)), "nested more than 32"),
    ("very much", "a: [" + "1," * 10_001 + "]", "the file holds more than 10,000 values"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
def test_what_yaml_allows_and_a_configuration_does_not_is_a_fault_at_its_place(text, expected):
    (line,) = lines_of(text)
    assert expected in line
    assert line.startswith("shop.yaml")


def test_every_fault_is_listed_in_the_order_of_the_file():
    assert [line.split(":")[1] for line in lines_of("b: *x\na: &y 1\nb: !z 2\n")] == ["1", "2", "3", "3"]


def test_a_bomb_of_aliases_is_never_expanded():
    bomb = "a: &a [x, x]\n" + "".join(
        f"{c}: &{c} [*{p}, *{p}, *{p}]\n" for p, c in zip("abcdefg", "bcdefgh", strict=True)
    )
    assert all("an anchor" in line or "an alias" in line for line in lines_of(bomb))


def test_every_value_knows_its_line_and_column():
    read = document.parse("a:\n  b: [x,\n      {c: 007}]\n", FILE)
    assert read.place(("a", "b")) == (2, 6)
    assert read.place(("a", "b"), at_key=True) == (2, 3)
    assert read.place(("a", "b", 1)) == (3, 7)
    assert read.place(("a", "b", 1, "c")) == (3, 11)


def test_what_is_missing_is_found_at_the_key_above_it():
    read = document.parse("a:\n  b:\n    c: 1\n", FILE)
    assert read.place(("a", "b", "nothing", 3)) == (2, 3)
    assert read.place(("nowhere",)) == (1, 1)


def test_the_first_of_two_equal_keys_counts():
    assert document.parse("a: 1\na: 2", FILE).data == {"a": 1}


def test_a_number_keeps_the_text_in_which_it_was_written():
    read = document.parse("a: 1.50\nb: '2'", FILE)
    assert read.marks["a",].number_text == "1.50"
    assert read.marks["b",].number_text is None


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path):
    file = tmp_path / "bom.yaml"
    file.write_bytes("﻿version: 1\n".encode())
    read = document.read(file)
    assert read.data == {"version": 1}
    assert read.place(("version",), at_key=True) == (1, 1)


def test_carriage_returns_are_line_ends(tmp_path):
    file = tmp_path / "dos.yaml"
    file.write_bytes(b"a: 1\r\nb: x\r\n")
    assert document.read(file).data == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xff\xfea\x00", ":1:1: the file is not UTF-8 text. Save it as UTF-8."),
        ("a: 1\nb: é".encode() + b"\xe9\n", ":2:5: the file is not UTF-8 text. Save it as UTF-8."),
        (b"a: 1\n#" + b"x" * 256 * 1024, ": the file is larger than 256 KiB"),
    ],
)
def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path, content, expected):
    file = tmp_path / "shop.yaml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        document.read(file)
    (line,) = render(file, None, caught.value.faults)
    assert line.startswith(f"{file}{expected}")


def test_a_missing_file_and_a_directory_say_so(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        document.read(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="this is a directory"):
        document.read(tmp_path)
    with pytest.raises(ConfigError, match="cannot be opened"):
        document.read(tmp_path / ("x" * 5000))
