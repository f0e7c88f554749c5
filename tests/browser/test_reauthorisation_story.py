"""The story in a browser: connect, send, the token ends, deliveries wait, authorise again, everything arrives once."""

import json
import re
import time

import pytest

from tests.credentials.conftest import SEED
from tests.harness_run import SHOP, running_harness
from tests.portal_walk import APP_ID, APP_SECRET
from tiktok_destination.emulator.server import start

PAGES = "/destinations/shop.yaml"


@pytest.fixture
def emulator():
    with start(SEED) as running:
        yield running


@pytest.fixture
def house(emulator, tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    with running_harness(tmp_path, {"TIKTOK_BASE_URL": emulator.url}) as origin:
        yield origin


def consent(page):
    """What the account's owner does at the receiver: who they are, and that they allow it."""
    page.get_by_role("link", name=re.compile("Oda Operator")).click()
    page.get_by_role("button", name="Allow").click()


def send(page, house, names):
    page.goto(f"{house}{PAGES}/activity")
    records = [
        {
            "type": "track",
            "event": "Order Completed",
            "messageId": name,
            "timestamp": int(time.time()) - 60,
            "userId": "user-1",
        }
        for name in names
    ]
    content = "".join(f"{json.dumps(record)}\n" for record in records).encode()
    page.get_by_label("A file of yours").set_input_files(
        {"name": "orders.ndjson", "mimeType": "application/x-ndjson", "buffer": content}
    )
    page.get_by_role("button", name="Send the file").click()


def test_a_lost_authorisation_loses_and_doubles_nothing(window, house, emulator):
    page = window.page
    first, second, third = ([f"{name}-{number}" for number in range(60)] for name in "abc")

    page.goto(f"{house}{PAGES}/connect")
    page.get_by_label("App id").fill(APP_ID)
    page.get_by_label("App secret").fill(APP_SECRET)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role(
        "link", name=re.compile("Go on|Continue|Leave|Authorise|consent", re.IGNORECASE)
    ).first.click()
    consent(page)
    page.get_by_text("Example Shop").first.wait_for()
    assert page.url == f"{house}{PAGES}/connect"
    window.judge()

    send(page, house, first)
    page.get_by_text(re.compile(r"60\s+delivered|delivered\s+60")).first.wait_for()

    emulator.admin("tokens", {"app_id": APP_ID, "status": "revoked"})
    send(page, house, second)
    page.get_by_text("40105").first.wait_for()
    page.goto(f"{house}{PAGES}/activity")
    assert "Paused" in page.inner_text("main")
    window.judge()
    send(page, house, third)
    page.get_by_text(re.compile(r"120\s+pending|pending\s+120")).first.wait_for()

    page.goto(f"{house}{PAGES}/connect")
    page.get_by_role("button", name=re.compile("Reauthorise|Authorise again", re.IGNORECASE)).first.click()
    page.get_by_role(
        "link", name=re.compile("Go on|Continue|Leave|Authorise|consent", re.IGNORECASE)
    ).first.click()
    consent(page)
    page.goto(f"{house}{PAGES}/activity")
    page.get_by_text(re.compile(r"180\s+delivered|delivered\s+180")).first.wait_for()
    window.judge()

    lines = emulator.admin("ledger?after=0&limit=1000", method="GET")["lines"]
    assert sorted(line["event_id"] for line in lines) == sorted([*first, *second, *third])
    assert {line["disposition"] for line in lines} == {"counted"}
