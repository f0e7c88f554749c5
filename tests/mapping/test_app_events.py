"""Events of apps: who is meant (advertising ids, tracking status), which app, which ad, and what app events do not have."""

import json

import pytest

from plugin_spec import Prepared
from tests.mapping.making import APP, NOW, event, faults, notes, one, plain, plan, records, track
from tests.tables import load, rows
from tiktok_destination.catalog.fields import fields

IDFA = "EA7583CD-A667-48BC-B806-42ECB2B48606"
GAID = "aaaaaa-2222-1111-8787-809e92233ba0"
OFFICIAL = {case["given"]: case["digest"] for case in load("digests") if case["kind"] in ("idfa", "gaid")}


def launch(properties=None, name="Application Opened", device=None, os=None, **fields):
    return {
        **track(name, properties),
        "userId": None,
        "context": {
            "app": {"namespace": "com.example.shop", "name": "Example", "version": "3.0.2"},
            "device": device or {},
            "os": os or {},
            "traits": {"email": "a@example.com"},
        },
        **fields,
    }


@pytest.mark.parametrize("case", rows("tracking"))
def test_the_tracking_status_follows_from_what_the_device_says(case):
    device = {"advertisingId": IDFA, "adTrackingEnabled": case["allowed"]}
    entry = one(plan("app"), launch(device=device, os={"name": case["os"], "version": case["version"]}))
    user = json.loads(entry.body)["user"]
    assert user.get("att_status") == case["status"]
    assert {"idfa", "gaid"} & set(user) == ({case["id_sent"]} if case["id_sent"] else set())


def test_a_system_may_stand_in_the_devices_type():
    device = {"type": "ios", "adTrackingEnabled": False}
    assert event(plan("app"), launch(device=device, os={"version": "17.5"}))["user"]["att_status"] == "DENIED"


@pytest.mark.parametrize("status", ["AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED", "NOT_APPLICABLE"])
def test_a_status_that_the_record_names_wins(status):
    apple = {"name": "iOS", "version": "17.5"}
    for allowed in (True, False, None):
        record = launch({"att_status": status.lower()}, device={"adTrackingEnabled": allowed}, os=apple)
        assert event(plan("app"), record)["user"]["att_status"] == status


@pytest.mark.parametrize("status", ["DENIED", "RESTRICTED"])
@pytest.mark.parametrize(("os", "name"), [("iOS", "idfa"), ("Android", "gaid")])
def test_no_advertising_id_goes_out_under_denied_tracking(status, os, name):
    device = {"advertisingId": GAID, "id": "6D92078A-8246-4BA4-AE5B-76104861E7DC"}
    entry = one(plan("app"), launch({"att_status": status}, device=device, os={"name": os}))
    assert ("tracking_denied", f"user.{name}") in notes(entry)
    user = json.loads(entry.body)["user"]
    assert name not in user
    assert ("idfv" in user) == (os == "iOS")


def test_an_app_event_whose_only_identifier_is_a_denied_advertising_id_is_rejected():
    record = launch(device={"advertisingId": IDFA, "adTrackingEnabled": False}, os={"name": "Android"})
    record["context"]["traits"] = {}
    assert one(plan("app"), record).code == "no_identifier"


@pytest.mark.parametrize(
    ("os", "name", "given", "official"),
    [
        ("iOS", "idfa", IDFA, IDFA),
        ("iOS", "idfa", IDFA.lower(), IDFA),
        ("Android", "gaid", GAID, GAID),
        ("Android", "gaid", GAID.upper(), GAID),
    ],
)
def test_advertising_ids_have_tiktoks_own_digests(os, name, given, official):
    sent = event(plan("app"), launch(device={"advertisingId": given}, os={"name": os}))
    assert sent["user"][name] == OFFICIAL[official]


@pytest.mark.parametrize("given", ["00000000-0000-0000-0000-000000000000", "unknown", "0"])
def test_an_advertising_id_that_names_nobody_is_left_out(given):
    entry = one(plan("app"), launch(device={"advertisingId": given}, os={"name": "iOS"}))
    assert ("non_identifier", "user.idfa") in notes(entry)


# --- the app -----------------------------------------------------------------------------------------------------------


def test_an_app_event_without_its_app_is_rejected_unless_the_settings_name_it():
    record = launch()
    del record["context"]["app"]
    rejected = one(plan("app"), record)
    assert (rejected.outcome, rejected.code, rejected.path) == ("rejected", "app_id_missing", "app.app_id")

    helped = one(plan("app", settings={"app_id": "com.example.settings"}), record)
    assert json.loads(helped.body)["app"] == {"app_id": "com.example.settings"}
    assert ("app_id_from_settings", "app.app_id") in notes(helped)

    own = one(plan("app", settings={"app_id": "com.example.settings"}), launch())
    assert json.loads(own.body)["app"]["app_id"] == "com.example.shop"
    assert "app_id_from_settings" not in {code for code, _ in notes(own)}


def test_a_fixed_app_id_in_the_mapping_does_too():
    record = launch()
    del record["context"]["app"]
    fixed = plan("app", fields={"app.app_id": {"const": "1234567890"}})
    assert event(fixed, record)["app"] == {"app_id": "1234567890"}


# --- no deduplication at tiktok ----------------------------------------------------------------------------------------


def test_an_app_event_carries_no_event_id_and_is_not_repeatable_but_its_copies_are_still_told():
    first, other = (one(plan("app"), launch(messageId=at)) for at in ("m-1", "m-2"))
    assert "event_id" not in json.loads(first.body)
    assert (first.event_id, first.repeatable) == ("m-1", False)
    assert first.dedup_key == one(plan("app"), launch(messageId="m-1")).dedup_key != other.dedup_key


def test_an_app_event_without_an_id_gets_none_derived():
    entry = one(plan("app"), launch(messageId=None))
    assert isinstance(entry, Prepared)
    assert (entry.event_id, entry.dedup_key) == (None, None)
    assert {code for code, _ in notes(entry)}.isdisjoint({"event_id_derived", "pixel_cannot_match"})
    assert one(plan("app", event_id="require"), launch(messageId=None)).code == "event_id_missing"


def test_web_events_can_be_repeated():
    assert one(plan(), track()).repeatable


# --- the ad ------------------------------------------------------------------------------------------------------------


def test_the_ad_fields_of_a_segment_record():
    properties = {
        "callback": "exampleCallback",
        "campaign": {"id": 1700000000000001, "ad_group_id": "17-group", "ad_creative_id": "17-ad"},
        "is_retargeting": "false",
        "attributed": True,
        "attribution_type": "click_through",
        "provider": "Example MMP",
        "attribution_share": "0.5",
    }
    assert event(plan("app"), launch(properties))["ad"] == {
        "callback": "exampleCallback",
        "campaign_id": "1700000000000001",
        "ad_id": "17-group",
        "creative_id": "17-ad",
        "is_retargeting": False,
        "attributed": True,
        "attribution_type": "click_through",
        "attribution_provider": "Example MMP",
        "attribution_share": 0.5,
    }


@pytest.mark.parametrize(
    ("field", "given", "note"),
    [
        ("attribution_share", 1.5, "not_a_share"),
        ("attribution_share", -0.5, "negative_number"),
        ("attributed", "perhaps", "not_a_flag"),
        ("touchpoint_url", "not an address", "url_unfit"),
        ("touchpoint_ts", 1.5, "not_a_whole_number"),
        ("callback", "__CALLBACK_PARAM__", "macro_unreplaced"),
        ("campaign_id", "__CAMPAIGN_ID__", "macro_unreplaced"),
    ],
)
def test_an_unfit_ad_field_is_left_out_with_a_note(field, given, note):
    entry = one(plan("app"), launch({field: given}))
    assert (note, f"ad.{field}") in notes(entry)
    assert "ad" not in json.loads(entry.body)


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"callback": "exampleCallback"}, None),
        ({"callback": "__CALLBACK_PARAM__"}, "no_identifier"),
        ({}, "no_identifier"),
    ],
)
def test_the_callback_of_the_click_alone_is_an_identifier(properties, code):
    record = launch(properties)
    record["context"]["traits"] = {}
    assert getattr(one(plan("app"), record), "code", None) == code


@pytest.mark.parametrize("name", ["idfa", "gaid", "idfv"])
def test_a_device_id_alone_is_an_identifier(name):
    record = plain("purchase", **{name: "6D92078A-8246-4BA4-AE5B-76104861E7DC"})
    del record["email"]
    assert isinstance(one(plan("app", "datalyr"), record), Prepared)


@pytest.mark.parametrize(
    ("target", "source", "warns"),
    [
        ("ad.ad_id", "properties.ad_id", True),
        ("ad.ad_id", "ad_id", True),
        ("ad.ad_id", ["properties.group", "properties.ad_id"], True),
        ("ad.ad_id", {"from": "properties.ad_id", "transform": "string"}, True),
        ("ad.ad_id", "properties.ad_group_id", False),
        ("ad.creative_id", "properties.creative_id", True),
        ("ad.creative_id", "properties.ad_id", False),
        ("ad.campaign_id", "properties.campaign_id", False),
    ],
)
def test_a_field_whose_name_misleads_is_warned_of_where_it_is_mapped_by_that_name(target, source, warns):
    warnings = plan("app", fields={target: source}).overview().warnings
    assert [warning.path for warning in warnings] == ([("mapping", "fields", target)] if warns else [])
    for warning in warnings:
        assert fields()[target].means in warning.problem


def test_a_rename_into_such_a_field_is_warned_of_as_well():
    (warning,) = plan("app", rename={"properties.ad_id": "ad.ad_id"}).overview().warnings
    assert warning.path == ("mapping", "rename", "properties.ad_id")


# --- the source id -----------------------------------------------------------------------------------------------------


def test_app_events_travel_under_the_tiktok_app_id():
    entry = one(plan("app"), launch())
    assert json.loads(plan("app").envelope(entry.batch_key, [entry.body]))["event_source_id"] == APP
    assert entry.not_after > NOW


def test_app_events_take_standard_and_custom_names_of_their_own():
    assert one(plan("app"), launch(name="CompleteTutorial")).event_name == "CompleteTutorial"
    assert one(plan("app"), launch(name="InitiateCheckout")).code == "event_unmapped"
    assert one(plan("app", custom_events=True), launch(name="BossDefeated")).event_name == "BossDefeated"
    assert not faults("app", custom_events=["BossDefeated"])


def test_an_advertising_id_under_denied_tracking_identifies_nobody():
    device = {"advertisingId": IDFA, "adTrackingEnabled": False}
    (record,) = records(launch(device=device, os={"name": "iOS", "version": "17.5"}))
    assert "user.idfa" not in {identifier.kind for identifier in plan("app").identify(record)}
    (allowed,) = records(launch(device={"advertisingId": IDFA}, os={"name": "iOS", "version": "17.5"}))
    assert "user.idfa" in {identifier.kind for identifier in plan("app").identify(allowed)}


def test_explaining_says_why_an_app_event_goes_without_its_event_id():
    (story,) = plan("app").explain(records(launch()), NOW)
    (trace,) = (trace for trace in story.fields if trace.target == "event_id")
    assert (trace.sent, trace.reason) == (None, "event_id_not_sent")
