"""Authorise, check, list and revoke against the emulated TikTok, over loopback HTTP."""

import json
import logging
import random
import time

import pytest
import requests

from plugin_spec import ConfigError, Credential, Denied, DestinationManager, DeveloperApp, Services
from tests.credentials.conftest import SEED
from tests.portal_walk import (
    ADMIN,
    ANALYST,
    APP_ID,
    APP_SECRET,
    NEWCOMER,
    OPERATOR,
    OUTLET,
    SHOP,
    Person,
    query_of,
)
from tiktok_destination.api import assets, oauth
from tiktok_destination.emulator.server import start

APP_TOKEN = "emulator-app-000000000000000000000000000"
CALLBACK = "http://127.0.0.1:8791/oauth/callback"
APP = DeveloperApp(APP_ID, APP_SECRET)
PIXEL = "C0PIXELCODE00000001A"
REPORT_EVENTS = "7224195155857866754"


@pytest.fixture
def open_sender(emulator):
    opened = []

    def open_(credential, url=emulator.url, **settings):
        services = Services(
            clock=time.time,
            monotonic=time.monotonic,
            sleep=time.sleep,
            random=random.Random(7),
            http_session=requests.Session,
            logger=logging.getLogger("test"),
            environ={"TIKTOK_BASE_URL": url},
        )
        sender = (
            DestinationManager()
            .load("tiktok")
            .open({"name": "x", "settings": settings}, credential, services)
        )
        opened.append(sender)
        return sender

    yield open_
    for sender in opened:
        sender.close()


@pytest.fixture
def grant(open_sender):
    def authorise(user_id, **consent):
        sender = open_sender(Credential("shop", "", APP))
        address = Person().decide(sender.authorise_url("s-1", CALLBACK), user_id, **consent)
        assert address.startswith(CALLBACK)
        assert query_of(address)["state"] == "s-1"
        return sender.exchange(query_of(address)["auth_code"])

    return authorise


def test_a_grant_names_accounts_and_permissions(grant):
    given = grant(ADMIN, accounts=[SHOP])
    assert given.credential.name == "shop"
    assert given.credential.app == APP
    assert [(account.value, account.title) for account in given.accounts] == [(SHOP, "Example Shop")]
    assert {"Report conversion events", "Read pixels"} <= set(given.scopes)
    assert given.missing == ()


def test_a_grant_without_the_right_to_send_says_so(grant):
    assert grant(ADMIN, scopes=["100", "800"]).missing == ("scope_missing",)


def test_a_code_works_once(open_sender):
    sender = open_sender(Credential("shop", "", APP))
    code = query_of(Person().decide(sender.authorise_url("s", CALLBACK), ADMIN))["auth_code"]
    assert not isinstance(sender.exchange(code), Denied)
    assert sender.exchange(code).code == "40110"


def test_a_code_runs_out_after_an_hour(open_sender, emulator):
    sender = open_sender(Credential("shop", "", APP))
    code = query_of(Person().decide(sender.authorise_url("s", CALLBACK), ADMIN))["auth_code"]
    emulator.admin("clock", {"advance_s": 3601})
    assert sender.exchange(code).code == "40110"


@pytest.mark.parametrize(
    "app", [DeveloperApp(APP_ID, "wrong"), DeveloperApp("7200000000000000099", APP_SECRET)]
)
def test_a_wrong_app_is_denied_with_tiktoks_code(open_sender, app):
    assert open_sender(Credential("shop", "", app)).exchange("anything").code in {"40101", "40113"}


def test_a_forged_code_is_denied(open_sender):
    assert isinstance(open_sender(Credential("shop", "", APP)).exchange("forged"), Denied)


def test_nobody_can_authorise_without_an_app(open_sender):
    with pytest.raises(ConfigError, match="no developer app"):
        open_sender(Credential("shop", "")).authorise_url("s", CALLBACK)


def test_a_revoked_token_sends_nothing_more(grant, open_sender):
    sender = open_sender(grant(ADMIN).credential)
    assert sender.revoke() is None
    reply = sender.send(
        f'["web","{PIXEL}"]', [b'{"event":"ViewContent","event_time":1,"event_id":"1","user":{}}']
    )
    assert reply.code == "40105"
    assert sender.revoke().code == "40105"


def test_without_a_token_events_wait_and_no_call_is_made(open_sender, emulator):
    reply = open_sender(Credential("shop", "", APP)).send(f'["web","{PIXEL}"]', [b"{}", b"{}"])
    assert (reply.code, len(reply.verdicts)) == ("40104", 2)
    assert emulator.admin("summary", method="GET")["requests"] == 0


def test_a_check_looks_at_token_account_and_pixel(grant, open_sender):
    credential = grant(OPERATOR).credential
    checks = open_sender(credential, event_source="web", pixel_code=PIXEL, advertiser_id=SHOP).check()
    assert all(check.well for check in checks), checks
    assert [check.name for check in checks] == ["access token", "ad accounts", "settings.pixel_code"]


@pytest.mark.parametrize(
    ("settings", "unwell"),
    [
        ({"pixel_code": "C0PIXELCODE00000002B"}, "settings.pixel_code"),
        ({"advertiser_id": OUTLET}, "settings.advertiser_id"),
        ({"event_source": "offline", "event_set_id": "7400000000000000099"}, "settings.event_set_id"),
        (
            {"event_source": "offline", "event_set_ids": ["7400000000000000001", "7400000000000000099"]},
            "settings.event_set_id",
        ),
        (
            {"event_source": "offline", "event_set_id": "7400000000000000001", "event_set_name": "Shops"},
            "settings.event_set_name",
        ),
        (
            {"event_source": "offline", "event_set_id": "7400000000000000001", "auto_tracking": False},
            "settings.auto_tracking",
        ),
    ],
)
def test_a_check_names_what_does_not_fit(grant, open_sender, settings, unwell):
    checks = open_sender(grant(OPERATOR).credential, **settings).check()
    failed = [check for check in checks if not check.well]
    assert [check.name for check in failed] == [unwell]
    assert failed[0].remedy


def test_a_check_of_a_revoked_token_says_so(grant, open_sender):
    sender = open_sender(grant(ADMIN).credential)
    sender.revoke()
    (check,) = sender.check()
    assert not check.well
    assert check.detail.startswith("40105")


def test_a_pasted_token_can_only_be_tried(open_sender):
    (check,) = open_sender(Credential("shop", "pasted")).check()
    assert check.well
    assert "test event" in check.detail


def test_an_account_without_ad_accounts_reaches_none(open_sender):
    sender = open_sender(Credential("shop", "", APP))
    address = Person().decide(sender.authorise_url("s", CALLBACK), NEWCOMER, decision="refuse")
    assert query_of(address)["error"] == "access_denied"


def test_choices_are_accounts_pixels_and_event_sets_by_name(grant, open_sender):
    sender = open_sender(grant(ADMIN).credential)
    assert {(one.value, one.title) for one in sender.choices("settings.advertiser_id")} >= {
        (SHOP, "Example Shop")
    }
    assert {(one.value, one.title) for one in sender.choices("settings.pixel_code")} >= {
        (PIXEL, "Shop"),
        ("C0PIXELCODE00000002B", "Outlet"),
    }
    assert ("7400000000000000001", "Stores") in {
        (one.value, one.title) for one in sender.choices("settings.event_set_id")
    }
    assert sender.choices("settings.time_zone") == ()
    crm = open_sender(grant(ADMIN).credential, event_source="crm", advertiser_id=SHOP)
    assert [one.title for one in crm.choices("settings.event_set_id")] == ["Sales team"]


def test_choices_follow_the_pages(open_sender):
    seed = json.loads(SEED.read_bytes())
    seed["pixels"] = [
        {
            "pixel_code": f"C0PIXELCODE0000{number:05}",
            "pixel_id": f"71000000000000{number:05}",
            "name": f"Pixel {number}",
            "advertiser_id": SHOP,
        }
        for number in range(45)
    ]
    with start(seed) as many:
        sender = open_sender(Credential("shop", APP_TOKEN, APP), url=many.url, advertiser_id=SHOP)
        assert sorted(one.title for one in sender.choices("settings.pixel_code")) == sorted(
            f"Pixel {number}" for number in range(45)
        )
    assert open_sender(Credential("shop", "pasted")).choices("settings.pixel_code") == ()


def test_an_analyst_may_look_and_not_send(grant, open_sender):
    sender = open_sender(grant(ANALYST, accounts=[SHOP]).credential, pixel_code=PIXEL)
    assert all(check.well for check in sender.check())
    reply = sender.send(
        f'["web","{PIXEL}"]', [b'{"event":"ViewContent","event_time":1,"event_id":"1","user":{}}']
    )
    assert reply.code == "40001"


def test_a_receiver_that_is_away_is_a_denial_and_no_exception(open_sender, emulator):
    emulator.admin("faults", [{"kind": "http", "status": 503}])
    assert isinstance(open_sender(Credential("shop", "t", APP)).choices("settings.pixel_code"), Denied)
    assert isinstance(open_sender(Credential("shop", "", APP)).exchange("c"), Denied)


@pytest.mark.parametrize("odd", [5, "text", {"a": 1}, None, [[], {}]])
def test_a_token_is_kept_whatever_else_the_answer_holds(odd):
    granted = oauth.grant(APP, "shop", "token", {"scope": odd, "advertiser_ids": odd}, ())
    assert granted.credential == Credential("shop", "token", APP)
    assert (granted.accounts, granted.scopes, granted.missing) == ((), (), ("scope_missing",))


@pytest.mark.parametrize("odd", ["2", [], {}, None, -1])
def test_an_odd_number_of_pages_is_one_page(odd):
    class Asker:
        def get(self, path, query):
            assert query["page"] == "1"
            return {"pixels": [{"pixel_code": "C"}], "page_info": {"total_page": odd}}

    assert [one.event_source_id for one in assets.pixels(Asker(), SHOP)] == ["C"]
