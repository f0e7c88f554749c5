"""Faults as lines: one place, one form, nothing in them that should not be read by others."""

from pathlib import Path

import pytest

from plugin_spec import ConfigFault
from tiktok_destination.config import document, render

FILE = Path("shop.yaml")
READ = document.parse("b: 1\na:\n  c: 2\n", FILE)


def test_a_fault_of_the_plugin_gets_the_place_of_its_path():
    faults = [ConfigFault(("a", "c"), "is odd", "Write 1"), ConfigFault(("b",), "is unknown", at_key=True)]
    assert render(FILE, READ, faults) == (
        "shop.yaml:1:1: b: is unknown.",
        "shop.yaml:3:6: a.c: is odd. Write 1.",
    )


def test_a_question_stays_one_and_full_stops_are_not_doubled():
    assert render(FILE, READ, [ConfigFault(("b",), "is odd.", "Did you mean 2?")]) == (
        "shop.yaml:1:4: b: is odd. Did you mean 2?",
    )


def test_a_key_with_a_line_break_cannot_forge_a_line():
    read = document.parse(r'"a\nshop.yaml:9:9: all is well": 1', FILE)
    (line,) = render(FILE, read, [ConfigFault((*read.data,), "is odd")])
    assert "\n" not in line


@pytest.mark.parametrize(
    "key",
    [
        "anna@shop.example",
        "call 0301234567",
        "a94a8fe5ccb19ba61c4c0873d391e987982fbbd3",
        "Zk3vQ9xWmPr7TbLc2Nf8",
        "word " * 20,
    ],
)
def test_a_key_that_may_be_a_datum_or_a_token_is_withheld(key):
    read = document.parse(f'"{key}": 1', FILE)
    (line,) = render(FILE, read, [ConfigFault((key,), "is odd")])
    assert key.strip() not in line
    assert "(withheld)" in line
    assert line.startswith("shop.yaml:1:")


@pytest.mark.parametrize(
    "key", ["Order Completed", "properties.products.0.price", "user.external_id", "Länge"]
)
def test_ordinary_keys_are_shown(key):
    read = document.parse(f'"{key}": 1', FILE)
    (line,) = render(FILE, read, [ConfigFault((key,), "is odd")])
    assert key in line
