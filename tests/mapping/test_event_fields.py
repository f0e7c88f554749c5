import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from plugin_spec import OverlayValue, Prepared, Record
from tests.mapping.making import NOW, SECONDS, entries, event, notes, one, plan, track
from tests.tables import rows
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


def test_a_megabyte_of_spaces_is_no_time_and_takes_no_longer_than_its_length():
    assert read_moment("1" + " " * 1_000_000 + "x", UTC) is None


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


class Whole(int):
    """As a host's reader may hand over: a number, but not of the very type."""


class Real(float):
    """As `Whole`."""


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (Decimal("12.50"), 12.5),
        (Decimal("NaN"), None),
        (Decimal("sNaN"), None),
        (Decimal("1E+9999999"), None),
        (Decimal("-1E+9999999"), None),
        (Decimal("1E-9999999"), 0),
        (Whole(5), 5),
        (Real(5.5), 5.5),
    ],
)
def test_a_number_of_a_hosts_own_type_is_a_plain_number_or_left_out(given, sent):
    body = track(properties={"value": given, "currency": "EUR"})
    (entry,) = plan().prepare([Record(1, body)], NOW)
    assert json.loads(entry.body)["properties"].get("value") == sent


@pytest.mark.parametrize("order_id", [["  "], [""], [["x"]]])
def test_a_list_of_one_blank_text_is_nothing(order_id):
    assert "order_id" not in event(plan(), track(properties={"order_id": order_id})).get("properties", {})


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


def test_a_letter_that_only_becomes_a_currencys_in_upper_case_names_none():
    entry = one(plan(), track(properties={"value": 5, "currency": "u\u017fd"}))
    assert ("currency_unsupported", "properties.currency") in notes(entry)
    assert "value" not in json.loads(entry.body).get("properties", {})


@pytest.mark.parametrize("rule", [None, {"event": "Purchase", "value": 3, "currency": "EUR"}])
def test_an_amount_in_an_unsupported_currency_never_gets_another_one(rule):
    the_plan = plan(settings={"default_currency": "EUR"}, events={"Order Completed": rule} if rule else {})
    overlay = {"properties.currency": OverlayValue("EUR", "a host")}
    body = track(properties={"value": 5000, "currency": "XOF"})
    for given in (None, overlay):
        (entry,) = the_plan.prepare([Record(1, body, given)], NOW)
        sent = json.loads(entry.body).get("properties", {})
        assert (sent.get("value"), sent.get("currency")) == ((3, "EUR") if rule else (None, None))


def test_prices_never_get_another_currency_either():
    products = [{"product_id": "p", "price": 10, "quantity": 1}]
    rule = {"Order Completed": {"event": "Lead", "value": 3, "currency": "EUR"}}
    for currency in ("USD", "XOF"):
        entry = one(plan(events=rule), track(properties={"products": products, "currency": currency}))
        assert json.loads(entry.body)["properties"]["contents"] == [{"content_id": "p", "quantity": 1}]
        assert ("price_in_other_currency", "properties.contents[].price") in notes(entry)
    same = event(plan(events=rule), track(properties={"products": products, "currency": "eur"}))
    assert same["properties"]["contents"][0]["price"] == 10
    unsupported = event(
        plan(settings={"default_currency": "EUR"}),
        track(properties={"products": products, "currency": "XOF"}),
    )
    assert "currency" not in unsupported["properties"]


def test_sums_are_not_made_of_some_of_the_items():
    products = [{"product_id": "p", "price": 10, "quantity": 1}, "junk", {}]
    entry = one(plan(value="sum_of_items"), track(properties={"products": products, "currency": "EUR"}))
    sent = json.loads(entry.body)["properties"]
    assert "value" not in sent
    assert "num_items" not in sent
    assert ("value_incomplete", "properties.value") in notes(entry)


def test_the_records_own_number_of_items_stands():
    products = [{"product_id": "p", "quantity": 1}]
    assert (
        event(plan(), track(properties={"products": products, "num_items": 9}))["properties"]["num_items"]
        == 9
    )


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


def test_a_value_that_the_items_could_give_is_noted_and_not_made_up():
    products = [{"product_id": "p", "price": 3, "quantity": 2}]
    said = ("value_not_given", "properties.value")
    assert said in notes(one(plan(), track(properties={"products": products})))
    assert said not in notes(one(plan(), track(properties={"products": products, "value": "x"})))
    assert said not in notes(one(plan(value="sum_of_items"), track(properties={"products": products})))


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


def test_an_email_address_as_event_id_is_sent_and_noted():
    assert ("event_id_personal", "event_id") in notes(one(plan(), track(messageId="ann@example.com")))


@pytest.mark.parametrize("code", ["has space", "ann@example.com", {"a": 1}, "x" * 65])
def test_a_test_event_code_that_is_none_rejects_the_event_rather_than_count_it(code):
    assert one(plan(), track(properties={"test_event_code": code})).code == "test_event_code_unfit"


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


def deeper(frames, call):
    return call() if frames == 0 else deeper(frames - 1, call)


@pytest.mark.parametrize("levels", [250, 300, 900, 940, 960, 980])
def test_a_nested_record_is_judged_alike_wherever_the_host_calls_from(levels):
    body = b'{"text":"[","a":' + b"[" * levels + b"]" * levels + b"," + json.dumps(track()).encode()[1:]
    found = {deeper(frames, lambda: one(plan(), body).event_id) for frames in (0, 50, 200)}
    assert found == ({"m-1"} if levels < 256 else {None})


def test_brackets_in_texts_and_beside_each_other_are_no_nesting():
    body = track(properties={"order_id": '["\\' * 300, "lists": [[]] * 300})
    assert isinstance(one(plan(), body), Prepared)


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
