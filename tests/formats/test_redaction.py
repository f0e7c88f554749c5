"""What of a record may be shown."""

import pytest

from tiktok_destination.redaction import WITHHELD, printable, shown_id, shown_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Order Completed", "Order Completed"),
        ("jane@shop.example signed in", WITHHELD),
        ("signed in: jane%40shop.example", WITHHELD),
        ("called 4155552671", WITHHELD),
        ("step 123456", "step 123456"),
        ("x" * 60, "x" * 60),
        ("x" * 61, WITHHELD),
        ("Bestellung \u00fcbermittelt", "Bestellung \u00fcbermittelt"),
        ("line\nforged", "lineforged"),
    ],
)
def test_a_name_is_shown_unless_it_may_be_personal(name, shown):
    assert shown_name(name) == shown


def test_an_id_is_shown_unless_it_is_an_address():
    assert shown_id("order-20261121-000017") == "order-20261121-000017"
    assert shown_id("jane@shop.example") == WITHHELD
    assert shown_id("jane%40shop.example") == WITHHELD


@pytest.mark.parametrize("harm", ["\n", "\r", "\x1b", "\0", "\u202e", "\u2028", "\x9b", "\ud800"])
def test_nothing_that_steers_a_terminal_is_printed(harm):
    assert printable(f"a{harm}b") == "ab"
