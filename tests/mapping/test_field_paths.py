"""Where the presets for Segment's spec and for GA4 look: each path alone fills its field, and the first in order wins."""

import hashlib
import json
import re

import pytest

from plugin_spec import OverlayValue, Prepared, Record
from tests.mapping.making import IDS, NOW, SECONDS, TIME, config, event, ga4, notes, one, plan, track
from tests.tables import load
from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.overview import field_renames

STEP = re.compile(r'"([^"]+)"|\[(\d+)\]|\[(\w+)=(\w+)\]|([^.\[\]"]+)')
BARE = {
    "segment": {"type": "track", "event": "Order Completed", "timestamp": TIME},
    "ga4": {"event_name": "purchase", "event_time": TIME},
}
"""Records with a name and a time and nothing else; the overlay lends what an event cannot do without."""
LENT = {
    "user.email": OverlayValue("somebody@example.com", "test"),
    "page.url": OverlayValue("https://elsewhere.example/", "test"),
    "app.app_id": OverlayValue("com.example.lent", "test"),
    "lead.lead_id": OverlayValue("7300000000000000001", "test"),
}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def same(values):
    return [(value, value) for value in values]


def hashed(values):
    return [(value, sha256(value)) for value in values]


NUMBERS = range(5)
VALUES = {
    "email": hashed(f"person{n}@example.com" for n in NUMBERS),
    "phone": hashed(f"+1213373425{n}" for n in NUMBERS),
    "external_id": hashed(f"Customer-{n}" for n in NUMBERS),
    "person_name": hashed(f"ann{n}" for n in NUMBERS),
    "zip_code": hashed(f"1234{n}" for n in NUMBERS),
    "idfa": hashed(f"EA7583CD-A667-48BC-B806-42ECB2B4860{n}" for n in NUMBERS),
    "gaid": hashed(f"aaaaaa-2222-1111-8787-809e92233ba{n}" for n in NUMBERS),
    "ttclid": same(f"E.C.P.click{n}" for n in NUMBERS),
    "opaque_id": same(f"id-{n}" for n in NUMBERS),
    "link_value": same(f"170000000000000000{n}" for n in NUMBERS),
    "ip": same(f"203.0.113.{n + 1}" for n in NUMBERS),
    "user_agent": same(f"Mozilla/5.0 (example {n})" for n in NUMBERS),
    "locale": same(["en-US", "de-DE"]),
    "place": same(f"town{n}" for n in NUMBERS),
    "state": same(f"state{n}" for n in NUMBERS),
    "country": same(["de", "fr", "gb", "es"]),
    "web_url": same(f"https://shop.example/{n}" for n in NUMBERS),
    "referrer": same(f"https://www.example/{n}" for n in NUMBERS),
    "text": same(f"text {n}" for n in NUMBERS),
    "strings": same([f"one {n}", f"two {n}"] for n in NUMBERS),
    "flag": same([True, False]),
    "count": same(NUMBERS),
    "amount": same(n + 0.5 for n in NUMBERS),
    "share": same([0.5, 0.25]),
    "currency": same(["EUR", "USD", "GBP"]),
    "vin": same(["1EXAMPLE000000017"]),
    "mileage": same([{"value": 12000, "unit": "KM"}]),
    "price_range": same([[10000, 20000]]),
    "event_id": same(f"event-{n}" for n in NUMBERS),
    "event_time": [(SECONDS - n, SECONDS - n) for n in NUMBERS],
    "test_event_code": same(f"TEST{n}" for n in NUMBERS),
}


def values_of(case):
    field = fields().get(case["target"])
    if field is not None and field.kind == "choice":
        return same(field.choices)
    return VALUES[field.kind if field else case["target"]]


def put(record, path, value):
    """Write `value` at `path`, making what leads there."""
    if isinstance(path, dict):
        for where, held in path.get("with", {}).items():
            put(record, where, held)
        return put(record, path["of"], f"https://shop.example/p?a=1&{path['query']}={value}")
    quoted = [
        quote or plain or (int(index) if index else {key: equals})
        for quote, index, key, equals, plain in STEP.findall(path)
    ]
    at = record
    for step, following in zip(quoted, [*quoted[1:], None], strict=True):
        inside = value if following is None else [] if isinstance(following, int | dict) else {}
        if isinstance(step, str):
            at = at.setdefault(step, inside)
        else:
            at.append(inside if isinstance(step, int) else {**inside, **step})
            at = at[-1]
    return record


def sent(case, record):
    """What the field of the case holds in the event of this record."""
    the_plan = plan(case["event_source"], case["preset"])
    (entry,) = the_plan.prepare([Record(1, json.dumps(record).encode(), LENT)], NOW)
    assert isinstance(entry, Prepared), entry
    if case["target"] == "test_event_code":
        return json.loads(the_plan.envelope(entry.batch_key, [entry.body])).get("test_event_code")
    held = json.loads(entry.body)
    for name in case["target"].split("."):
        held = held.get(name, {})
    return held


def record_of(case):
    record = json.loads(json.dumps(BARE[case["preset"]]))
    if case["target"] == "event_time":
        record.pop("timestamp", None)
        record.pop("event_time", None)
    for path, value in case.get("with", {}).items():
        put(record, path, value)
    return record


def name_of(path):
    return path if isinstance(path, str) else f"{path['query']} in the query of {path['of']}"


CASES = load("field_paths")
SINGLE = [
    pytest.param(case, path, id=f"{case['preset']}-{case['target']}-{name_of(path)}")
    for case in CASES
    for path in case["paths"]
]
SEVERAL = [
    pytest.param(case, id=f"{case['preset']}-{case['target']}")
    for case in CASES
    if len(case["paths"]) > 1 and "either" not in case
]


@pytest.mark.parametrize(("case", "path"), SINGLE)
def test_a_value_at_this_path_alone_is_in_the_field(case, path):
    given, expected = values_of(case)[0]
    assert sent(case, put(record_of(case), path, given)) == expected


@pytest.mark.parametrize("case", SEVERAL)
def test_the_first_path_that_is_not_empty_wins(case):
    values = values_of(case)
    for first in range(len(case["paths"]) - 1):
        record = record_of(case)
        for at, path in enumerate(case["paths"]):
            if at >= first:
                put(record, path, values[at % len(values)][0])
            elif isinstance(path, str):
                put(record, path, " ")
        assert sent(case, record) == values[first % len(values)][1], case["paths"][first]


def test_the_presets_read_no_path_that_the_table_does_not_check():
    for name, event_source in (("segment", "auto"), ("ga4", "web")):
        tabled = {
            (case["target"], name_of(path))
            for case in CASES
            if case["preset"] == name
            for path in case["paths"]
        }
        shipped = {
            (line.target, line.source)
            for line in field_renames(build(config(event_source, name, ids=IDS[event_source])))
        }
        beyond = {pair for pair in shipped - tabled if not pair[0].startswith("properties.contents[]")}
        assert beyond <= ELSEWHERE
        assert tabled <= shipped


ELSEWHERE = {
    ("event", "event"),
    ("event", "event_name"),
    ("event_source", "properties.event_source"),
    ("event_source", "properties.eventSource"),
    ("ad_tracking_enabled", "context.device.adTrackingEnabled"),
    (
        "user.att_status",
        "context.os.name, context.device.type, context.os.version, context.device.adTrackingEnabled",
    ),
    ("properties.mileage", "properties.mileage_value"),
    ("properties.mileage", "properties.mileage_unit"),
    ("properties.preferred_price_range", "properties.preferred_price_range_min"),
    ("properties.preferred_price_range", "properties.preferred_price_range_max"),
}
"""Target and source of what has tests of its own."""


# --- what the table cannot say -----------------------------------------------------------------------------------------


def test_a_user_id_and_tiktoks_external_id_are_both_sent():
    record = track(
        context={"externalId": [{"type": "other", "id": "no"}, {"type": "tiktokExternalId", "id": "tt-1"}]}
    )
    assert event(plan(), record)["user"]["external_id"] == [sha256("u-1"), sha256("tt-1")]


def test_a_click_id_in_the_referrer_counts_only_from_the_same_site():
    own = {"url": "https://www.shop.example/", "referrer": "https://shop.example/?ttclid=E.C.P.own"}
    other = {"url": "https://shop.example/", "referrer": "https://ads.example/?ttclid=E.C.P.other"}
    assert event(plan(), track(context={"page": own}))["user"]["ttclid"] == "E.C.P.own"
    assert "ttclid" not in event(plan(), track(context={"page": other}))["user"]


@pytest.mark.parametrize("os", ["Windows", None, "tvOS"])
def test_an_advertising_id_of_an_unknown_system_is_neither_apples_nor_googles(os):
    device = {"advertisingId": "EA7583CD-A667-48BC-B806-42ECB2B48606", "id": "device-1"}
    record = track(
        properties={"email": "a@example.com"},
        context={"device": device, "os": {"name": os}, "app": {"namespace": "com.example.shop"}},
    )
    assert set(event(plan("app"), record)["user"]) == {"email"}


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("product_id", "content_id"),
        ("name", "content_name"),
        ("category", "content_category"),
        ("price", "price"),
        ("quantity", "quantity"),
        ("brand", "brand"),
    ],
)
def test_a_field_of_a_segment_item_stands_in_products_or_flat(key, field):
    value = {"price": 9.5, "quantity": 2}.get(key, f"a {key}")
    listed = event(plan(), track(properties={"products": [{key: value}]}))["properties"]["contents"]
    assert listed == [{field: value}]
    flat = event(plan(), track(properties={"product_id": "p", key: value}))["properties"]["contents"]
    assert flat == [{"content_id": "p", field: value}]
    both = track(properties={"products": [{"product_id": "listed"}], "product_id": "flat", key: value})
    assert event(plan(), both)["properties"]["contents"] == [{"content_id": "listed"}]


@pytest.mark.parametrize(
    ("key", "field"),
    [
        ("item_id", "content_id"),
        ("item_name", "content_name"),
        ("item_category", "content_category"),
        ("price", "price"),
        ("quantity", "quantity"),
        ("item_brand", "brand"),
    ],
)
def test_a_field_of_a_ga4_item_stands_in_items(key, field):
    value = {"price": 9.5, "quantity": 2}.get(key, f"a {key}")
    contents = event(plan(preset="ga4"), ga4(items=[{key: value}]))["properties"]["contents"]
    assert contents == [{field: value}]


def test_a_digest_that_a_tag_manager_made_is_passed_on():
    digest = sha256("person@example.com")
    sent_event = event(plan(preset="ga4"), ga4(user_data={"sha256_email_address": digest.upper()}))
    assert sent_event["user"]["email"] == digest


def test_a_destination_list_may_be_one_string():
    properties = {
        "destination_ids": "LIS",
        "suggested_destinations": "Porto",
        "suggested_hotels": ["A", "B"],
    }
    assert event(plan(), track(properties=properties))["properties"] == {
        "destination_ids": ["LIS"],
        "suggested_hotels": ["A", "B"],
        "suggested_destinations": ["Porto"],
    }


def test_a_mileage_and_a_price_range_may_be_told_in_parts():
    properties = {
        "mileage_value": "12000",
        "mileage_unit": "km",
        "preferred_price_range_min": 10000,
        "preferred_price_range_max": "20000.50",
    }
    assert event(plan(), track(properties=properties))["properties"] == {
        "mileage": {"value": 12000, "unit": "KM"},
        "preferred_price_range": [10000, 20000.5],
    }


@pytest.mark.parametrize(
    ("properties", "note"),
    [
        ({"mileage_value": 5}, ("mileage_unfit", "properties.mileage")),
        ({"mileage_unit": "KM"}, ("mileage_unfit", "properties.mileage")),
        ({"preferred_price_range_min": 5}, ("price_range_unfit", "properties.preferred_price_range")),
    ],
)
def test_half_of_a_mileage_or_of_a_range_is_left_out_and_noted(properties, note):
    entry = one(plan(), track(properties=properties))
    assert note in notes(entry)
    assert "properties" not in json.loads(entry.body)


def test_a_rule_may_hold_under_a_condition_only():
    rule = {
        "from": ["properties.a", "properties.b"],
        "when": {"path": "properties.kind", "in": ["x", "y"]},
    }
    the_plan = plan(fields={"properties.description": [rule, "properties.c"]})
    for kind, expected in (("x", "b"), ("z", "c"), (None, "c")):
        properties = {"kind": kind, "b": "b", "c": "c"}
        assert event(the_plan, track(properties=properties))["properties"]["description"] == expected
