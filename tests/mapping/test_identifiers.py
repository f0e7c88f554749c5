import hashlib

import pytest

from tests.mapping.making import event, notes, one, plan, row, track
from tests.tables import load, rows
from tiktok_destination.mapping.normalise import NORMALISERS, normalise


@pytest.mark.parametrize("case", rows("digests"))
def test_a_digest_is_the_one_that_tiktok_computes(case):
    result = normalise(case["kind"], case["given"], case.get("region"))
    assert result.value == case["digest"]
    assert result.value != case.get("never")


@pytest.mark.parametrize("case", rows("normalise"))
def test_a_value_is_normalised_or_left_out_with_its_note(case):
    result = normalise(case["kind"], case["given"], case.get("region"))
    expected = case.get("value")
    if "sha256_of" in case:
        expected = hashlib.sha256(case["sha256_of"].encode()).hexdigest()
    assert (result.value, result.note) == (expected, case.get("note"))


@pytest.mark.parametrize("kind", sorted(NORMALISERS))
@pytest.mark.parametrize(
    "text", ["0" * 1_000_000 + "x", "http://" + "a" * 1_000_000 + " b", "a@" + "a." * 500_000]
)
def test_a_megabyte_in_a_field_takes_no_longer_than_its_length(kind, text):
    normalise(kind, text, "US")


def test_every_kind_of_identifier_is_in_the_tables():
    covered = {case["kind"] for case in load("digests") + load("normalise")}
    assert covered == set(NORMALISERS)


def test_several_emails_become_an_array_without_repeats_and_without_the_unfit():
    body = row(email=["A@example.com ", "a@example.com", "b@example.com", "nonsense"])
    entry = one(plan("offline", "amperity"), body)
    sent = event(plan("offline", "amperity"), body)["user"]["email"]
    assert sent == [hashlib.sha256(text.encode()).hexdigest() for text in ("a@example.com", "b@example.com")]
    assert ("email_unfit", "user.email") in notes(entry)


def test_a_number_given_as_phone_is_hashed_and_never_sent_plain():
    sent = event(plan("offline", "amperity", {"default_region": "US"}), row(phone=12133734253))
    assert sent["user"]["phone"] == "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd"


def test_the_records_country_reads_its_phones_before_the_default_region_does():
    traits = {"phone": "07700 900123", "address": {"country": "GB"}}
    sent = event(plan(settings={"default_region": "US"}), track(context={"traits": traits}))
    assert sent["user"]["phone"] == "a8acc3a90a7b4e4dc65e93db9240ed26523050ef754d63b75b5161de76781436"
    assert sent["user"]["country"] == "gb"


def test_an_offline_rows_country_reads_its_phone_and_is_not_sent():
    the_plan = plan("offline", "amperity", rename={"land": "user.country"})
    sent = event(the_plan, row(phone="07700 900123", land="GB"))
    assert sent["user"]["phone"] == "a8acc3a90a7b4e4dc65e93db9240ed26523050ef754d63b75b5161de76781436"
    assert "country" not in sent["user"]


@pytest.mark.parametrize("country", ["England", "ß"])
def test_a_country_that_cannot_be_read_gives_its_phones_to_no_region(country):
    traits = {"phone": "07700 900123", "address": {"country": country}}
    entry = one(plan(settings={"default_region": "US"}), track(context={"traits": traits}))
    assert {("phone_region_unknown", "user.phone"), ("country_unfit", "user.country")} <= notes(entry)


def test_a_guest_falls_through_to_no_identifier_of_their_own():
    body = track(userId="0", anonymousId="anon-7")
    entry = one(plan(), body)
    assert entry.code == "no_identifier"
    assert ("non_identifier", "user.external_id") in notes(entry)


def test_external_ids_of_the_user_and_of_the_context_travel_together():
    body = track(
        context={"externalId": [{"type": "other", "id": "x"}, {"type": "tiktokExternalId", "id": "tt-1"}]}
    )
    sent = event(plan(), body)["user"]["external_id"]
    assert sent == [hashlib.sha256(text.encode()).hexdigest() for text in ("u-1", "tt-1")]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ({"url": "https://shop.example/?a=1&ttclid=E.C.P.1#x"}, "E.C.P.1"),
        ({"url": "https://shop.example/", "referrer": "https://www.shop.example/?ttclid=E.C.P.2"}, "E.C.P.2"),
        (
            {"url": "https://checkout.shop.example/", "referrer": "https://shop.example/?ttclid=E.C.P.3"},
            "E.C.P.3",
        ),
        ({"url": "https://shop.example/", "referrer": "https://www.tiktok.com/?ttclid=E.C.P.4"}, None),
        ({"url": "https://shop.example/", "referrer": "https://notshop.example/?ttclid=E.C.P.5"}, None),
        ({"url": "https://shop.example/?ttclid=__CLICKID__"}, None),
        ({"url": "https://shop.example/?ttclid="}, None),
        ({"url": "https://[broken/?ttclid=1"}, None),
    ],
)
def test_the_click_id_comes_from_the_page_or_a_referrer_of_the_same_site(page, expected):
    assert event(plan(), track(context={"page": page}))["user"].get("ttclid") == expected


def test_a_click_id_field_wins_over_the_page():
    body = track(
        properties={"ttclid": "E.C.P.field"}, context={"page": {"url": "https://a.example/?ttclid=page"}}
    )
    assert event(plan(), body)["user"]["ttclid"] == "E.C.P.field"


@pytest.mark.parametrize(
    ("event_source", "user", "fit"),
    [
        ("web", {"email": "a@b.de"}, True),
        ("web", {"ttclid": "E.C.P.1"}, True),
        ("web", {"ttp": "2aBc"}, True),
        ("web", {"ip": "203.0.113.9"}, False),
        ("web", {"ip": "203.0.113.9", "agent": "Mozilla"}, True),
        ("web", {"first": "Ann"}, False),
        ("offline", {"email": "a@b.de"}, True),
        ("offline", {"phone": "+12133734253"}, True),
        ("offline", {"ttclid": "E.C.P.1"}, False),
        ("offline", {"external": "u-1"}, False),
    ],
)
def test_an_event_needs_an_identifier_that_its_event_source_is_matched_by(event_source, user, fit):
    body = track(
        properties={key: user[key] for key in ("email", "phone", "ttclid", "ttp") if key in user},
        context={
            "ip": user.get("ip"),
            "userAgent": user.get("agent"),
            "traits": {"first_name": user.get("first")},
        },
    )
    body["userId"] = user.get("external")
    entry = one(plan(event_source), body)
    assert getattr(entry, "code", None) == (None if fit else "no_identifier")


def test_offline_events_carry_email_and_phone_and_no_web_field():
    properties = {"email": "a@example.com", "ttclid": "E.C.P.1", "order_id": "o-1", "customer_type": "new"}
    context = {
        "ip": "203.0.113.9",
        "userAgent": "Mozilla",
        "locale": "en",
        "page": {"url": "https://shop.example/"},
    }
    sent = event(plan("offline"), track(properties=properties, context=context))
    assert set(sent) == {"event", "event_time", "event_id", "user", "properties"}
    assert set(sent["user"]) == {"email"}
    assert set(sent["properties"]) == {"order_id"}
