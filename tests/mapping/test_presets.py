"""The presets, row by row: each against the table that its product publishes, at every event source that it serves."""

import json

import pytest

from tests.mapping.making import (
    NOW,
    SECONDS,
    SOURCES,
    config,
    entries,
    event,
    faults,
    ga4,
    happening,
    notes,
    one,
    plain,
    plan,
    track,
)
from tests.tables import load, rows
from tiktok_destination.mapping.plan import compile_plan
from tiktok_destination.mapping.presets import preset, preset_names

SAME_ROWS = {"segment": ("segment", "rudderstack")}
DAY_S = 86_400


def plan_of(preset_name, event_source, **mapping):
    """A plan in which an event source that a preset keeps off as a whole is switched on."""
    if (preset_name, event_source) == ("appstack", "app"):
        mapping["app_events"] = True
    return plan(event_source, preset_name, **mapping)


def became(entry):
    return getattr(entry, "code", None) or entry.event_name


def spellings(preset_name, name):
    """The ways to write a name that count as the same one; Amperity's names are TikTok's own, letter by letter."""
    written = name.replace("*", "something")
    if preset_name == "amperity":
        return [written]
    return [written, f" {written.upper()} ", written.replace("_", "-"), written.replace("_", " ").title()]


@pytest.mark.parametrize("case", rows("presets"))
def test_a_row_becomes_what_the_products_own_table_says(case):
    for name in SAME_ROWS.get(case["preset"], (case["preset"],)):
        for event_source in set(SOURCES) & set(case):
            cell = case[event_source]
            without_event = {None: "event_not_for_source", "never": "event_never_sent"}
            expected = "event_off" if isinstance(cell, dict) else without_event.get(cell, cell)
            the_plan = plan_of(name, event_source)
            for spelling in spellings(name, case["name"]):
                assert became(one(the_plan, happening(name, spelling))) == expected, (name, event_source)


@pytest.mark.parametrize("case", [case for case in rows("presets") if "amperity" not in case.id])
def test_true_switches_on_what_a_row_keeps_off_and_is_a_fault_where_there_is_no_event(case):
    for name in SAME_ROWS.get(case["preset"], (case["preset"],)):
        for event_source in set(SOURCES) & set(case):
            cell = case[event_source]
            target = cell["off"] if isinstance(cell, dict) else cell
            written = spellings(name, case["name"])[0]
            if target in (None, "never"):
                (fault,) = faults(event_source, name, events={written: True})
                assert fault.path == ("mapping", "events", written)
                assert "event names" in fault.remedy
            else:
                the_plan = plan_of(name, event_source, events={written: True})
                assert became(one(the_plan, happening(name, written))) == target


def test_no_row_of_a_preset_is_without_a_row_of_the_table_and_the_other_way_round():
    shipped = set()
    for name in preset_names():
        content = preset(name)
        named = [row["name"] for row in content.get("events", ())]
        named += [*content.get("never", ()), *content.get("listed", ())]
        flat = {one for names in named for one in (names if isinstance(names, list) else [names])}
        shipped |= {(name, one, tuple(sorted(content["event_sources"]))) for one in flat}
    tabled = {
        (name, case["name"], tuple(sorted(set(SOURCES) & set(case))))
        for case in load("presets")
        for name in SAME_ROWS.get(case["preset"], (case["preset"],))
    }
    assert shipped == tabled


@pytest.mark.parametrize("name", preset_names())
def test_an_event_source_that_a_preset_does_not_serve_is_a_fault_that_names_those_it_does(name):
    served = preset(name)["event_sources"]
    for event_source in SOURCES:
        found = faults(event_source, name)
        if event_source in served:
            assert found == ()
            continue
        (fault,) = found
        assert fault.path == ("mapping", "preset")
        assert f"event_source {event_source}" in fault.problem
        assert fault.remedy == f"It serves: {', '.join(served)}."


@pytest.mark.parametrize("case", rows("event_names"))
def test_one_of_tiktoks_own_names_is_that_event_in_any_letter_case(case):
    the_plan = plan(case["event_source"])
    for written in (case["given"], case["given"].upper(), case["given"].lower()):
        assert became(one(the_plan, happening("segment", written))) == case["current"]


# --- ga4 ---------------------------------------------------------------------------------------------------------------


def test_ga4_names_beyond_the_table_are_custom_events_where_those_are_allowed():
    assert one(plan(preset="ga4"), ga4("quiz_done")).code == "event_unmapped"
    assert became(one(plan(preset="ga4", custom_events=True), ga4("quiz_done"))) == "quiz_done"
    listed = plan(preset="ga4", custom_events=["quiz_done"])
    assert [became(one(listed, ga4(name))) for name in ("quiz_done", "other")] == [
        "quiz_done",
        "event_unmapped",
    ]


@pytest.mark.parametrize("case", [case for case in rows("presets") if case.values[0].get("web") == "never"])
def test_what_is_never_sent_is_no_custom_event_either(case):
    record = happening(case["preset"], case["name"].replace("*", "x"))
    assert one(plan(preset=case["preset"], custom_events=True), record).code == "event_never_sent"


@pytest.mark.parametrize(
    ("name", "becomes"),
    [
        ("video_start", "event_never_sent"),
        ("video_progress", "event_never_sent"),
        ("VIDEO-Complete", "event_never_sent"),
        ("video", "video"),
        ("my_video_start", "my_video_start"),
        ("videos", "videos"),
    ],
)
def test_a_star_in_a_never_list_takes_in_what_begins_so_and_nothing_else(name, becomes):
    assert became(one(plan(preset="ga4", custom_events=True), ga4(name))) == becomes


@pytest.mark.parametrize(
    "name",
    [
        "trial_canceled",
        "subscription_canceled",
        "trial_cancelled",
        "trial_expired",
        "subscription_expired",
        "promo_expired",
        "subscription_refunded",
        "non_renewing_purchase_refunded",
        "trial_cancellation",
        "subscription_refund",
    ],
)
def test_cancellations_expiries_and_refunds_of_apphud_are_never_sent(name):
    assert one(plan(preset="apphud"), plain(name)).code == "event_never_sent"


def test_a_never_row_can_be_given_a_target_by_the_configuration():
    the_plan = plan(preset="ga4", events={"form_submit": "Lead"})
    assert became(one(the_plan, ga4("form_submit"))) == "Lead"


# --- appsprint ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "warned_at"),
    [
        ({}, None),
        ({"view_content": True}, "view_content"),
        ({"View-Content": True}, "View-Content"),
        ({"view_item": True}, "view_item"),
        ({"view_content": "ViewContent"}, "view_content"),
        ({"view_content": True, "session_start": None}, None),
        ({"view_content": None}, None),
        ({"view_content": "Search"}, None),
        ({"view_content": True, "session_start": "Search"}, None),
    ],
)
def test_views_of_content_beside_sessions_as_views_of_content_are_warned_of(events, warned_at):
    warnings = plan(preset="appsprint", events=events).overview().warnings
    assert [warning.path for warning in warnings] == ([("mapping", "events", warned_at)] if warned_at else [])
    if warned_at:
        assert "session_start: null" in warnings[0].remedy


@pytest.mark.parametrize("name", ["appsprint", "appstack", "apphud"])
def test_events_born_in_an_app_take_the_link_as_their_page(name):
    born = plain({"apphud": "trial_started"}.get(name, "start_trial"))
    del born["page_url"]
    entry = one(plan(preset=name, settings={"link_url": "https://app.example/get"}), born)
    assert ("page_url_from_settings", "page.url") in notes(entry)
    assert event(plan(preset=name, settings={"link_url": "https://app.example/get"}), born)["page"] == {
        "url": "https://app.example/get"
    }


def test_apphud_reads_the_click_id_from_the_landing_page():
    landing = "https://app.example/?campaign_name=Winter&adset_name=A&ad_name=B&ttclid=E.C.P.click"
    sent = event(plan(preset="apphud"), plain("trial_started", landing_url=landing))
    assert sent["user"]["ttclid"] == "E.C.P.click"
    assert sent["page"]["url"] == landing
    unfilled = landing.replace("E.C.P.click", "__CLICKID__")
    entry = one(plan(preset="apphud"), plain("trial_started", landing_url=unfilled))
    assert ("macro_unreplaced", "user.ttclid") in notes(entry)


# --- appstack ----------------------------------------------------------------------------------------------------------


def test_the_app_column_of_appstack_is_off_as_a_whole_until_it_is_switched_on():
    off = plan("app", "appstack")
    names = [row["name"] for row in load("presets") if row["preset"] == "appstack"]
    assert {one(off, plain(name)).code for name in [*names, "Purchase", "anything"]} == {"app_events_off"}
    (warning,) = off.overview().warnings
    assert "app_events: true" in warning.remedy
    assert {line.event for line in off.overview().events} == {None}

    on = plan("app", "appstack", app_events=True)
    assert became(one(on, plain("install"))) == "InstallApp"
    assert on.overview().warnings == ()


def test_the_app_column_of_appstack_leaves_web_alone():
    both = compile_plan(config("auto", "appstack", ids={"pixel_code": "P", "tiktok_app_id": "1"}))
    assert became(one(both, plain("install"))) == "Download"
    assert became(one(both, plain("install", event_source="app"))) == "app_events_off"


def test_a_rule_of_ones_own_does_not_switch_app_events_on_by_the_way():
    the_plan = plan("app", "appstack", events={"install": "InstallApp"})
    assert one(the_plan, plain("install")).code == "app_events_off"


# --- datalyr -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["lead", "signup"])
def test_a_lead_or_sign_up_of_datalyr_has_a_value_only_where_one_is_configured(name):
    record = plain(name, value=80, currency="USD")
    entry = one(plan(preset="datalyr"), record)
    assert ("value_not_configured", "properties.value") in notes(entry)
    assert "value" not in event(plan(preset="datalyr"), record).get("properties", {})

    rule = {"event": {"lead": "Lead", "signup": "CompleteRegistration"}[name], "value": 5, "currency": "EUR"}
    sent = event(plan(preset="datalyr", events={name: rule}), record)["properties"]
    assert (sent["value"], sent["currency"]) == (5, "EUR")

    switched = one(plan(preset="datalyr", events={name: True}), record)
    assert ("value_not_configured", "properties.value") in notes(switched)
    other = one(plan(preset="datalyr", events={name: "Contact"}), record)
    assert ("value_not_configured", "properties.value") in notes(other)


def test_other_events_of_datalyr_keep_their_value():
    sent = event(plan(preset="datalyr"), plain("purchase", value=79.99, currency="USD"))
    assert (sent["event"], sent["properties"]["value"]) == ("CompletePayment", 79.99)


@pytest.mark.parametrize(
    ("days", "configured", "becomes"),
    [
        (29.9, None, "CompletePayment"),
        (30, None, "CompletePayment"),
        (30 + 1 / DAY_S, None, "outside_attribution_window"),
        (7, 7, "CompletePayment"),
        (7 + 1 / DAY_S, 7, "outside_attribution_window"),
        (31, 60, "CompletePayment"),
        (-1, None, "CompletePayment"),
    ],
)
def test_a_conversion_outside_datalyrs_attribution_window_is_not_sent(days, configured, becomes):
    mapping = {"attribution_window_days": configured} if configured else {}
    record = plain("purchase", click_time=round(SECONDS - days * DAY_S))
    entry = one(plan(preset="datalyr", **mapping), record)
    assert became(entry) == becomes
    if becomes == "outside_attribution_window":
        assert (entry.outcome, entry.path) == ("filtered", "click_time")


@pytest.mark.parametrize("clicked", [None, "", "some day", []])
def test_a_conversion_without_a_click_time_that_can_be_read_is_sent(clicked):
    entry = one(plan(preset="datalyr"), plain("purchase", click_time=clicked))
    assert became(entry) == "CompletePayment"
    assert (("click_time_unreadable", "click_time") in notes(entry)) == (clicked == "some day")
    assert became(one(plan(preset="datalyr"), plain("purchase"))) == "CompletePayment"


def test_an_attribution_window_needs_a_rule_for_the_click():
    (fault,) = faults(attribution_window_days=7)
    assert fault.path == ("mapping", "attribution_window_days")
    assert "click_time" in fault.remedy
    clicks = plan(attribution_window_days=7, fields={"click_time": "properties.clicked_at"})
    record = track(properties={"email": "a@example.com", "clicked_at": SECONDS - 8 * DAY_S})
    assert became(one(clicks, record)) == "outside_attribution_window"


def test_datalyr_lets_custom_events_pass_when_they_are_listed():
    assert one(plan(preset="datalyr"), plain("quiz_done")).code == "event_unmapped"
    listed = plan(preset="datalyr", custom_events=["quiz_done"])
    assert became(one(listed, plain("quiz_done"))) == "quiz_done"


# --- rudderstack -------------------------------------------------------------------------------------------------------


def test_rudderstack_is_segment_and_takes_its_own_differing_rows_from_a_configuration():
    assert {**preset("rudderstack"), "title": ""} == {**preset("segment"), "title": ""}
    own = {
        "Order Completed": "PlaceAnOrder",
        "Checkout Step Completed": "CompletePayment",
        "Start Trial": "StartTrial",
        "Submit Application": "SubmitApplication",
        "Application Approval": "ApplicationApproval",
    }
    the_plan = plan(preset="rudderstack", events=own)
    found = {name: became(one(the_plan, track(name.upper()))) for name in own}
    assert found == {**own, "Checkout Step Completed": "Purchase"}


def test_the_same_record_and_moment_give_the_same_entries_under_every_preset():
    for name in preset_names():
        event_source = preset(name)["event_sources"][0]
        names = [case["name"] for case in load("presets") if case["preset"] in (name, "segment")]
        given = [happening(name, one) for one in names]
        assert entries(plan(event_source, name), *given, now=NOW) == entries(
            plan(event_source, name), *given, now=NOW
        )


def test_a_switch_for_what_nothing_keeps_off_is_a_warning():
    (warning,) = plan("web", "segment", app_events=True).overview().warnings
    assert warning.path == ("mapping", "app_events")


def test_tiktoks_own_name_for_a_lead_has_no_value_either():
    entry = one(plan("web", "datalyr"), plain("SubmitForm", value=5, currency="USD"))
    assert "value" not in json.loads(entry.body).get("properties", {})
