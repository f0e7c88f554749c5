"""Values that a mapping may bring and JSON cannot: every rule takes them, in every place that it reads."""

import datetime as dt
import json
import uuid
from decimal import Decimal

import pytest
from making import NOW, PIXEL, SET, event, plan, track

from plugin_spec import Prepared, Record, Settled
from tiktok_destination.mapping.overview import field_renames
from tiktok_destination.mapping.paths import parse

ZONE_BEYOND = dt.timezone(dt.timedelta(hours=14))
ODD = {
    "bytes": b"\xff\0",
    "empty bytes": b"",
    "a time of day": dt.time(1, 2),
    "a length of time": dt.timedelta(days=10**6),
    "a day": dt.date.min,
    "a moment without a zone": dt.datetime.max,  # noqa: DTZ901 - a column without a zone may hold it
    "the first moment of all, in a zone": dt.datetime.min.replace(tzinfo=ZONE_BEYOND),
    "a UUID": uuid.UUID(int=1),
    "a decimal": Decimal("1.50"),
    "a large decimal": Decimal(10) ** 70,
    "a decimal of many digits": Decimal("1." + "1" * 70),
    "a decimal that is huge": Decimal("1E+400000"),
    "a decimal that is no number": Decimal("sNaN"),
    "an infinite decimal": Decimal("-Infinity"),
    "no number": float("nan"),
    "infinity": float("inf"),
    "an integer of 10,000 digits": 10**10_000,
    "half a character": "\ud800",
    "a tuple": (b"", None),
    "a list of all sorts": [None, b"", dt.time(), {1: 2}, [], Decimal("NaN")],
    "keys that are no text": {1: "x", None: "y", dt.date.min: "z", b"k": {}},
    "an object of no known class": object(),
}


def with_value_at(path, value):
    """A good record, in which this value stands at this path."""
    record = track(user_agent="x", event_id="m-1", email="kim@mail.example")
    holder, steps = record, [step for step in parse(path).steps if isinstance(step, str)]
    for step in steps[:-1]:
        if not isinstance(holder.get(step), dict):
            holder[step] = {}
        holder = holder[step]
    holder[steps[-1]] = value
    return record


CONDITIONS = {
    "any": [
        {"path": "odd", operator: operand}
        for operator, operand in [
            ("exists", False),
            ("equals", True),
            ("equals", 1),
            ("equals", "x"),
            ("in", ["x", 1]),
            ("contains", "x"),
            ("gt", 0),
            ("lt", 1),
        ]
    ]
}
TRANSFORMS = ("string", "number", "integer", "boolean", "lower", "upper", "trim", "split")


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("shape", ["web", "offline"])
def test_the_rules_take_every_value_in_every_place(shape, odd):
    if shape == "web":
        the_plan = plan(settings={"pixel_code": PIXEL})
    else:
        the_plan = plan("offline", "amperity", settings={"event_set_id": SET})
    paths = {rename.source.rpartition(" in the query of ")[2] for rename in field_renames(the_plan.rulebook)}
    assert len(paths) > 10
    records = [Record(at, with_value_at(path, odd)) for at, path in enumerate(sorted(paths), 1)]
    told = list(the_plan.explain(records, NOW))
    assert {type(one.entry) for one in told} <= {Prepared, Settled}
    assert {at for one in told for at in one.entry.rows or [one.entry.position]} == set(
        range(1, len(paths) + 1)
    )
    assert all(json.loads(one.entry.body) for one in told if isinstance(one.entry, Prepared))


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_rows_of_one_event_may_hold_any_values(odd):
    the_plan = plan("offline", "amperity", settings={"event_set_id": SET})
    for path in {rename.source for rename in field_renames(the_plan.rulebook)} - {"event", "event_id"}:
        rows = [Record(1, with_value_at(path, odd)), Record(2, with_value_at(path, Decimal("sNaN")))]
        entries = list(the_plan.prepare(rows, NOW))
        assert [row for entry in entries for row in entry.rows or [entry.position]] == [1, 2]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_conditions_and_transforms_take_every_value(odd):
    for transform in TRANSFORMS:
        the_plan = plan(
            fields={"properties.description": {"from": "odd", "transform": transform}},
            events={"Anything": [{"event": "Lead", "when": CONDITIONS}, {"event": "Contact"}]},
        )
        entries = list(the_plan.prepare([Record(1, track("Anything", odd=odd))], NOW))
        assert entries[-1].event_name == "Contact"


def test_ids_that_a_database_holds_as_decimals_or_uuids_are_sent_with_all_their_digits():
    bodies = {
        Decimal("7400000000000000001.00"): "7400000000000000001",
        Decimal("12.0"): "12",
        Decimal("1.50"): "1.5",
        uuid.UUID("12345678-1234-5678-1234-567812345678"): "12345678-1234-5678-1234-567812345678",
    }
    for held, sent in bodies.items():
        (entry,) = plan().prepare([Record(1, track(messageId=held))], NOW)
        assert entry.event_id == sent


def test_a_moment_of_a_mapping_is_read_like_its_text():
    moment = dt.datetime(2026, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    (entry,) = plan().prepare([Record(1, track(timestamp=moment))], NOW)
    assert json.loads(entry.body)["event_time"] == event(plan(), track())["event_time"]
