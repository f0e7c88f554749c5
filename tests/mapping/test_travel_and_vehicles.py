"""Travel and vehicle properties: each kind read as TikTok takes it, what is unfit left out with a note, on the web only."""

import json

import pytest

from tests.mapping.making import event, notes, one, plan, track
from tiktok_destination.catalog.fields import fields

TRAVEL = [
    "city",
    "region",
    "country",
    "origin_airport",
    "destination_airport",
    "checkin_date",
    "checkout_date",
    "destination_ids",
    "num_adults",
    "num_children",
    "num_infants",
    "departing_departure_date",
    "departing_arrival_date",
    "returning_departure_date",
    "returning_arrival_date",
    "suggested_hotels",
    "suggested_destinations",
    "travel_class",
    "travel_start",
    "travel_end",
    "user_score",
    "preferred_num_stops",
]
VEHICLES = [
    "postal_code",
    "make",
    "model",
    "trim",
    "exterior_color",
    "interior_color",
    "year",
    "vin",
    "state_of_vehicle",
    "mileage",
    "transmission",
    "body_style",
    "fuel_type",
    "drivetrain",
    "condition_of_vehicle",
    "preferred_price_range",
    "viewcontent_type",
    "search_type",
    "registration_type",
]


@pytest.mark.parametrize(
    ("name", "given", "sent"),
    [
        ("destination_airport", " LIS ", "LIS"),
        ("checkin_date", "2026-12-24", "2026-12-24"),
        ("departing_departure_date", 20261224, "20261224"),
        ("num_adults", "2", 2),
        ("num_children", 0, 0),
        ("num_infants", 1.0, 1),
        ("preferred_num_stops", "1", 1),
        ("suggested_hotels", ["A", " B "], ["A", "B"]),
        ("destination_ids", 17, ["17"]),
        ("travel_class", "ECO", "eco"),
        ("travel_class", "first", "first"),
        ("user_score", "8.5", 8.5),
        ("postal_code", 10115, "10115"),
        ("year", "2024", 2024),
        ("vin", "1EXAMPLE000000017", "1EXAMPLE000000017"),
        ("state_of_vehicle", "cpo", "CPO"),
        ("transmission", "automatic", "Automatic"),
        ("body_style", "suv", "SUV"),
        ("fuel_type", "HYBRID", "Hybrid"),
        ("drivetrain", "four_wd", "FOUR_WD"),
        ("condition_of_vehicle", "Good", "Good"),
        ("mileage", {"value": "12000.5", "unit": "mi"}, {"value": 12000.5, "unit": "MI"}),
        ("mileage", {"value": 5, "unit": "KM", "of": "trip"}, {"value": 5, "unit": "KM"}),
        ("preferred_price_range", ["10000", 20000], [10000, 20000]),
        ("preferred_price_range", [0, 0], [0, 0]),
        ("viewcontent_type", "offer", "offer"),
    ],
)
def test_a_property_is_read_as_what_it_is(name, given, sent):
    assert event(plan(), track(properties={name: given}))["properties"] == {name: sent}


@pytest.mark.parametrize(
    ("name", "given", "note"),
    [
        ("destination_airport", {"iata": "LIS"}, "not_text"),
        ("num_adults", "two", "not_a_number"),
        ("num_adults", 1.5, "not_a_whole_number"),
        ("num_children", -1, "negative_number"),
        ("suggested_hotels", [{"id": 1}], "not_text"),
        ("travel_class", "economy", "not_allowed"),
        ("user_score", "good", "not_a_number"),
        ("year", "MMXX", "not_a_number"),
        ("vin", "1" * 18, "vin_unfit"),
        ("vin", ["a", "b"], "not_text"),
        ("state_of_vehicle", "Broken", "not_allowed"),
        ("drivetrain", "4WD", "not_allowed"),
        ("mileage", 12000, "mileage_unfit"),
        ("mileage", {"value": 12000}, "mileage_unfit"),
        ("mileage", {"value": -1, "unit": "KM"}, "mileage_unfit"),
        ("mileage", {"value": 1, "unit": "miles"}, "mileage_unfit"),
        ("preferred_price_range", [20000, 10000], "price_range_unfit"),
        ("preferred_price_range", [1], "price_range_unfit"),
        ("preferred_price_range", [1, 2, 3], "price_range_unfit"),
        ("preferred_price_range", [-1, 2], "price_range_unfit"),
        ("preferred_price_range", "10000-20000", "price_range_unfit"),
    ],
)
def test_an_unfit_property_is_left_out_and_noted_and_the_event_stays(name, given, note):
    entry = one(plan(), track(properties={name: given}))
    assert (note, f"properties.{name}") in notes(entry)
    assert name not in json.loads(entry.body).get("properties", {})


def test_the_catalog_has_exactly_these_for_the_web_alone():
    web_only = {target for target, field in fields().items() if field.event_sources == {"web"}}
    named = {target.removeprefix("properties.") for target in web_only if target.startswith("properties.")}
    assert named == {*TRAVEL, *VEHICLES}


@pytest.mark.parametrize("event_source", ["app", "offline", "crm"])
def test_no_travel_or_vehicle_property_is_sent_for_another_event_source(event_source):
    properties = dict.fromkeys([*TRAVEL, *VEHICLES], "1")
    properties |= {"email": "a@example.com", "lead_id": "73001", "order_id": "kept"}
    record = {**track(properties=properties), "context": {"app": {"namespace": "com.example.shop"}}}
    assert event(plan(event_source), record)["properties"] == {"order_id": "kept"}


def test_the_event_tells_the_city_of_the_trip_and_the_person_theirs():
    record = track(
        properties={"city": "Lisbon", "country": "Portugal", "address": {"city": "Köln", "country": "DE"}}
    )
    sent = event(plan(), record)
    assert sent["properties"] == {"city": "Lisbon", "country": "Portugal"}
    assert (sent["user"]["city"], sent["user"]["country"]) == ("köln", "de")
