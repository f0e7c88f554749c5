import json

import pytest

from plugin_spec import OverlayValue, Prepared, Record
from tests.mapping.making import NOW, event, notes, one, plan, track
from tiktok_destination.mapping.paths import PathError, parse


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
        ({"path": "a", "equals": 1}, {"a": True}, False),
        ({"path": "a", "equals": "true"}, {"a": True}, True),
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


def test_a_number_of_five_thousand_digits_is_no_key_to_select_by():
    assert parse("list[id=5].x").find({"list": [{"id": 10**5_000, "x": 1}, {"id": 5, "x": 2}]}) == 2


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "a[", 'a"b"', "a]", "a.[0]"])
def test_a_path_that_cannot_be_read_is_refused(path):
    with pytest.raises(PathError):
        parse(path)
