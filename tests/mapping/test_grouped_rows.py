import json
from decimal import Decimal

import pytest

from plugin_spec import Prepared, Record
from tests.mapping.making import NOW, SET, entries, event, faults, notes, one, plan, row


def test_rows_of_one_event_are_one_entry_that_names_them():
    the_plan = plan("offline", "amperity")
    body = [
        row(content_id="p1", price="8.00", quantity="2", currency="USD", phone="+12133734253"),
        row(content_id="p2", price="30", quantity="1", currency="usd", email="B@example.com"),
        row(event_id="e-2"),
    ]
    grouped, alone = entries(the_plan, *body)
    assert (grouped.position, grouped.rows) == (1, (1, 2))
    assert (alone.position, alone.rows) == (3, ())
    sent = json.loads(grouped.body)
    assert sent["properties"] == {
        "contents": [
            {"content_id": "p1", "price": 8, "quantity": 2},
            {"content_id": "p2", "price": 30, "quantity": 1},
        ],
        "content_ids": ["p1", "p2"],
        "currency": "USD",
        "value": 46,
        "num_items": 3,
    }
    assert len(sent["user"]["email"]) == 2


def test_only_adjacent_rows_are_grouped_by_event_id_or_order_id_or_not_at_all():
    the_plan = plan("offline", "amperity")
    found = entries(
        the_plan,
        row(event_id="e-1"),
        row(event_id="e-2"),
        row(event_id="e-1"),
        row(event_id="", order_id="o"),
        row(event_id="", order_id="o"),
        row(event_id=""),
        row(event_id=""),
        row(event_id="e-1", event="Contact"),
    )
    assert [(entry.position, entry.rows) for entry in found] == [
        (1, ()), (2, ()), (3, ()), (4, (4, 5)), (6, ()), (7, ()), (8, ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "cells", "value", "note"),
    [
        (None, [("8", "2", "99"), ("30", "1", "99")], 46, None),
        (None, [("8", "", "46"), ("30", "1", "46.00")], 46, None),
        (None, [("8", "", "16"), ("30", "1", "30")], None, "value_ambiguous"),
        (None, [("8", "", "46"), ("30", "1", "")], None, "value_ambiguous"),
        (None, [("", "", ""), ("", "", "")], None, None),
        (None, [("", "", "lots"), ("", "", "5")], None, "not_a_number"),
        ("order_total", [("8", "2", "50"), ("30", "1", "50")], 50, None),
        ("order_total", [("8", "2", "50"), ("30", "1", "")], 50, None),
        ("order_total", [("8", "2", "50"), ("30", "1", "60")], None, "value_ambiguous"),
        ("sum_of_rows", [("8", "2", "16"), ("30", "1", "30.5")], 46.5, None),
        ("sum_of_rows", [("8", "2", "16"), ("30", "1", "")], None, "value_ambiguous"),
        ("sum_of_items", [("8", "2", "99"), ("30", "1", "99")], 46, None),
        ("sum_of_items", [("8", "", "99"), ("30", "1", "99")], None, "value_incomplete"),
    ],
)
def test_the_value_of_grouped_rows_follows_the_rule_in_force(rule, cells, value, note):
    the_plan = plan("offline", "amperity", **({"value": rule} if rule else {}))
    rows_given = [
        row(content_id=f"p{at}", price=price, quantity=quantity, value=total, currency="USD")
        for at, (price, quantity, total) in enumerate(cells)
    ]
    (entry,) = entries(the_plan, *rows_given)
    assert json.loads(entry.body)["properties"].get("value") == value
    assert {code for code, path in notes(entry) if path == "properties.value"} == ({note} if note else set())


@pytest.mark.parametrize(
    ("second", "path"),
    [({"currency": "EUR"}, "currency"), ({"timestamp": "2026-01-01T00:00:01Z"}, "timestamp")],
)
def test_rows_that_contradict_each_other_reject_their_event(second, path):
    (entry,) = entries(plan("offline", "amperity"), row(currency="USD"), row(currency="USD") | second)
    assert (entry.outcome, entry.code, entry.path, entry.rows) == ("rejected", "group_conflict", path, (1, 2))
    assert entry.event_name == "CompletePayment"


def test_the_same_moment_written_in_two_ways_is_no_contradiction():
    (entry,) = entries(plan("offline", "amperity"), row(), row(timestamp="2026-01-01T01:00:00+01:00"))
    assert isinstance(entry, Prepared)


def test_other_columns_that_differ_keep_the_first_and_are_noted():
    (entry,) = entries(plan("offline", "amperity"), row(shop_id="a"), row(shop_id="b"))
    assert json.loads(entry.body)["properties"]["shop_id"] == "a"
    assert ("group_values_differ", "shop_id") in notes(entry)


def nested(depth):
    cell = "x"
    for _ in range(depth):
        cell = [cell]
    return cell


@pytest.mark.parametrize(
    ("one", "other"), [(Decimal("sNaN"), Decimal(1)), (nested(100_000), nested(100_000))]
)
def test_cells_that_cannot_be_compared_differ(one, other):
    given = [Record(1, row(shop_id=one)), Record(2, row(shop_id=other))]
    (entry,) = plan("offline", "amperity").prepare(given, NOW)
    assert entry.rows == (1, 2)
    assert ("group_values_differ", "shop_id") in notes(entry)


def test_cells_that_hold_equal_lists_or_objects_do_not_differ():
    cells = {"shop_id": ["a", {"b": [1]}], "description": {"text": "x"}}
    (entry,) = entries(plan("offline", "amperity"), row(**cells), row(**cells))
    assert {code for code, _ in notes(entry)} == {"not_text"}


def test_a_column_that_no_rule_reads_may_differ_without_a_word():
    (entry,) = entries(plan("offline", "amperity"), row(comment="a"), row(comment="b"))
    assert entry.notes == ()


def test_rows_choose_among_the_event_sets_that_the_settings_list():
    other = "7400000000000000011"
    the_plan = plan("offline", "amperity", {"event_set_ids": [SET, other]})
    found = entries(
        the_plan,
        row(event_id="1", event_set_id=other),
        row(event_id="2"),
        row(event_id="3", event_set_id="9"),
    )
    assert json.loads(found[0].batch_key) == ["offline", other]
    assert [entry.code for entry in found[1:]] == ["event_set_missing", "event_set_unknown"]
    assert one(plan("offline", "amperity"), row(event_set_id=other)).code == "event_set_unknown"


def test_an_event_source_in_the_rows_is_ignored_with_a_note():
    assert ("event_source_ignored", "event_source") in notes(
        one(plan("offline", "amperity"), row(event_source="web"))
    )


@pytest.mark.parametrize("channel", ["email", "website", "phone_call", "in_store", "crm", "other"])
def test_the_event_channels_of_offline_rows(channel):
    sent = event(plan("offline", "amperity"), row(event_channel=channel.upper()))
    assert sent["properties"]["event_channel"] == channel
    assert ("not_allowed", "properties.event_channel") in notes(
        one(plan("offline", "amperity"), row(event_channel="fax"))
    )


def test_the_three_renames_reach_web_rows():
    sent = event(
        plan("web", "amperity"),
        row(agent="Mozilla", cookie_id="2aBc", tiktok_click_id="E.C.P.1", ip="203.0.113.9"),
    )
    assert {name: sent["user"][name] for name in ("user_agent", "ttp", "ttclid", "ip")} == {
        "user_agent": "Mozilla",
        "ttp": "2aBc",
        "ttclid": "E.C.P.1",
        "ip": "203.0.113.9",
    }


def test_a_broken_row_stands_between_groups_in_its_place():
    found = entries(plan("offline", "amperity"), row(), b"{broken", row())
    assert [(entry.position, getattr(entry, "code", None)) for entry in found] == [
        (1, None),
        (2, "unreadable_record"),
        (3, None),
    ]


def test_a_numeric_event_set_id_of_nineteen_digits_is_read_as_it_stands():
    other = "7400000000000000011"
    the_plan = plan("offline", "amperity", {"event_set_ids": [SET, other]})
    chosen = one(the_plan, row(event_set_id=int(other), event_id=10**19 + 7, order_id=10**20))
    assert json.loads(chosen.batch_key) == ["offline", other]
    assert chosen.event_id == str(10**19 + 7)
    assert json.loads(chosen.body)["properties"]["order_id"] == str(10**20)
    assert one(plan("offline", "amperity"), row(event_set_id=int(other))).code == "event_set_unknown"
    assert one(plan("offline", "amperity"), row(event_set_id={"id": SET})).code == "event_set_unknown"


def renamed(**columns):
    names = {
        "event_id": "txn",
        "event": "action",
        "timestamp": "ts",
        "currency": "cur",
        "email": "mail",
        "order_id": "oid",
    }
    return {names.get(column, column): value for column, value in row(**columns).items()}


RENAMED = {
    "txn": "event_id",
    "action": "event",
    "ts": "event_time",
    "cur": "properties.currency",
    "mail": "user.email",
    "oid": "properties.order_id",
}


def test_rows_are_grouped_by_the_columns_that_the_rules_in_force_read():
    the_plan = plan("offline", "amperity", rename=RENAMED)
    found = entries(
        the_plan,
        renamed(content_id="p1", currency="USD", email="a@example.com"),
        renamed(content_id="p2", currency="USD", email="b@example.com"),
        renamed(event="Contact"),
        renamed(event_id="", order_id="o-1"),
        renamed(event_id="", order_id="o-1"),
    )
    assert [entry.rows for entry in found] == [(1, 2), (), (4, 5)]
    assert len(json.loads(found[0].body)["user"]["email"]) == 2
    assert notes(found[0]) == set()


@pytest.mark.parametrize(
    ("second", "path"), [({"currency": "EUR"}, "cur"), ({"timestamp": "2026-01-01T00:00:01Z"}, "ts")]
)
def test_renamed_columns_that_contradict_each_other_reject_their_event_too(second, path):
    the_plan = plan("offline", "amperity", rename=RENAMED)
    (entry,) = entries(the_plan, renamed(currency="USD"), renamed(**({"currency": "USD"} | second)))
    assert (entry.code, entry.path) == ("group_conflict", path)


def test_more_rows_than_an_event_can_have_are_rejected_to_the_last():
    rows_given = [row() for _ in range(10_002)] + [row(event_id="e-2")]
    crowd, alone = entries(plan("offline", "amperity"), *rows_given)
    assert (crowd.code, len(crowd.rows), crowd.rows[-1]) == ("group_too_large", 10_002, 10_002)
    assert isinstance(alone, Prepared)


def test_the_largest_group_is_still_an_event():
    (entry,) = entries(plan("offline", "amperity"), *[row() for _ in range(10_000)])
    assert isinstance(entry, Prepared)


def test_rows_without_items_leave_the_value_to_the_rows():
    (entry,) = entries(
        plan("offline", "amperity"), row(content_id="p", price="8", quantity="2", value="20"), row(value="20")
    )
    assert json.loads(entry.body)["properties"]["value"] == 20


def test_a_row_amount_below_zero_leaves_the_value_out():
    (entry,) = entries(plan("offline", "amperity"), row(value="-5"), row(value="-5"))
    assert ("negative_number", "properties.value") in notes(entry)


def test_an_operators_own_value_rule_replaces_the_rule_for_rows():
    the_plan = plan("offline", "amperity", fields={"properties.value": "total"})
    (entry,) = entries(the_plan, row(content_id="p", price="8", quantity="2", total="99", value="1"))
    assert json.loads(entry.body)["properties"]["value"] == 99
    (fault,) = faults("offline", "amperity", fields={"properties.value": "total"}, value="order_total")
    assert fault.path == ("mapping", "value")


def test_parts_of_an_order_that_stand_apart_get_one_id_by_their_order():
    rows = [
        row(event_id="", order_id=order, content_id=sku, price=2, quantity=1)
        for order, sku in (("A", "1"), ("B", "2"), ("A", "3"))
    ]
    first, other, apart = entries(plan("offline", "amperity"), *rows)
    assert first.event_id == apart.event_id != other.event_id
    assert first.dedup_key == apart.dedup_key
    assert first.body != apart.body
