"""What a configuration tells about itself: its names, what has to be true elsewhere, what is odd about it."""

import pytest

from tests.mapping.making import PIXEL, SOURCES, config, one, plan
from tests.tables import load
from tiktok_destination.catalog.codes import codes
from tiktok_destination.mapping.building import build
from tiktok_destination.mapping.overview import field_renames


def lines(the_plan):
    return {(line.record, line.event_source): line for line in the_plan.overview().events}


def test_every_name_of_a_preset_is_a_line_for_each_event_source():
    found = lines(plan("auto"))
    named = {case["name"] for case in load("presets") if case["preset"] == "segment"}
    assert set(found) == {(name, source) for name in named for source in SOURCES}


@pytest.mark.parametrize("case", [case for case in load("presets") if case["preset"] == "segment"])
def test_a_line_says_what_becomes_of_the_name_or_why_nothing_does(case):
    found = lines(plan("auto"))
    for source in SOURCES:
        line, cell = found[case["name"], source], case[source]
        if isinstance(cell, str) and cell != "never":
            assert (line.event, line.origin) == (cell, "preset segment")
        else:
            code = {None: "event_not_for_source", "never": "event_never_sent"}
            of_cell = "event_off" if isinstance(cell, dict) else code[cell]
            assert (line.event, line.remark) == (None, codes()[of_cell].meaning)


def test_a_line_tells_of_conditions_fixed_values_and_names_that_are_going():
    when = {"path": "properties.plan", "exists": True}
    rules = {
        "A": {"event": "Lead", "value": 5, "currency": "EUR", "when": when},
        "Product Viewed": None,
        "Product Clicked": True,
    }
    found = lines(plan(events=rules))
    assert found["A", "web"].origin == "config"
    assert found["A", "web"].remark == "Under a condition. With a fixed value."
    assert found["Product Viewed", "web"].event is None
    assert (found["Product Clicked", "web"].event, found["Product Clicked", "web"].origin) == (
        "ClickButton",
        "config",
    )
    assert codes()["event_deprecated"].meaning in found["Order Placed", "web"].remark
    both = plan(events={"B": ["Lead", "Subscribe"]}).overview().events
    assert [line.event for line in both if line.record == "B"] == ["Lead", "Subscribe"]


def test_names_are_shown_under_the_naming_in_force():
    assert lines(plan(naming="legacy"))["Order Completed", "web"].event == "CompletePayment"
    assert lines(plan(preset="datalyr"))["lead", "web"].event == "SubmitForm"
    assert lines(plan("app", "datalyr"))["lead", "app"].event == "GenerateLead"


def test_the_remarks_say_what_the_pixel_has_to_send_and_what_app_events_lack():
    (pixel,) = plan().overview().remarks
    assert "properties.event_id, else properties.eventId, else messageId" in pixel
    assert "{event_id: ID}" in pixel
    (app,) = plan("app").overview().remarks
    assert "no documented deduplication" in app
    assert plan("offline").overview().remarks == plan("crm").overview().remarks == ()
    assert plan("auto").overview().remarks == (pixel, app)
    (without,) = plan(fields={"event_id": None}).overview().remarks
    assert "ID the value of ." not in without
    assert "No rule reads an event id" in without


def test_a_configuration_with_nothing_odd_about_it_has_no_warnings():
    for source in (*SOURCES, "auto"):
        assert plan(source).overview().warnings == ()


def test_a_warning_stands_once_however_many_event_sources_there_are():
    warnings = plan("auto", fields={"ad.ad_id": "properties.ad_id"}).overview().warnings
    assert [warning.path for warning in warnings] == [("mapping", "fields", "ad.ad_id")]


def renames(*args, **kwargs):
    return {(line.source, line.target): line for line in field_renames(build(config(*args, **kwargs)))}


def test_the_renaming_table_says_which_event_sources_have_the_field():
    found = renames("auto")
    assert found["context.ip", "user.ip"].event_sources == ("web", "app")
    assert found["properties.lead_id", "lead.lead_id"].event_sources == ("crm",)
    assert found["properties.order_id", "properties.order_id"].event_sources == ()
    assert found["properties.event_source", "event_source"].event_sources == ()
    assert all(line.event_sources == () for line in renames("web").values())


def test_the_renaming_table_tells_of_conditions_and_of_what_is_derived():
    found = renames("app")
    assert found["context.device.advertisingId", "user.idfa"].remark == "under a condition"
    derived = [line for (_, target), line in found.items() if target == "user.att_status"]
    assert [line.remark for line in derived] == ["", "derived from these"]
    own = renames(fields={"properties.value": {"from": "properties.cents", "transform": "number"}})
    line = own["properties.cents", "properties.value"]
    assert (line.origin, line.remark) == ("config", "as number")


def test_what_the_overview_shows_is_what_happens():
    the_plan = plan("auto", "datalyr", ids={"pixel_code": PIXEL, "tiktok_app_id": "7"})
    for (name, source), line in lines(the_plan).items():
        record = {
            "event": name,
            "event_source": source,
            "timestamp": 1_767_225_600,
            "email": "a@example.com",
            "app_id": "com.example.shop",
        }
        assert one(the_plan, record).event_name == line.event
