"""Test mode: the settings make every event a test event; and the test events that a plan makes by itself."""

import json

import pytest
from jsonschema import Draft202012Validator

import config_schemas
from plugin_spec import ConfigError, Prepared
from tests.mapping.making import APP, CRM_SET, NOW, PIXEL, SET, SOURCES, entries, faults, one, plan, track

CODE = "TEST12345"
WIRE = Draft202012Validator(config_schemas.load("wire_event"))
WHERE = {"web": PIXEL, "app": APP, "offline": SET, "crm": CRM_SET}


def in_test_mode(event_source="web", **mapping):
    return plan(event_source, settings={"test_event_code": CODE}, **mapping)


def code_of(the_plan, entry):
    return json.loads(the_plan.envelope(entry.batch_key, [entry.body])).get("test_event_code")


def test_the_settings_make_every_event_a_test_event():
    for the_plan in (in_test_mode(), in_test_mode("auto")):
        entry = one(the_plan, track())
        assert (entry.test, code_of(the_plan, entry)) == (True, CODE)
        assert the_plan.overview().test_mode
    assert not plan().overview().test_mode


def test_a_records_own_test_code_wins():
    entry = one(in_test_mode(), track(properties={"test_event_code": "OWN1"}))
    assert (entry.test, code_of(in_test_mode(), entry)) == (True, "OWN1")


def test_a_test_event_and_a_real_one_never_share_a_request():
    assert one(in_test_mode(), track()).batch_key != one(plan(), track()).batch_key


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (track("Unheard Of"), "event_unmapped"),
        (track("Product Clicked"), "event_off"),
        (track(timestamp="soon"), "event_time_unreadable"),
        (track(userId=None), "no_identifier"),
        (track(timestamp=1), "expired"),
        (track(properties={"test_event_code": "no code"}), "test_event_code_unfit"),
        ({**track(), "type": "identify"}, "call_type"),
        (b"{", "unreadable_record"),
    ],
)
def test_what_is_not_sent_in_test_mode_is_marked_as_a_test_as_well(record, code):
    for the_plan, marked in ((in_test_mode(), True), (plan(), False)):
        entry = one(the_plan, record)
        assert (entry.code, entry.test) == (code, marked)


def test_a_record_of_an_unknown_event_source_is_marked_too():
    entry = one(in_test_mode("auto"), track(properties={"event_source": "tv"}))
    assert (entry.code, entry.test) == ("event_source_unknown", True)


def test_a_rejected_record_with_its_own_test_code_is_marked_as_a_test():
    assert one(plan(), track(userId=None, properties={"test_event_code": "OWN1"})).test


# --- the plan's own test events ----------------------------------------------------------------------------------------

OF_APP = {"app_id": "com.example.shop"}


@pytest.mark.parametrize("event_source", SOURCES)
def test_a_plan_makes_a_harmless_test_event_for_its_event_source(event_source):
    the_plan = plan(event_source, settings=OF_APP if event_source == "app" else None)
    made = the_plan.test_events(CODE, "test-1", NOW)
    (entry,) = made.events
    body = json.loads(entry.body)
    head = json.loads(the_plan.envelope(entry.batch_key, [entry.body]))
    assert (head["event_source"], head["event_source_id"]) == (event_source, WHERE[event_source])
    assert head["test_event_code"] == CODE
    assert [error.json_path for error in WIRE.iter_errors(body)] == []
    assert (body["event"], body["event_time"], entry.test) == ("ViewContent", int(NOW), True)
    assert body.get("event_id") == (None if event_source == "app" else "test-1")
    assert entry.dedup_key is None
    assert any("Test events" in sentence for sentence in made.where)
    assert "@" not in entry.body.decode()


def test_a_plan_of_several_event_sources_makes_one_for_each():
    made = plan("auto", settings=OF_APP).test_events(CODE, "test-1", NOW)
    assert [json.loads(entry.batch_key)[0] for entry in made.events] == list(SOURCES)
    assert [entry.position for entry in made.events] == [1, 2, 3, 4]
    assert all(isinstance(entry, Prepared) for entry in made.events)


def test_the_code_that_is_asked_for_goes_before_that_of_the_settings():
    for asked, used in ((None, CODE), ("OTHER1", "OTHER1")):
        (entry,) = in_test_mode().test_events(asked, "test-1", NOW).events
        assert json.loads(entry.batch_key)[2] == used


@pytest.mark.parametrize(
    ("code", "says"), [(None, "is needed"), ("no code", "is no test event code"), ("", "is needed")]
)
def test_without_a_usable_code_there_is_no_test_event(code, says):
    with pytest.raises(ConfigError) as raised:
        plan().test_events(code, "test-1", NOW)
    (fault,) = raised.value.faults
    assert fault.path == ("settings", "test_event_code")
    assert says in fault.problem
    assert "Events Manager" in fault.remedy


@pytest.mark.parametrize("event_source", ["app", "auto"])
def test_without_its_id_an_app_has_no_test_event(event_source):
    with pytest.raises(ConfigError) as raised:
        plan(event_source).test_events(CODE, "test-1", NOW)
    (fault,) = raised.value.faults
    assert fault.path == ("settings", "app_id")
    fixed = plan(event_source, fields={"app.app_id": {"const": "1234567890"}})
    (app,) = [
        entry
        for entry in fixed.test_events(CODE, "test-1", NOW).events
        if entry.batch_key.startswith('["app"')
    ]
    assert json.loads(app.body)["app"] == {"app_id": "1234567890"}


def test_a_web_test_event_is_on_the_configured_page():
    (entry,) = plan(settings={"link_url": "https://shop.example/app"}).test_events(CODE, "t", NOW).events
    assert json.loads(entry.body)["page"] == {"url": "https://shop.example/app"}


def test_test_mode_changes_no_event_but_its_envelope():
    given = [track(), track("Product Viewed", {"product_id": "p"})]
    real, tested = entries(plan(), *given), entries(in_test_mode(), *given)
    assert [entry.body for entry in real] == [entry.body for entry in tested]
    assert not faults(settings={"test_event_code": CODE})


def test_a_record_of_no_event_is_a_test_by_its_own_code():
    body = track("Order Refunded", {"test_event_code": "TEST1"})
    entry = one(plan(), body)
    assert (entry.code, entry.test) == ("event_never_sent", True)
