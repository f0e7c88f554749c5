"""What the harness writes is what the configuration reader reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiktok_destination.config import document as documents
from tiktok_destination.harness.yaml_text import fragment, with_key, written

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["1e3", "1E5", "-0", "012", "NO", "null", "true", "~", "0x1f", "12:30:00", "2024-01-01", "1_0", "=", "<<", "1.", "- a", "a: b", "# a", " a", "a\nb", "${X}", "*a", "&a", "!a", ".inf", ""]
)  # fmt: skip
_NUMBERS = st.integers(-(10**15), 10**15) | st.floats(
    allow_nan=False, allow_infinity=False, width=32, allow_subnormal=False
)
_KEYS = _TEXTS.filter(bool)
_VALUES = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4))
def test_data_that_are_written_are_read_again(data: dict[str, object]) -> None:
    document = documents.parse(written(data), Path("a.yaml"))
    assert document.data == data
    assert document.faults == ()


@given(_VALUES)
def test_a_fields_text_stands_for_the_value_that_it_was_made_of(value: object) -> None:
    if value in ("", None, {}, []):
        return  # a blank field is no property
    assert fragment(written(value)) == (value, ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: [1", "line 3"),
        ("a: 1\na: 2", "twice"),
        ("*alias", "alias"),
        ("!!python/object:os.system x", "tag"),
        ("a: 1\n b: 2\nc", "line"),
    ],
)
def test_a_fields_text_that_is_no_yaml_is_told_with_its_line(text: str, told: str) -> None:
    _, faults = fragment(text)
    assert told in " ".join(f"{fault.problem} {fault.remedy}" for fault in faults)


@pytest.mark.parametrize("line_break", ["\n", "\n--- \n", "\n...\n", "\r", "\x85", "\u2028", "\u2029"])
def test_text_cannot_leave_its_field(line_break: str) -> None:
    value, faults = fragment(f"a{line_break}version: 2")
    assert faults or value == {"a version": 2}


FILE = """\
# at the top
version: 1 # one
destination: tiktok
name: shop # the shop

# about the credential
credential:
  access_token: ${X} # from outside
# about settings
settings: {event_source: web}
enabled: false # for now
"""


def test_one_key_is_changed_and_every_other_line_stays() -> None:
    document = documents.parse(FILE, Path("a.yaml"))
    assert with_key(FILE, document, "enabled", value=True) == FILE.replace(
        "enabled: false # for now", "enabled: true # for now"
    )
    assert with_key(FILE, document, "credential", "shop") == FILE.replace(
        "credential:\n  access_token: ${X} # from outside\n", "credential: shop\n"
    )


def test_a_key_that_was_not_there_comes_after_the_name() -> None:
    text = FILE.replace("enabled: false # for now\n", "")
    changed = with_key(text, documents.parse(text, Path("a.yaml")), "enabled", value=False)
    assert changed == text.replace("name: shop # the shop\n", "name: shop # the shop\nenabled: false\n")
