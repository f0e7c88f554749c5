"""A token ends while a harness sends: everything waits, and arrives once the account's owner has authorised again.

Over loopback HTTP on both sides: a browser's client goes through the harness's pages and the emulated consent page.
"""

import html
import json
import re
import secrets
import threading
import time

import pytest
import requests

from plugin_spec import DestinationManager
from tests.integration.sending import counted
from tiktok_destination.harness.app import create_app
from tiktok_destination.harness.dispatch import Dispatch
from tiktok_destination.harness.server import RunningHarness
from tiktok_destination.harness.workspace import Workspace
from tiktok_destination.hosting.services import host_services

LONGEST_S = 60
APP, SECRET = "7200000000000000001", "emulator-secret-000000000000000000000000"
OPERATOR = "6900000000000000001"
SHOP = """\
version: 1
destination: tiktok
name: shop
credential: shop
settings:
  event_source: web
  pixel_code: C0PIXELCODE00000001A
mapping:
  preset: segment
"""
PAGES = "/destinations/shop.yaml"


@pytest.fixture
def harness(emulator, tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    environ = {"TIKTOK_BASE_URL": emulator.url}
    stop = threading.Event()
    services = host_services(environ, stop)
    workspace = Workspace(tmp_path, environ, DestinationManager())
    dispatch = Dispatch(workspace, services, stop)

    def app_for(origin):
        return create_app(workspace, services, lambda: secrets.token_urlsafe(24), dispatch, origin)

    with RunningHarness(0, app_for) as running, requests.Session() as session:
        session.trust_env = False
        yield Person(session, running.origin)
    dispatch.stop()


class Person:
    """Somebody in front of a browser."""

    def __init__(self, session, origin):
        self.session = session
        self.origin = origin

    def see(self, path):
        answer = self.session.get(self.origin + path, timeout=LONGEST_S)
        answer.raise_for_status()
        return answer

    def submit(self, path, data=None, **more):
        token = re.search(r'name="form-token" content="([0-9a-f]+)"', self.see("/").text)[1]
        form = {"form_token": token, **(data or {})}
        return self.session.post(self.origin + path, data=form, timeout=LONGEST_S, **more)

    def connect(self, **app):
        """Begin at the harness, consent as the operator at the receiver, and come back; the page that this ends at."""
        leave = self.submit(f"{PAGES}/connect/begin", {**app, "action": "here"})
        away = _link(leave, r'class="button" href="([^"]+)"')
        people = self.session.get(away, timeout=LONGEST_S)
        consent = self.session.get(
            _beside(away, _link(people, rf'href="([^"]*user_id={OPERATOR}[^"]*)"')), timeout=LONGEST_S
        )
        form = [
            (name, value)
            for name, value in re.findall(
                r'name="(form_token|advertiser_id|scope)" value="([^"]*)"', consent.text
            )
        ]
        action = _beside(away, _link(consent, r'<form method="post" action="([^"]+)"'))
        return self.session.post(action, data=[*form, ("decision", "allow")], timeout=LONGEST_S)

    def send(self, events, **changes):
        content = "".join(f"{json.dumps(_order(event, **changes))}\n" for event in events)
        answer = self.submit(f"{PAGES}/activity/upload", files={"file": ("orders.ndjson", content.encode())})
        answer.raise_for_status()

    def until(self, fits):
        """How the deliveries stand once this is so; at each look every entry has exactly one outcome."""
        ends = time.monotonic() + LONGEST_S
        while True:
            now = self.see(f"{PAGES}/activity/standing").json()
            assert now["entries"] == sum(now["outcomes"].values()) + sum(now["test_outcomes"].values())
            assert now["outcomes"]["pending"] == now["in_line"] + now["set_aside"] + now["held_back"]
            if fits(now):
                return now
            assert time.monotonic() < ends, now
            time.sleep(0.05)


def _link(answer, pattern):
    return html.unescape(re.search(pattern, answer.text)[1])


def _beside(address, link):
    return requests.compat.urljoin(address, link)


def _order(event, **changes):
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": event,
        "timestamp": int(time.time()) - 60,
        "userId": "user-1",
        "context": {"page": {"url": "https://shop.example/thanks"}},
        "properties": {"value": 5, "currency": "EUR"},
        **changes,
    }


def test_events_of_a_token_that_ends_wait_and_arrive_once_after_reauthorisation(emulator, harness):
    first, second, third = ([f"{name}-{number}" for number in range(1_500)] for name in "abc")
    page = harness.connect(client_id=APP, client_secret=SECRET)
    assert page.url.endswith(f"{PAGES}/connect")
    harness.send(first)
    harness.until(lambda now: now["outcomes"]["delivered"] == 1_500)

    emulator.admin("tokens", {"app_id": APP, "status": "revoked"})
    harness.send(second)
    now = harness.until(lambda now: now["state"] == "paused")
    assert [reason["code"] for reason in now["reasons"]] == ["40105"]
    calls = emulator.admin("summary", method="GET")["requests"]
    harness.send([*third, *second[:10], *first[:10]])
    now = harness.until(lambda now: now["entries"] == 4_520)
    assert now["outcomes"]["delivered"] == 1_500
    assert now["in_line"] == 3_020
    assert emulator.admin("summary", method="GET")["requests"] == calls
    assert "Paused: nothing is sent" in harness.see(f"{PAGES}/activity").text

    harness.connect(app="same")
    now = harness.until(lambda now: not now["in_line"])
    assert (now["outcomes"]["delivered"], now["outcomes"]["duplicate"]) == (4_500, 20)
    assert sorted(counted(emulator)) == sorted([*first, *second, *third])


def test_a_file_of_several_megabytes_goes_through_the_page(emulator, harness):
    harness.connect(client_id=APP, client_secret=SECRET)
    events = [f"large-{number}" for number in range(300)]
    harness.send(events, padding="x" * 10_000)
    harness.until(lambda now: now["outcomes"]["delivered"] == 300)
    assert sorted(counted(emulator)) == sorted(events)
