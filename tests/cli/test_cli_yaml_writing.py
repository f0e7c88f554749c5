"""What is written into a configuration is read from it again, by the strict reader and by YAML's own."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tiktok_destination.cli.yaml_writing import entry
from tiktok_destination.config import document

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40) | st.sampled_from(
    ["NO", "true", "~", "012", "12:30", "1e3", "2024-01-01", "a: b", "a #b", "- a", "${NAME}", "https://a.example/"]
)  # fmt: skip
VALUES = st.recursive(
    TEXT | st.booleans() | st.none() | st.integers(-(10**18), 10**18),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(TEXT, below, max_size=3),
    max_leaves=8,
)


@given(key=TEXT, value=VALUES, width=st.integers(20, 100))
def test_an_entry_is_read_as_it_was_meant(key, value, width):
    text = "\n".join(entry(key, value, width))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "begun.yaml"
        path.write_text(text, encoding="utf-8")
        read = document.read(path)
    assert read.faults == ()
    assert read.data == {key: value}
    assert yaml.safe_load(text) == {key: value}


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("Order Completed", "Purchase", "Order Completed: Purchase"),
        ("pixel_code", "C0PIXELCODE00000001A", "pixel_code: C0PIXELCODE00000001A"),
        ("event_set_id", "7400000000000000001", 'event_set_id: "7400000000000000001"'),
        ("access_token", "${TIKTOK_ACCESS_TOKEN}", "access_token: ${TIKTOK_ACCESS_TOKEN}"),
        ("link_url", "https://shop.example/", "link_url: https://shop.example/"),
        ("default_region", "NO", 'default_region: "NO"'),
        ("fields", {"user.email": ["a.b", "c"]}, "fields: {user.email: [a.b, c]}"),
    ],
)
def test_what_needs_no_quotes_has_none(key, value, line):
    assert entry(key, value, 100) == [line]


def test_what_is_too_long_for_one_line_takes_several():
    assert entry("fields", {"user.email": ["properties.email"], "user.phone": "phone"}, 30) == [
        "fields:",
        "  user.email:",
        "    - properties.email",
        "  user.phone: phone",
    ]
