"""Rows that make one event: joined as typed rows where they are alike, and equal to the interpreter's joining always."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_spec import ConfigError, Note, OverlayValue, Prepared, Record
from tests.mapping.making import NOW, SET, config, plan, row
from tests.mapping.test_properties import values
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.plan import compile_plan

OTHER_SET = "7400000000000000011"
CELLS = {
    "event": ["CompletePayment", " completepayment", "Contact", "Nobody's", 1, True],
    "event_id": ["e-1", " e-1", "e-2", "", "é", 1, True, 1.0],
    "order_id": ["o-1", "o-2", ""],
    "timestamp": ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", 1_767_225_600, 1, True, "", "today"],
    "email": ["a@example.com", "A@example.com", "", " ", "nobody", ["a@example.com", ""], 5],
    "phone": ["+12133734253", "07700 900123", "", [], 447_700_900_123],
    "ip": ["203.0.113.9", "10.0.0.1", "2001:db8::1", ""],
    "shop_id": ["a", "b", "", {"k": "v"}, ["a"], 1, True, Decimal("sNaN")],
    "agent": ["Browser 1.0 of somebody", "", True],
    "currency": ["EUR", "eur", "", "XBT"],
    "value": [5, "12.5", "", -1, "a lot", Decimal("1.50")],
    "price": [1.5, "2.25", "", 0, -0.0, 1e17, 19.99, "x"],
    "quantity": [1, "3", "", 1.0, True],
    "content_id": ["p-1", "p-2", "", 7],
    "event_source": ["web", ""],
    "event_set_id": [SET, OTHER_SET, ""],
    "rows": ["", "x"],
}
cells = st.sampled_from(sorted(CELLS)).flatmap(
    lambda column: st.tuples(st.just(column), st.sampled_from(CELLS[column]) | values)
)
changes = st.lists(st.lists(cells, max_size=3), min_size=1, max_size=5)
FIELDS = {
    "user.email": [["email", "shop_id"], {"from": "email", "transform": "lower"}, {"const": "a@example.com"}],
    "user.external_id": ["email", ["external_id", "event_id"]],
    "properties.description": [
        {"from": "shop_id", "transform": "upper"},
        {"from": "shop_id", "when": {"path": "event", "equals": ""}},
    ],
    "properties.shop_id": ["shop_id.k"],
    "properties.value": ["value"],
    "properties.contents[].price": ["shop_id.k", {"from": "price", "transform": "number"}],
    "properties.content_ids": ["content_id"],
    "event_id": [["order_id", "event_id"], None],
    "test_event_code": ["shop_id"],
}
rules = st.fixed_dictionaries(
    {}, optional={target: st.sampled_from(choices) for target, choices in FIELDS.items()}
)
mappings = st.fixed_dictionaries(
    {"fields": rules | st.just({})},
    optional={"value": st.sampled_from(["by_rows", "order_total", "sum_of_rows", "sum_of_items"])},
)


def both(the_plan, records):
    return list(the_plan.prepare(records, NOW)), list(
        InterpretedPlan(the_plan.rulebook).prepare(records, NOW)
    )


def as_record(position, body, form):
    if form == "JSON":
        try:
            return Record(position, json.dumps(body).encode())
        except (TypeError, ValueError):  # a cell that has no JSON
            return Record(position, body)
    if form == "cut short":
        return Record(position, b'{"event":')
    if form == "unreadable":
        return Record(position, b"", fault=Note("bad_quoting"))
    overlay = {"user.email": OverlayValue("b@example.com", "identity")} if form == "added to" else None
    return Record(position, body, overlay)


forms = st.sampled_from(["JSON", "JSON", "object", "object", "cut short", "unreadable", "added to"])


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["web", "offline"]), mappings, changes, st.data())
def test_random_rows_under_random_rules_become_equal_entries(event_source, mapping, changed, data):
    ids = {"event_set_ids": [SET, OTHER_SET]} if event_source == "offline" else None
    try:
        the_plan = compile_plan(config(event_source, "amperity", {"default_region": "US"}, ids, **mapping))
    except ConfigError:
        return
    body = row(currency="USD", content_id="p-1", price=8, quantity=2, email="a@example.com")
    records = []
    for position, cells_changed in enumerate(changed, 1):
        body = body | dict(cells_changed)
        records.append(as_record(position, body, data.draw(forms)))
    compiled, interpreted = both(the_plan, records)
    assert compiled == interpreted


@pytest.fixture
def no_rules_are_walked(monkeypatch):
    def never(*_args, **_named):
        raise AssertionError("walked")

    monkeypatch.setattr(Interpreter, "entries", never)


@pytest.mark.usefixtures("no_rules_are_walked")
@pytest.mark.parametrize("form", ["JSON", "object"])
def test_rows_that_are_alike_are_joined_without_the_interpreter(form):
    bodies = [row(content_id=f"p-{at}", price=at + 0.1, quantity=3, currency="USD") for at in range(4)]
    records = [as_record(at, body, form) for at, body in enumerate([*bodies, row(event_id="e-2")], 1)]
    joined, alone = plan("web", "amperity").prepare(records, NOW)
    assert isinstance(joined, Prepared)
    assert (joined.rows, alone.rows) == ((1, 2, 3, 4), ())
    assert json.loads(joined.body)["properties"]["value"] == 19.2


@pytest.mark.usefixtures("no_rules_are_walked")
@pytest.mark.parametrize("form", ["JSON", "object"])
def test_rows_of_one_event_that_differ_are_made_by_code_all_the_same(form):
    changes = [{}, {"ip": "198.35.26.7"}, {"email": "b@example.com", "event_source": "web"}, {}]
    records = [
        as_record(at, row(ip="198.35.26.9", content_id=f"p-{at}") | change, form)
        for at, change in enumerate(changes, 1)
    ]
    (joined,) = plan("web", "amperity").prepare(records, NOW)
    assert isinstance(joined, Prepared)
    assert joined.rows == (1, 2, 3, 4)
    sent = json.loads(joined.body)
    assert sent["properties"]["content_ids"] == ["p-1", "p-2", "p-3", "p-4"]
    assert len(sent["user"]["email"]) == 2
    assert [note.code for note in joined.notes][:2] == ["group_values_differ", "event_source_ignored"]


@pytest.mark.parametrize(
    "second",
    [
        {"agent": "another", "event_channel": "email"},
        {"email": "b@example.com"},
        {"phone": ["+12133734253"]},
        {"timestamp": datetime(2026, 1, 1, tzinfo=UTC)},
        {"event_id": "e-1 "},
        {"value": 1e999},
        {"rows": "x"},
        {"event_source": "web", "ip": "203.0.113.7"},
        {"email": "b@example.com", "ip": "203.0.113.7", "phone": "", "event_set_id": SET},
        {"email": ["b@example.com", ""], "event": "completepayment"},
    ],
)
def test_rows_of_one_event_that_differ_become_equal_entries(second):
    for event_source in ("web", "offline"):
        first = row(ip="198.35.26.9")
        records = [Record(1, first), Record(2, first | second), Record(3, first)]
        compiled, interpreted = both(plan(event_source, "amperity"), records)
        assert compiled == interpreted


NAN = float("nan")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"event_id": 1}, {"event_id": True}),
        ({"event_id": True}, {"event_id": 1}),
        ({"event_id": True}, {"event_id": 1.0}),
        ({"event_id": 0}, {"event_id": False}),
        ({"ip": NAN}, {"ip": NAN}),
        ({"agent": NAN}, {"agent": NAN}),
    ],
    ids=str,
)
def test_rows_whose_equal_cells_say_different_things_become_equal_entries(first, second):
    for event_source in ("web", "offline"):
        records = [Record(1, row() | first), Record(2, row() | second), Record(3, row() | second)]
        compiled, interpreted = both(plan(event_source, "amperity"), records)
        assert compiled == interpreted
