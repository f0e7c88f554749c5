"""Event sources: what belongs to which, CRM events, and records that say for themselves where they belong."""

import json

import pytest

from plugin_spec import Prepared
from tests.mapping.making import (
    APP,
    CRM_SET,
    IDS,
    PIXEL,
    SET,
    SOURCES,
    TIME,
    entries,
    event,
    faults,
    happening,
    notes,
    one,
    plain,
    plan,
    row,
    track,
)
from tiktok_destination.catalog.fields import fields

WHERE = {"web": PIXEL, "app": APP, "offline": SET, "crm": CRM_SET}


def full_record():
    """A record that has something for every field of every event source, under the field's own name."""
    record = {"event": "Purchase", "timestamp": TIME, "event_id": "e-1"}
    fit = {
        "email": "a@example.com",
        "phone": "+12133734253",
        "ip": "203.0.113.9",
        "locale": "en-US",
        "country": "us",
        "state": "CA",
        "zip_code": "94107",
        "web_url": "https://shop.example/",
        "referrer": "https://www.example/",
        "currency": "EUR",
        "flag": True,
        "count": 3,
        "amount": 5,
        "share": 0.5,
        "vin": "1EXAMPLE000000017",
        "mileage": {"value": 5, "unit": "KM"},
        "price_range": [1, 2],
        "contents": [{"content_id": "p"}],
    }
    for target, field in fields().items():
        record[target] = field.choices[0] if field.kind == "choice" else fit.get(field.kind, "something")
    record["user.att_status"] = "AUTHORIZED"
    return record


def every_rule(event_source):
    rules = {
        target: f'"{target}"'
        for target, field in fields().items()
        if event_source in field.event_sources and field.kind != "contents"
    }
    return rules | {"event_time": "timestamp", "event_id": "event_id"}


def members(sent):
    return {
        f"{part}.{name}" if isinstance(held, dict) else part
        for part, held in sent.items()
        for name in (held if isinstance(held, dict) else [""])
    }


@pytest.mark.parametrize("event_source", SOURCES)
def test_every_field_of_an_event_source_can_be_filled_and_no_other_can_be_mapped(event_source):
    the_plan = plan(event_source, None, fields=every_rule(event_source))
    expected = set(every_rule(event_source)) - {"event_time", "event_id"}
    assert members(event(the_plan, full_record())) - {"event", "event_time", "event_id"} == expected
    for target, field in fields().items():
        if event_source in field.event_sources or field.kind == "contents" or target == "user.country":
            continue
        (fault,) = faults(event_source, fields={target: "somewhere"})
        assert fault.path == ("mapping", "fields", target)
        assert f"this destination sends {event_source} events" in fault.problem


@pytest.mark.parametrize("event_source", SOURCES)
def test_a_record_that_belongs_to_all_gives_each_event_source_its_own_fields_alone(event_source):
    rules = every_rule("web") | every_rule("app") | every_rule("offline") | every_rule("crm")
    the_plan = plan("auto", None, fields=rules)
    sent = event(the_plan, {**full_record(), "event_source": event_source})
    allowed = {target for target, field in fields().items() if event_source in field.event_sources}
    assert members(sent) - {"event", "event_time", "event_id"} == allowed - {"properties.contents"}
    assert ("event_id" in sent) == (event_source != "app")


# --- crm ---------------------------------------------------------------------------------------------------------------


def lead(name="Form Submitted", lead_id="7300000000000000009", **properties):
    given = {"lead_id": lead_id, "lead_event_source": "Example CRM", **properties}
    return {**track(name, given), "userId": None, "context": {}}


def test_a_crm_event_names_its_lead_and_the_lead_alone_is_an_identifier():
    sent = event(plan("crm"), lead())
    assert sent == {
        "event": "Lead",
        "event_time": 1_767_225_600,
        "event_id": "m-1",
        "lead": {"lead_id": "7300000000000000009", "lead_event_source": "Example CRM"},
    }


@pytest.mark.parametrize("lead_id", [None, "", "null", "0", ["1", "2"]])
def test_a_crm_event_without_a_lead_is_rejected_whoever_it_is_about(lead_id):
    entry = one(plan("crm"), lead(lead_id=lead_id, email="a@example.com"))
    assert (entry.outcome, entry.code, entry.path) == ("rejected", "lead_id_missing", "lead.lead_id")


def test_crm_events_take_standard_names_and_custom_ones_where_they_are_allowed():
    assert one(plan("crm"), lead("Purchase")).event_name == "Purchase"
    assert one(plan("crm"), lead("MeetingHeld")).code == "event_unmapped"
    assert one(plan("crm", custom_events=["MeetingHeld"]), lead("MeetingHeld")).event_name == "MeetingHeld"


def test_two_leads_of_one_second_have_different_derived_ids_and_one_lead_the_same():
    given = [{**lead(lead_id=at), "messageId": None} for at in ("73001", "73002", "73001")]
    first, second, again = entries(plan("crm"), *given)
    assert first.event_id != second.event_id
    assert first.event_id == again.event_id
    assert ("event_id_derived", "event_id") in notes(first)
    assert ("pixel_cannot_match", "event_id") not in notes(first)
    assert first.dedup_key == again.dedup_key != second.dedup_key


def test_crm_events_travel_under_the_crm_event_set():
    the_plan = plan("crm")
    entry = one(the_plan, lead())
    head = json.loads(the_plan.envelope(entry.batch_key, [entry.body]))
    assert (head["event_source"], head["event_source_id"]) == ("crm", CRM_SET)


# --- records that choose -----------------------------------------------------------------------------------------------


def chosen(the_plan, record):
    """The event source and id under which a record is sent, or the code that says why it is not."""
    entry = one(the_plan, record)
    if not isinstance(entry, Prepared):
        return entry.code
    head = json.loads(the_plan.envelope(entry.batch_key, [entry.body]))
    return head["event_source"], head["event_source_id"]


def saying(event_source, **fields):
    properties = {"email": "a@example.com", "lead_id": "7300000000000000009", **fields}
    return {
        **track(properties={**properties, "event_source": event_source}),
        "context": {"app": {"namespace": "com.example.shop"}, "page": {"url": "https://shop.example/"}},
    }


@pytest.mark.parametrize("event_source", SOURCES)
def test_a_record_goes_where_it_says(event_source):
    the_plan = plan("auto")
    for written in (event_source, event_source.upper(), f" {event_source} "):
        assert chosen(the_plan, saying(written)) == (event_source, WHERE[event_source])
    other_name = saying(None, eventSource=event_source)
    assert chosen(the_plan, other_name) == (event_source, WHERE[event_source])


@pytest.mark.parametrize(
    ("context", "event_source"),
    [
        ({"app": {"namespace": "com.example.shop"}, "device": {"type": "ios"}}, "app"),
        ({"app": {"namespace": "com.example.shop"}}, "web"),
        ({"device": {"type": "ios"}}, "web"),
        ({"app": {"namespace": ""}, "device": {"type": "ios"}}, "web"),
        ({"app": {"name": "Shop"}, "device": {"type": "ios"}}, "web"),
        ({}, "web"),
    ],
)
def test_a_record_that_does_not_say_goes_by_its_looks(context, event_source):
    record = {**track(properties={"email": "a@example.com"}), "context": context}
    assert chosen(plan("auto"), record) == (event_source, WHERE[event_source])


def test_a_record_that_says_is_not_judged_by_its_looks():
    record = saying("web")
    record["context"]["device"] = {"type": "ios"}
    assert chosen(plan("auto"), record) == ("web", PIXEL)


@pytest.mark.parametrize("said", ["webb", "website", "mobile", 5, ["web"], {"a": 1}, True])
def test_an_event_source_that_is_none_is_rejected_and_not_guessed_at(said):
    entry = one(plan("auto"), saying(said))
    assert (entry.outcome, entry.code, entry.path) == ("rejected", "event_source_unknown", "event_source")


@pytest.mark.parametrize("event_source", SOURCES)
def test_an_event_source_that_is_not_configured_is_rejected(event_source):
    others = {key: value for key, value in IDS["auto"].items() if value != WHERE[event_source]}
    the_plan = plan("auto", ids=others)
    assert chosen(the_plan, saying(event_source)) == "source_not_configured"
    for other in SOURCES:
        if other != event_source:
            assert chosen(the_plan, saying(other)) == (other, WHERE[other])


def test_without_a_preset_a_record_says_it_in_its_field_or_is_rejected():
    the_plan = plan("auto", None, fields={"event_time": "timestamp", "user.email": "email"})
    given = {"event": "Purchase", "timestamp": TIME, "email": "a@example.com"}
    assert chosen(the_plan, {**given, "event_source": "offline"}) == ("offline", SET)
    assert chosen(the_plan, given) == "event_source_missing"
    elsewhere = plan("auto", fields={"event_source": ["properties.channel", {"const": "offline"}]})
    assert chosen(elsewhere, track(properties={"channel": "web"})) == ("web", PIXEL)
    assert chosen(elsewhere, track(properties={"email": "a@example.com"})) == ("offline", SET)


@pytest.mark.parametrize("preset", ["appstack", "datalyr"])
def test_records_of_other_products_are_web_unless_they_say_app(preset):
    ids = {"pixel_code": PIXEL, "tiktok_app_id": APP}
    the_plan = plan("auto", preset, ids=ids, app_events=True)
    assert chosen(the_plan, plain("purchase")) == ("web", PIXEL)
    assert chosen(the_plan, plain("purchase", event_source="app")) == ("app", APP)
    assert chosen(the_plan, plain("purchase", event_source="offline")) == "source_not_configured"


@pytest.mark.parametrize(
    ("preset", "ids"), [("amperity", {"event_set_id": SET}), ("ga4", {"pixel_code": PIXEL})]
)
def test_presets_whose_records_cannot_say_are_a_fault(preset, ids):
    (fault,) = faults("auto", preset, ids=ids)
    assert fault.path == ("settings", "event_source")
    assert preset in fault.problem
    assert not faults("auto", "ga4", ids={"pixel_code": PIXEL}, fields={"event_source": {"const": "web"}})


def test_rows_that_are_grouped_never_choose_their_event_source():
    (fault,) = faults("auto", "amperity", ids={"event_set_id": SET}, fields={"event_source": "channel"})
    assert fault.path == ("settings", "event_source")
    assert fault.remedy == "Write one of: web, offline."


def test_an_unserved_event_source_among_several_is_a_fault():
    (fault,) = faults("auto", "datalyr", ids={"pixel_code": PIXEL, "event_set_id": SET})
    assert "event_source offline" in fault.problem


def test_a_rule_for_the_event_source_has_no_place_where_the_settings_name_one():
    (fault,) = faults(fields={"event_source": "properties.channel"})
    assert fault.path == ("mapping", "fields", "event_source")


def test_rows_that_are_grouped_keep_their_one_event_source():
    assert not faults("offline", "amperity")
    assert one(plan("offline", "amperity"), row(event_source="web")).batch_key.startswith('["offline"')


# --- names by the record's own event source ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "web", "app", "offline", "crm"),
    [
        ("Checkout Started", "InitiateCheckout", "Checkout", "InitiateCheckout", "InitiateCheckout"),
        ("Signed In", "event_not_for_source", "Login", "event_not_for_source", "event_not_for_source"),
        ("Form Submitted", "Lead", "event_not_for_source", "Lead", "Lead"),
        ("CompleteTutorial", "event_unmapped", "CompleteTutorial", "event_unmapped", "event_unmapped"),
        ("Contact", "Contact", "event_unmapped", "Contact", "Contact"),
    ],
)
def test_a_name_is_judged_by_the_records_own_event_source(name, web, app, offline, crm):
    the_plan = plan("auto")
    found = [one(the_plan, {**saying(event_source), "event": name}) for event_source in SOURCES]
    assert [getattr(entry, "code", None) or entry.event_name for entry in found] == [web, app, offline, crm]


def test_a_target_that_only_some_event_sources_take_is_used_there_and_is_no_fault():
    the_plan = plan("auto", events={"Level Done": "AchieveLevel", "Called": ["Contact", "Login"]})
    level = {source: one(the_plan, {**saying(source), "event": "Level Done"}) for source in SOURCES}
    assert level["app"].event_name == "AchieveLevel"
    assert {level[source].code for source in ("web", "offline", "crm")} == {"event_not_for_source"}
    called = {source: one(the_plan, {**saying(source), "event": "Called"}) for source in SOURCES}
    assert {source: entry.event_name for source, entry in called.items()} == {
        "web": "Contact",
        "app": "Login",
        "offline": "Contact",
        "crm": "Contact",
    }


def test_a_target_that_no_configured_event_source_takes_is_a_fault():
    (fault,) = faults("auto", events={"Level Done": "AchieveLvel"})
    assert fault.path == ("mapping", "events", "Level Done")
    web_and_offline = {"pixel_code": PIXEL, "event_set_id": SET}
    (fault,) = faults("auto", ids=web_and_offline, events={"Level Done": "AchieveLevel"})
    assert fault.path == ("mapping", "events", "Level Done")


def test_true_switches_a_name_on_where_the_preset_has_an_event_for_it():
    the_plan = plan("auto", events={"Product Clicked": True})
    found = {source: one(the_plan, {**saying(source), "event": "Product Clicked"}) for source in SOURCES}
    assert found["web"].event_name == found["crm"].event_name == "ClickButton"
    assert found["app"].code == "event_not_for_source"


def test_custom_events_pass_where_the_event_source_takes_them():
    the_plan = plan("auto", custom_events=["QuizFinished"])
    found = {source: one(the_plan, {**saying(source), "event": "QuizFinished"}) for source in SOURCES}
    assert {source: getattr(entry, "code", None) for source, entry in found.items()} == {
        "web": None,
        "app": None,
        "offline": "event_unmapped",
        "crm": None,
    }
    (fault,) = faults("auto", ids={"event_set_id": SET}, custom_events=["QuizFinished"])
    assert fault.path == ("mapping", "custom_events")


def test_a_name_that_is_custom_at_one_event_source_may_be_standard_at_another():
    the_plan = plan("auto", custom_events=["AchieveLevel"])
    found = {source: one(the_plan, {**saying(source), "event": "ACHIEVELEVEL"}) for source in ("web", "crm")}
    assert {entry.event_name for entry in found.values()} == {"AchieveLevel"}
    (fault,) = faults("auto", custom_events=["Purchase"])
    assert fault.path == ("mapping", "custom_events", 0)


def test_a_copy_under_another_event_source_is_no_copy():
    the_plan = plan("auto")
    keys = {one(the_plan, {**saying(source), "event": "Order Completed"}).dedup_key for source in SOURCES}
    assert len(keys) == len(SOURCES)


def test_the_segment_record_of_the_other_tests_lacks_nothing_anywhere():
    for source in SOURCES:
        assert isinstance(one(plan(source), happening("segment", "Order Completed")), Prepared)
