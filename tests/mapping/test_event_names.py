import pytest

from tests.mapping.making import entries, event, faults, notes, one, plan, row, track
from tests.tables import load, rows
from tiktok_destination.catalog.events import event_names
from tiktok_destination.mapping.event_names import spell


@pytest.mark.parametrize("case", rows("event_names"))
def test_a_name_is_spelt_under_each_naming_and_keeps_its_canonical_name(case):
    known = event_names(case["event_source"])
    given = case["given"]
    expected = {"current": case["current"], "legacy": case["legacy"], "as_given": case.get("as_given", given)}
    assert {naming: spell(known, given, naming) for naming in expected} == expected
    assert known.canonical[given] == case["canonical"]


def test_the_catalog_has_no_name_that_the_table_does_not_check():
    for event_source in ("web", "offline", "crm", "app"):
        checked = {case["given"] for case in load("event_names") if case["event_source"] == event_source}
        assert set(event_names(event_source).canonical) == checked


@pytest.mark.parametrize(
    ("call", "web", "offline"),
    [
        ("page", "Pageview", "event_not_for_source"),
        ("identify", "call_type", "call_type"),
        ("group", "call_type", "call_type"),
        ("alias", "call_type", "call_type"),
        ("screen", "call_type", "call_type"),
        ("Track", "Purchase", "Purchase"),
        (None, "Purchase", "Purchase"),
    ],
)
def test_the_call_type_decides_what_a_segment_record_is(call, web, offline):
    for event_source, expected in (("web", web), ("offline", offline)):
        entry = one(plan(event_source), {**track(properties={"email": "a@example.com"}), "type": call})
        assert expected in (entry.event_name, getattr(entry, "code", None))


def test_a_page_call_can_be_switched_off_by_the_name_page():
    assert one(plan(events={"page": None}), {**track(), "type": "page"}).code == "event_off"


def test_the_deprecated_target_of_order_placed_is_noted():
    assert ("event_deprecated", "event") in notes(one(plan(), track("Order Placed")))


@pytest.mark.parametrize(
    ("name", "expected", "note"),
    [
        ("AddPaymentInfo", "AddPaymentInfo", None),
        ("AddToCart", "AddToCart", None),
        ("CompletePayment", "CompletePayment", None),
        ("CompleteRegistration", "CompleteRegistration", None),
        ("Contact", "Contact", None),
        ("Download", "Download", None),
        ("PlaceAnOrder", "PlaceAnOrder", "event_deprecated"),
        ("Subscribe", "Subscribe", None),
        ("Purchase", "Purchase", "event_not_listed"),
        ("ViewContent", "ViewContent", "event_not_listed"),
        ("completepayment", "CompletePayment", "event_name_corrected"),
        ("My Event", "bad_event_name", None),
        ("", "event_name_missing", None),
    ],
)
@pytest.mark.parametrize("event_source", ["web", "offline"])
def test_the_amperity_preset_takes_tiktoks_names_as_given(event_source, name, expected, note):
    entry = one(plan(event_source, "amperity"), row(event=name, page_url="https://a.example/"))
    assert expected in (getattr(entry, "code", None), entry.event_name)
    codes = {code for code, path in notes(entry) if path == "event"}
    assert codes == ({note} if note else set())


def test_a_fixed_event_name_stands_in_for_the_column():
    the_plan = plan("offline", "amperity", {"event_name": "Subscribe"})
    assert [one(the_plan, row(event=name)).event_name for name in ("", "Contact")] == ["Subscribe", "Contact"]


def test_an_unmapped_name_suggests_the_nearest_standard_name():
    assert one(plan(), track("Order Compleated")).suggestion == "Purchase"
    assert one(plan(), track("add_to_carts")).suggestion == "AddToCart"
    assert one(plan(), track("Viewed Product")).suggestion == "ViewContent"
    assert one(plan(), track("PURCHAS")).suggestion == "Purchase"
    assert one(plan(), track("zzzzzz")).suggestion is None
    assert one(plan("web", "amperity"), row(event="Order Completed")).suggestion is None


def test_one_record_becomes_several_events_that_share_its_id():
    rules = {
        "Lead Created": [
            {"event": "Lead", "value": 12.5, "currency": "EUR"},
            {"event": "Subscribe", "when": {"path": "properties.plan", "in": ["pro", "team"]}},
        ]
    }
    both = entries(plan(events=rules), track("Lead Created", {"plan": "pro"}))
    assert [(entry.ordinal, entry.event_name, entry.event_id) for entry in both] == [
        (1, "Lead", "m-1"),
        (2, "Subscribe", "m-1"),
    ]
    assert event(plan(events=rules), track("Lead Created"))["properties"] == {
        "currency": "EUR",
        "value": 12.5,
    }


def test_a_record_whose_conditions_all_fail_is_filtered_once():
    rules = {"A": [{"event": "Lead", "when": {"path": "properties.x", "exists": True}}]}
    assert one(plan(events=rules), track("A")).code == "condition_not_met"


@pytest.mark.parametrize(
    ("mapping", "path", "says"),
    [
        ({"events": {"A": "Purchse"}}, ("mapping", "events", "A"), "Did you mean Purchase?"),
        ({"events": {"A": "purchase"}}, ("mapping", "events", "A"), "Did you mean Purchase?"),
        ({"events": {"A": ["Lead", "SubmitForm"]}}, ("mapping", "events", "A", 1), "another event"),
        (
            {"events": {"Order Completed": None, "order_completed": None}},
            ("mapping", "events", "order_completed"),
            "Keep",
        ),
        (
            {"events": {"A": {"event": "Lead", "when": {"path": "a[", "exists": True}}}},
            ("mapping", "events", "A", "when"),
            "",
        ),
        (
            {"events": {"A": {"event": "Lead", "value": 5}}},
            ("mapping", "events", "A", "value"),
            "Write currency",
        ),
        (
            {"events": {"A": {"event": "Lead", "currency": "EUR"}}},
            ("mapping", "events", "A", "currency"),
            "Write value",
        ),
        ({"fields": {"user.mail": "x"}}, ("mapping", "fields", "user.mail"), "Did you mean user.email?"),
        ({"fields": {"user.idfa": "x"}}, ("mapping", "fields", "user.idfa"), "Leave it out"),
        ({"fields": {"user.email": "a..b"}}, ("mapping", "fields", "user.email"), "Paths look like"),
        (
            {"rename": {"a": "user.email"}, "fields": {"user.email": "b"}},
            ("mapping", "fields", "user.email"),
            "Keep one",
        ),
        ({"value": "order_total"}, ("mapping", "value"), "sum_of_items"),
        (
            {"rename": {"user.email": "properties.mail"}},
            ("mapping", "rename", "user.email"),
            "properties.mail: user.email",
        ),
        ({"rename": {"a": "+12133734253"}}, ("mapping", "rename", "a"), "Fields are"),
        (
            {"fields": {"properties.currency": {"const": "XXX"}}},
            ("mapping", "fields", "properties.currency"),
            "supported",
        ),
        ({"fields": {"user.email": {"const": "nobody"}}}, ("mapping", "fields", "user.email"), "SHA-256"),
        ({"custom_events": ["Purchase"]}, ("mapping", "custom_events", 0), "Leave it out"),
        ({"custom_events": ["has space"]}, ("mapping", "custom_events", 0), "at most 50"),
    ],
)
def test_a_mapping_that_cannot_work_is_a_fault_with_its_place_and_its_mending(mapping, path, says):
    (fault,) = faults(**mapping)
    assert fault.path == path
    assert says in fault.remedy


def test_what_is_no_field_is_not_repeated_in_the_fault():
    (fault,) = faults(rename={"a": "+12133734253"})
    assert "2133734253" not in fault.problem + fault.remedy


def test_a_mapping_without_preset_says_where_the_time_is():
    (fault,) = faults(preset=None, fields={"user.email": "mail"})
    assert (fault.path, "event_time" in fault.remedy) == (("mapping",), True)


def test_a_name_of_the_configurations_own_is_suggested_by_the_event_it_leads_to():
    own = {"Gekauft": "Purchase", "Weggelegt": None}
    assert one(plan(events=own), track("Gekauff")).suggestion == "Purchase"
    assert one(plan(events=own), track("Weggelegd")).suggestion is None
    assert one(plan(naming="legacy", events=own), track("Gekauff")).suggestion == "CompletePayment"


def test_suggestions_are_kept_in_bounds():
    the_plan = plan()
    for at in range(3000):
        assert one(the_plan, track(f"zz {at}")).code == "event_unmapped"
    assert 0 < len(the_plan.rulebook.models["web"].names._suggested) <= 1024
    assert one(the_plan, track("PURCHAS")).suggestion == "Purchase"


def test_several_event_sets_need_rows_that_choose():
    (fault,) = faults("offline", "segment", {"event_set_ids": ["1", "2"]})
    assert fault.path == ("settings", "event_set_ids")
    assert not faults("offline", "segment", {"event_set_ids": ["1"]})


def test_a_fixed_value_takes_the_default_currency():
    the_plan = plan(settings={"default_currency": "GBP"}, events={"A": {"event": "Lead", "value": 5}})
    sent = event(the_plan, track("A", {"value": 9, "currency": "USD"}))["properties"]
    assert sent == {"currency": "GBP", "value": 5}


def test_faults_of_the_settings_are_found_too():
    assert faults("offline", custom_events=True)[0].path == ("mapping", "custom_events")
    assert faults(settings={"time_zone": "Mars/Olympus"})[0].path == ("settings", "time_zone")
    assert faults("offline", "amperity", {"event_name": "Nonsense"})[0].path == ("settings", "event_name")
    assert faults("offline", fields={"page.url": "x"})[0].problem.startswith(
        "page.url is for web events only"
    )


def test_custom_events_pass_only_when_allowed_and_well_formed():
    allowed = plan(custom_events=["Quiz_Done"])
    assert one(allowed, track("Quiz_Done")).event_name == "Quiz_Done"
    assert one(allowed, track("QUIZ done")).event_name == "Quiz_Done"
    assert one(allowed, track("Other")).code == "event_unmapped"
    every = plan(custom_events=True)
    assert one(every, track("Other")).event_name == "Other"
    assert one(every, track("has space")).code == "bad_event_name"
    assert one(every, track("x" * 51)).code == "bad_event_name"


def test_no_preset_reads_plain_names():
    the_plan = plan(preset=None, rename={"ts": "event_time", "mail": "user.email"})
    assert (
        event(the_plan, {"event": "purchase", "ts": 1767225600, "mail": "a@example.com"})["event"]
        == "Purchase"
    )


def test_naming_legacy_sends_the_older_names():
    assert one(plan(naming="legacy"), track("Order Completed")).event_name == "CompletePayment"
    assert one(plan(naming="legacy", events={"X": "Lead"}), track("X")).event_name == "SubmitForm"


def test_both_spellings_of_one_event_share_a_dedup_key():
    the_plan = plan("offline", "amperity")
    keys = {one(the_plan, row(event=name)).dedup_key for name in ("Purchase", "CompletePayment")}
    assert len(keys) == 1
    assert one(the_plan, row(event="Contact")).dedup_key not in keys
