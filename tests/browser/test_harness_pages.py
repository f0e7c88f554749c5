"""The harness's pages in a browser: well on phone and laptop, in light and dark; and a destination made by its form."""

import json
import re
import time

import pytest

from plugin_spec import DestinationManager
from tests.credentials.conftest import SEED
from tests.harness_run import SHOP, running_harness
from tiktok_destination.config import load
from tiktok_destination.emulator.server import start

TOKEN = "emulator-token-0000000000000000000000000"
PIXEL = "C0PIXELCODE00000001A"
SHOP_PAGES = "/destinations/shop.yaml"
BROKEN = SHOP.replace("segment", "segmnt").replace("name: shop", "name: broken")


def order(event_id, **changes):
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": event_id,
        "timestamp": int(time.time()) - 60,
        "userId": "user-1",
        "context": {"page": {"url": "https://shop.example/thanks"}},
        "properties": {"value": 5, "currency": "EUR"},
        **changes,
    }


@pytest.fixture(scope="module")
def emulator():
    with start(SEED) as running:
        yield running


@pytest.fixture
def house(emulator, tmp_path):
    """A workspace of a good destination, whose token comes from outside, and a broken one."""
    good = SHOP.replace("credential: shop", "credential: {access_token: '${TIKTOK_ACCESS_TOKEN}'}")
    (tmp_path / "shop.yaml").write_text(good, encoding="utf-8")
    (tmp_path / "broken.yaml").write_text(BROKEN, encoding="utf-8")
    emulator.admin("reset")
    with running_harness(tmp_path, {"TIKTOK_BASE_URL": emulator.url, "TIKTOK_ACCESS_TOKEN": TOKEN}) as origin:
        yield origin


def upload(page, *records):
    content = "".join(f"{json.dumps(record)}\n" for record in records).encode()
    page.get_by_label("A file of yours").set_input_files(
        {"name": "orders.ndjson", "mimeType": "application/x-ndjson", "buffer": content}
    )
    page.get_by_role("button", name="Send the file").click()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/destinations/new?destination=tiktok",
        f"{SHOP_PAGES}/configure",
        "/destinations/broken.yaml/configure",
        f"{SHOP_PAGES}/connect",
        f"{SHOP_PAGES}/try",
        f"{SHOP_PAGES}/activity",
    ],
)
def test_a_page_is_well(any_window, house, path):
    any_window.page.goto(house + path)
    assert any_window.page.title()
    any_window.judge()


def test_a_record_is_explained_side_by_side_and_sent_as_a_test_event(any_window, house, emulator):
    page = any_window.page
    page.goto(f"{house}{SHOP_PAGES}/try")
    page.get_by_label("As JSON").fill(
        json.dumps(order("o-1", context={"traits": {"email": "kim@mail.example"}}))
    )
    page.get_by_role("button", name="Explain", exact=True).click()
    page.get_by_text("context.traits.email").first.wait_for()
    assert page.get_by_text("Purchase").count()
    any_window.judge()
    page.get_by_label("Test event code").fill("TEST12345")
    page.get_by_role("button", name="Send this record as a test event").click()
    page.get_by_text("delivered").first.wait_for()
    any_window.judge()
    assert [line["disposition"] for line in emulator.admin("ledger", method="GET")["lines"]] == ["test"]


def test_a_file_is_sent_with_progress_and_each_entry_has_its_story(any_window, house):
    page = any_window.page
    page.goto(f"{house}{SHOP_PAGES}/activity")
    upload(page, *(order(f"o-{number}") for number in range(40)), order("bad", timestamp="never"))
    page.get_by_text(re.compile(r"40\s+delivered|delivered\s+40")).first.wait_for()
    page.goto(f"{house}{SHOP_PAGES}/activity")
    any_window.judge()
    page.get_by_role("link", name=re.compile("rejected", re.IGNORECASE)).first.click()
    page.get_by_text("event_time_unreadable").first.wait_for()
    any_window.judge()


def test_a_destination_is_made_by_its_form_and_the_command_line_reads_it(window, house, tmp_path):
    page = window.page
    page.goto(house)
    page.get_by_role("link", name=re.compile("^New")).click()
    page.get_by_role("textbox", name="Name").first.fill("made-here")
    page.get_by_role("combobox", name=re.compile("^Credential")).first.select_option(
        label="From outside: an environment variable or a file"
    )
    page.get_by_label("Where it is kept").first.fill("${TIKTOK_ACCESS_TOKEN}")
    page.get_by_role("radio", name=re.compile("^Web settings")).check()
    page.get_by_role("textbox", name="Pixel code").first.fill("1234567890123456789")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("numeric id").first.wait_for()
    window.complaints.clear()  # the browser remarks on an answer that says 422
    window.judge()
    page.get_by_role("textbox", name="Pixel code").first.fill(PIXEL)
    page.get_by_label("Preset").select_option("segment")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("made-here").first.wait_for()
    (made,) = tmp_path.glob("made-here.y*ml")
    manager = DestinationManager()
    loaded = load(
        made,
        environ={"TIKTOK_ACCESS_TOKEN": TOKEN},
        plugin_schema=lambda name: manager.load(name).config_schema(),
    )
    assert (loaded.name, loaded.plugin["settings"]["pixel_code"]) == ("made-here", PIXEL)
