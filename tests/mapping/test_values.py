import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from plugin_spec import OverlayValue, Prepared, Record
from tests.mapping.making import NOW, SECONDS, SET, entries, event, notes, one, plan, row, track
from tests.tables import rows
from tiktok_destination.mapping.paths import PathError, parse
from tiktok_destination.mapping.times import read_moment


@pytest.mark.parametrize("case", rows("times"))
def test_a_time_is_read_or_not_at_all(case):
    moment = read_moment(case["given"], ZoneInfo(case["zone"]))
    assert (moment and moment.seconds) == case["seconds"]
    assert bool(moment and moment.without_offset) == (case.get("note") == "time_without_offset")


def test_a_hosts_datetime_is_read_as_it_stands():
    assert read_moment(datetime(2026, 1, 1, tzinfo=UTC), UTC).seconds == SECONDS
    assert read_moment(Decimal("NaN"), UTC) is None
    assert read_moment(float("inf"), UTC) is None


@pytest.mark.parametrize(
    ("offset_s", "code"),
    [(0, None), (300, None), (301, "event_time_future"), (-28 * 86400, None), (-28 * 86400 - 1, "expired")],
)
def test_an_event_is_judged_by_the_window_and_never_from_the_future(offset_s, code):
    entry = one(plan(), track(timestamp=int(NOW) + offset_s))
    assert getattr(entry, "code", None) == code
    if code is None:
        assert entry.not_after == NOW + offset_s + 28 * 86400


def test_the_window_is_a_setting():
    assert (
        one(plan(settings={"event_window_days": 1}), track(timestamp=int(NOW) - 86401)).outcome == "expired"
    )


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [(None, "event_time_missing"), ("soon", "event_time_unreadable"), ([], "event_time_missing")],
)
def test_an_event_without_a_readable_time_is_rejected(timestamp, code):
    assert one(plan(), track(timestamp=timestamp)).code == code


@pytest.mark.parametrize(
    ("given", "sent", "note"),
    [
        (20, 20, None),
        (19.99, 19.99, None),
        ("19.99", 19.99, None),
        (" 20.00 ", 20, None),
        ("1,234.50", None, "not_a_number"),
        ("$5", None, "not_a_number"),
        ("1e3", None, "not_a_number"),
        (-1, None, "negative_number"),
        (True, None, "not_a_number"),
        ({"amount": 5}, None, "not_a_number"),
        ([5], 5, None),
        ("9" * 30, None, "not_a_number"),
    ],
)
def test_a_value_is_a_plain_number_or_left_out(given, sent, note):
    body = track(properties={"value": given, "currency": "EUR"})
    assert event(plan(), body)["properties"].get("value") == sent
    assert {code for code, path in notes(one(plan(), body)) if path == "properties.value"} == (
        {note} if note else set()
    )


@pytest.mark.parametrize("field", ["value", "revenue", "total"])
def test_the_segment_value_has_three_names(field):
    assert event(plan(), track(properties={field: 7, "currency": "usd"}))["properties"] == {
        "currency": "USD",
        "value": 7,
    }


def test_an_unsupported_currency_takes_the_value_with_it():
    entry = one(plan(), track(properties={"value": 7, "currency": "XAU", "order_id": 5}))
    assert json.loads(entry.body)["properties"] == {"order_id": "5"}
    assert ("currency_unsupported", "properties.currency") in notes(entry)


def test_a_missing_currency_is_said_and_never_guessed():
    entry = one(plan(), track(properties={"value": 7}))
    assert json.loads(entry.body)["properties"] == {"value": 7}
    assert ("currency_missing", "properties.currency") in notes(entry)
    defaulted = one(plan(settings={"default_currency": "GBP"}), track(properties={"value": 7}))
    assert json.loads(defaulted.body)["properties"] == {"currency": "GBP", "value": 7}
    assert ("currency_defaulted", "properties.currency") in notes(defaulted)


def test_no_currency_is_added_to_an_event_without_money():
    assert "properties" not in event(plan(settings={"default_currency": "GBP"}), track())


def test_products_become_contents_ids_and_number_of_items():
    products = [
        {
            "product_id": 1,
            "name": "Shirt",
            "category": "Tops",
            "price": "8.00",
            "quantity": "2",
            "brand": "B",
            "extra": 1,
        },
        {"product_id": "sku-2", "price": 30, "quantity": 1},
        {"product_id": "sku-2", "price": 30, "quantity": 1},
    ]
    sent = event(plan(), track(properties={"products": products}))["properties"]
    assert sent["contents"][0] == {
        "content_id": "1",
        "content_name": "Shirt",
        "content_category": "Tops",
        "price": 8,
        "quantity": 2,
        "brand": "B",
    }
    assert sent["content_ids"] == ["1", "sku-2"]
    assert sent["num_items"] == 4


def test_a_product_written_flat_is_one_item_and_a_page_name_is_none():
    flat = event(plan(), track("Product Viewed", {"product_id": "p", "name": "Shirt", "price": 5}))[
        "properties"
    ]
    assert flat["contents"] == [{"content_id": "p", "content_name": "Shirt", "price": 5}]
    assert "num_items" not in flat
    page = event(plan(), {**track(properties={"name": "Home", "category": "Landing"}), "type": "page"})
    assert "properties" not in page


def test_an_unfit_item_field_is_left_out_with_a_note_and_the_item_stays():
    entry = one(
        plan(), track(properties={"products": [{"product_id": "p", "price": "free", "quantity": 1.5}, "x"]})
    )
    assert json.loads(entry.body)["properties"]["contents"] == [{"content_id": "p"}]
    assert {
        ("not_a_number", "properties.contents[].price"),
        ("not_a_whole_number", "properties.contents[].quantity"),
        ("item_unreadable", "properties.contents"),
    } <= notes(entry)


def test_sum_of_items_fills_a_missing_value_exactly():
    products = [{"product_id": "p", "price": 0.1, "quantity": 3}]
    the_plan = plan(value="sum_of_items")
    body = track(properties={"products": products, "currency": "EUR"})
    assert event(the_plan, body)["properties"]["value"] == 0.3
    assert event(the_plan, track(properties={"products": products, "value": 9}))["properties"]["value"] == 9
    assert "value" not in event(plan(), body)["properties"]


@pytest.mark.parametrize(
    ("given", "sent"),
    [(True, True), (False, False), ("true", True), ("0", False), (1, True), ("maybe", None)],
)
def test_limited_data_use_is_a_flag_or_left_out(given, sent):
    assert event(plan(), track(properties={"limited_data_use": given})).get("limited_data_use") is sent


def test_limited_data_use_without_an_ip_is_noted():
    assert ("ldu_without_ip", "limited_data_use") in notes(
        one(plan(), track(properties={"limited_data_use": True}))
    )


def test_a_page_address_falls_back_to_the_link_and_otherwise_the_event_goes_without():
    body = track(context={})
    linked = one(plan(settings={"link_url": "https://shop.example/app"}), body)
    assert json.loads(linked.body)["page"] == {"url": "https://shop.example/app"}
    assert ("page_url_from_settings", "page.url") in notes(linked)
    bare = one(plan(), track(context={"page": {"referrer": "https://a.example/"}}))
    assert "page" not in json.loads(bare.body)
    assert ("page_url_missing", "page.url") in notes(bare)


def test_a_record_without_id_gets_a_derived_one_that_a_cosmetic_change_keeps():
    body = track(messageId=None, properties={"order_id": "o", "value": 5, "currency": "EUR"})
    first = one(plan(), body)
    assert len(first.event_id) == 32
    assert json.loads(first.body)["event_id"] == first.event_id
    assert {("event_id_derived", "event_id"), ("pixel_cannot_match", "event_id")} <= notes(first)
    cosmetic = one(plan(fields={"properties.description": {"const": "Web shop"}}), body)
    assert cosmetic.event_id == first.event_id
    assert one(plan(), {**body, "timestamp": SECONDS - 1}).event_id != first.event_id
    assert one(plan(event_id="require"), body).code == "event_id_missing"


def test_a_numeric_event_id_is_sent_as_text():
    assert event(plan(), track(messageId=12345))["event_id"] == "12345"


def test_an_event_id_that_is_no_id_is_noted_and_derived():
    entry = one(plan(), track(messageId={"a": 1}))
    assert ("event_id_unfit", "event_id") in notes(entry)
    assert len(entry.event_id) == 32


def test_a_test_event_code_makes_a_test_event_with_a_batch_of_its_own():
    tested, real = entries(plan(), track(properties={"test_event_code": "TEST123"}), track())
    assert (tested.test, real.test) == (True, False)
    assert tested.batch_key != real.batch_key
    assert json.loads(plan().envelope(tested.batch_key, [tested.body]))["test_event_code"] == "TEST123"
    assert "test_event_code" not in json.loads(plan().envelope(real.batch_key, [real.body]))


def test_the_envelope_holds_the_event_byte_for_byte():
    entry = one(plan(), track())
    body = plan().envelope(entry.batch_key, [entry.body, entry.body])
    assert body.startswith(b'{"event_source":"web","event_source_id":"C0PIXELCODE00000001A","data":[')
    assert body.endswith(b"[" + entry.body + b"," + entry.body + b"]}")


def test_an_overlay_fills_a_gap_and_never_replaces():
    overlay = {
        "user.ttclid": OverlayValue("E.C.P.kept", "click store"),
        "user.email": OverlayValue(" A@example.com", "identity"),
        "user.external_id": OverlayValue("other", "identity"),
    }
    body = track()
    (entry,) = plan().prepare([Record(1, json.dumps(body).encode(), overlay)], NOW)
    user = json.loads(entry.body)["user"]
    assert user["ttclid"] == "E.C.P.kept"
    assert user["external_id"] == json.loads(one(plan(), body).body)["user"]["external_id"]
    assert len(user["email"]) == 64
    (story,) = plan().explain([Record(1, json.dumps(body).encode(), overlay)], NOW)
    assert {trace.target: trace.source for trace in story.fields}["user.ttclid"] == "overlay: click store"


def test_transforms_do_what_they_say_or_leave_out():
    rules = {
        "properties.description": {"from": "a", "transform": "upper"},
        "properties.content_ids": {"from": "ids", "transform": "split"},
        "properties.value": {"from": "n", "transform": "number"},
    }
    entry = one(plan(fields=rules), track() | {"a": "x", "ids": "p1, p2,", "n": "many"})
    assert json.loads(entry.body)["properties"] == {"content_ids": ["p1", "p2"], "description": "X"}
    assert ("transform_unfit", "properties.value") in notes(entry)


def test_a_constant_and_an_emptied_field():
    sent = event(
        plan(fields={"properties.description": {"const": "Web shop"}, "user.external_id": None}),
        track(properties={"email": "a@example.com"}),
    )
    assert sent["properties"]["description"] == "Web shop"
    assert "external_id" not in sent["user"]


@pytest.mark.parametrize(
    ("when", "record", "holds"),
    [
        ({"path": "a", "exists": True}, {"a": 0}, True),
        ({"path": "a", "exists": True}, {"a": " "}, False),
        ({"path": "a", "exists": False}, {}, True),
        ({"path": "a", "equals": "x"}, {"a": " x "}, True),
        ({"path": "a", "equals": 5}, {"a": "5.0"}, True),
        ({"path": "a", "equals": "007"}, {"a": "7"}, False),
        ({"path": "a", "equals": True}, {"a": "TRUE"}, True),
        ({"path": "a", "equals": True}, {"a": 10**5000}, False),
        ({"path": "a", "in": ["x", "y"]}, {"a": "y"}, True),
        ({"path": "a", "in": [1, 2]}, {"a": "3"}, False),
        ({"path": "a", "contains": "b"}, {"a": "abc"}, True),
        ({"path": "a[].t", "contains": "b"}, {"a": [{"t": "b"}]}, True),
        ({"path": "a", "contains": "b"}, {"a": {"b": 1}}, False),
        ({"path": "a", "gt": 10}, {"a": "10.5"}, True),
        ({"path": "a", "gt": 10}, {"a": "many"}, False),
        ({"path": "a", "lt": 10}, {"a": 9}, True),
        ({"all": [{"path": "a", "exists": True}, {"not": {"path": "b", "exists": True}}]}, {"a": 1}, True),
        ({"any": [{"path": "a", "exists": True}, {"path": "b", "exists": True}]}, {"c": 1}, False),
    ],
)
def test_a_condition_holds_or_not(when, record, holds):
    the_plan = plan(events={"E": {"event": "Lead", "when": when}})
    (entry,) = the_plan.prepare([Record(1, track("E") | record)], NOW)
    assert isinstance(entry, Prepared) is holds


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a.b", 1),
        ('"a.b"', 2),
        ('a."c d"', 3),
        ("list[0].x", 10),
        ("list[-1].x", 20),
        ("list[9].x", None),
        ("list[].x", [10, 20]),
        ("list[x=20].y", "z"),
        ("a[0]", None),
        ("list.x", None),
    ],
)
def test_a_path_finds_what_stands_there(path, found):
    record = {"a": {"b": 1, "c d": 3}, "a.b": 2, "list": [{"x": 10}, {"x": 20, "y": "z"}]}
    assert parse(path).find(record) == found


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a[", 'a"b"', "a]", "a.[0]"])
def test_a_path_that_cannot_be_read_is_refused(path):
    with pytest.raises(PathError):
        parse(path)


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


def test_the_same_moment_written_in_two_ways_is_no_contradiction():
    (entry,) = entries(plan("offline", "amperity"), row(), row(timestamp="2026-01-01T01:00:00+01:00"))
    assert isinstance(entry, Prepared)


def test_other_columns_that_differ_keep_the_first_and_are_noted():
    (entry,) = entries(plan("offline", "amperity"), row(shop_id="a"), row(shop_id="b"))
    assert json.loads(entry.body)["properties"]["shop_id"] == "a"
    assert ("group_values_differ", "shop_id") in notes(entry)


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


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"5", b"null", b"{", b"\xff\xfe", b'{"a":NaN}', b"[" * 100_000, b'{"a":"\\ud800"}']
)
def test_bytes_that_are_no_object_are_rejected(body):
    assert one(plan(), body).code == "unreadable_record"


def test_a_live_source_is_judged_by_the_clock_at_each_record():
    moments = iter([NOW, NOW + 30 * 86400])
    first, second = plan().prepare([Record(1, track()), Record(2, track())], lambda: next(moments))
    assert isinstance(first, Prepared)
    assert second.outcome == "expired"
