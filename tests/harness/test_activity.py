"""The page "Activity": files in, and what became of every entry."""

import hashlib
import io
import json
import logging
import threading
import time

import pytest
from harness_testing import SHOP, House
from scripted_plugin import CONFIG, with_script

from tiktok_destination.delivery.outbox import Outbox
from tiktok_destination.harness.standing import State
from tiktok_destination.store import FILE, SenderLock

ACTIVITY = "/destinations/shop.yaml/activity"
EMAIL = "canary.person@mail.example"
LONGEST_S = 60
REVOKED = "emulator-revoked-00000000000000000000000"


def lines(now, *events, **changes):
    """Orders with these event ids; one whose id begins with `bad` has no time that can be read."""
    return b"".join(
        json.dumps(
            {
                "type": "track",
                "event": "Order Completed",
                "messageId": event,
                "timestamp": "soon" if event.startswith("bad") else now - 60,
                "context": {"traits": {"email": EMAIL}, "page": {"url": "https://shop.example/"}},
                **changes,
            }
        ).encode()
        + b"\n"
        for event in events
    )


def at_rest(house):
    """How it stands once everything that was given is decided or held."""
    deliveries = house.dispatch.known(house.workspace.destination("shop.yaml"))
    ends = time.monotonic() + LONGEST_S
    while True:
        now = deliveries.standing()
        read = all(one.state not in ("waiting", "reading") for one in now.inputs)
        if read and (now.state is State.PAUSED or (now.state is State.IDLE and not now.in_line)):
            return now
        assert time.monotonic() < ends, now
        time.sleep(0.005)


@pytest.fixture
def send(sending, browser):
    """Uploads a file, and waits until nothing moves any more."""

    def upload(content, name="events.ndjson"):
        answer = browser.post(f"{ACTIVITY}/upload", {"file": (io.BytesIO(content), name)})
        assert answer.status_code == 303
        at_rest(sending)

    return upload


def test_every_entry_of_a_file_is_accounted_for(sending, browser, send):
    send(lines(sending.clock.now, "a", "b", "bad", "a"))
    page = browser.get(ACTIVITY)
    assert "<b>4</b> entries = 2 delivered + 1 rejected + 1 duplicate" in page.text
    told = browser.get(f"{ACTIVITY}/standing").json
    assert told["entries"] == sum(told["outcomes"].values()) == 4
    assert told["state"] == "idle"
    assert not told["moves"]
    assert told["shown"] in page.text


def test_a_sample_is_sent_by_its_name_and_by_nothing_else(sending, browser):
    assert browser.post(f"{ACTIVITY}/sample", {"sample": "segment-web.ndjson"}).status_code == 303
    assert at_rest(sending).entries >= 15
    assert (
        "Choose a sample first" in browser.submit(f"{ACTIVITY}/sample", {"sample": "../pyproject.toml"}).text
    )


def test_entries_are_found_by_outcome_code_event_and_input(sending, browser, send):
    send(lines(sending.clock.now, "a", "bad"))
    send(lines(sending.clock.now, "c", event="Product Viewed"))

    def found(**chosen):
        deliveries = sending.dispatch.known(sending.workspace.destination("shop.yaml"))
        page = browser.get(ACTIVITY + "?" + "&".join(f"{key}={value}" for key, value in chosen.items())).text
        entries = deliveries.standing().entries
        return [number for number in range(1, entries + 1) if f'/entries/{number}"' in page]

    assert found() == [1, 2, 3]
    assert found(outcome="rejected") == [2]
    assert found(code="event_time_unreadable") == [2]
    assert found(event="ViewContent") == [3]
    assert found(input="1") == [1, 2]


def test_an_entry_tells_its_story_and_shows_no_value_but_those_that_are_sent(sending, browser, send, caplog):
    caplog.set_level(logging.DEBUG)
    send(lines(sending.clock.now, "a", "bad"))
    pages = [browser.get(path).text for path in (ACTIVITY, f"{ACTIVITY}/standing", f"{ACTIVITY}/entries/1")]
    assert "trimmed → lower-cased → SHA-256" in pages[2]
    assert "accepted by the receiver" in pages[2]
    assert "Request id" in pages[2]
    told = "".join((*pages, browser.get(f"{ACTIVITY}/entries/2").text, caplog.text))
    assert "event_time_unreadable" in told
    assert EMAIL not in told
    assert browser.get(f"{ACTIVITY}/entries/3").status_code == 404


def test_a_token_that_ends_pauses_with_the_reason_and_a_new_one_is_tried_by_a_button(sending, browser, send):
    token = sending.environ["TIKTOK_ACCESS_TOKEN"]
    sending.environ["TIKTOK_ACCESS_TOKEN"] = REVOKED
    send(lines(sending.clock.now, "a", "b"))
    page = browser.get(ACTIVITY).text
    assert "Paused: nothing is sent" in page
    assert "40105" in page
    assert "2 events are held" in page
    assert "paused" in browser.get("/").text
    send(lines(sending.clock.now, "c"))
    assert "3 events are held" in browser.get(ACTIVITY).text
    sending.environ["TIKTOK_ACCESS_TOKEN"] = token
    browser.submit(f"{ACTIVITY}/resume")
    assert at_rest(sending).outcomes["delivered"] == 3
    assert "Paused" not in browser.get(ACTIVITY).text


def started_anew(house):
    """Another harness over the same workspace; nobody has looked at its pages yet."""
    house.dispatch.stop()
    house.stop = threading.Event()
    house.app_for(house.origin)
    house.dispatch.begin()
    return house.browser()


def test_what_was_held_is_sent_after_a_new_start_and_shown_with_its_file(sending, browser, send, emulator):
    token = sending.environ["TIKTOK_ACCESS_TOKEN"]
    sending.environ["TIKTOK_ACCESS_TOKEN"] = REVOKED
    send(lines(sending.clock.now, "a", "b", "bad"), "orders-of-may.ndjson")
    page = browser.get(ACTIVITY).text
    assert "2 events are held in the outbox, and none is lost, not even when the harness ends" in page
    sending.environ["TIKTOK_ACCESS_TOKEN"] = token
    anew = started_anew(sending)
    assert at_rest(sending).outcomes["delivered"] == 2
    page = anew.get(ACTIVITY).text
    assert "orders-of-may.ndjson" in page
    assert "accepted earlier" in page
    entry = anew.get(f"{ACTIVITY}/entries/2").text
    assert "2, line 2 of" in entry
    assert "its record is not kept" in entry
    arrived = emulator.admin("ledger?after=0&limit=100", method="GET")["lines"]
    assert sorted((line["event_id"], line["disposition"]) for line in arrived) == [
        ("a", "counted"),
        ("b", "counted"),
    ]


def test_after_a_new_start_no_page_and_no_log_shows_a_value_of_a_person(sending, browser, send, caplog):
    caplog.set_level(logging.DEBUG)
    sending.environ["TIKTOK_ACCESS_TOKEN"] = REVOKED
    send(lines(sending.clock.now, "a", "bad", "a"))
    anew = started_anew(sending)
    at_rest(sending)
    pages = [
        anew.get(path).text
        for path in (ACTIVITY, f"{ACTIVITY}/standing", f"{ACTIVITY}/entries/1", f"{ACTIVITY}/entries/2", "/")
    ]
    told = "".join((*pages, caplog.text))
    assert "events.ndjson" in told
    assert EMAIL not in told
    assert hashlib.sha256(EMAIL.encode()).hexdigest() not in told
    assert REVOKED not in told


def test_while_a_command_sends_the_page_says_so_and_tries_again_by_a_button(sending, browser):
    with SenderLock(sending.workspace.data, "shop"):
        content = lines(sending.clock.now, "a")
        browser.post(f"{ACTIVITY}/upload", {"file": (io.BytesIO(content), "events.ndjson")})
        until_it_retries(sending)
        page = browser.get(ACTIVITY).text
        assert "Waiting: it is tried again by itself" in page
        assert "is sending for this destination already" in page
        assert "Somebody else sends for this destination" in browser.get("/").text
    browser.submit(f"{ACTIVITY}/resume")
    assert at_rest(sending).outcomes["delivered"] == 1


def until_it_retries(house):
    deliveries = house.dispatch.known(house.workspace.destination("shop.yaml"))
    ends = time.monotonic() + LONGEST_S
    while deliveries.standing().state is not State.RETRYING:
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_an_outbox_that_cannot_be_read_is_told_at_the_start_and_nothing_is_accepted(sending, browser):
    sending.workspace.data.mkdir(mode=0o700, exist_ok=True)
    path = sending.workspace.data / FILE
    path.write_bytes(b"no database at all" * 1_000)
    path.chmod(0o600)
    sending.dispatch.begin()
    until_it_retries(sending)
    browser.submit(f"{ACTIVITY}/sample", {"sample": "minimal.ndjson"})
    page = browser.get(ACTIVITY).text
    assert "<code>store_damaged</code>" in page
    assert "store salvage" in page
    assert "waits unread, and is not accepted before this is over" in page
    assert "is held as well" not in page
    told = browser.get(f"{ACTIVITY}/standing").json
    assert (told["state"], told["entries"], told["inputs"][0]["state"]) == ("retrying", 0, "waiting")


def test_where_the_outbox_is_full_the_page_says_why_inputs_wait(sending, browser, send, monkeypatch):
    monkeypatch.setitem(Outbox.__init__.__kwdefaults__, "most", 2)
    content = lines(sending.clock.now, "a", "b", "c")
    browser.post(f"{ACTIVITY}/upload", {"file": (io.BytesIO(content), "events.ndjson")})
    deliveries = sending.dispatch.known(sending.workspace.destination("shop.yaml"))
    ends = time.monotonic() + LONGEST_S
    while deliveries.standing().withheld is None:
        assert time.monotonic() < ends
        time.sleep(0.005)
    page = browser.get(ACTIVITY).text
    assert "Inputs wait: nothing more is accepted" in page
    assert "<code>outbox_full</code>" in page
    assert not browser.get(f"{ACTIVITY}/standing").json["entries"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"PK\x03\x04rest", "events.xlsx", "is a zip archive or a spreadsheet"),
        (b"", "events.ndjson", "the input is empty"),
        (b"one,two\n1,2\n", "rows.csv", "no rule reads any of its columns"),
        (b"{}", "", "Choose a file first"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(sending, browser, content, name, said):
    page = browser.submit(f"{ACTIVITY}/upload", {"file": (io.BytesIO(content), name)})
    assert said in page.text
    assert not browser.get(f"{ACTIVITY}/standing").json["inputs"]


def test_a_destination_that_is_switched_off_sends_nothing(sending, browser):
    text = (sending.folder / "shop.yaml").read_text()
    sending.write("shop.yaml", text.replace("name: shop", "name: shop\nenabled: false"))
    page = browser.submit(f"{ACTIVITY}/sample", {"sample": "minimal.ndjson"})
    assert "switched off" in page.text
    assert not browser.get(f"{ACTIVITY}/standing").json["entries"]


def test_a_configuration_that_is_changed_holds_for_what_comes_after(sending, browser, send, emulator):
    send(lines(sending.clock.now, "a"))
    text = (sending.folder / "shop.yaml").read_text()
    sending.write("shop.yaml", text.replace("C0PIXELCODE00000001A", "C0PIXELCODE00000002B"))
    send(lines(sending.clock.now, "b"))
    now = at_rest(sending)
    assert now.outcomes["delivered"] == 1
    assert now.state is State.PAUSED


def test_what_waits_is_sent_as_soon_as_the_configuration_is_mended(sending, browser, send):
    sending.write("shop.yaml", SHOP.replace("${TIKTOK_ACCESS_TOKEN}", "${NOT_SET}"))
    send(lines(sending.clock.now, "a"))
    assert at_rest(sending).state is State.PAUSED
    browser.post("/destinations/shop.yaml/text", {"text": SHOP})
    assert at_rest(sending).outcomes["delivered"] == 1


def test_in_test_mode_what_waits_from_before_stays_and_is_sent_when_it_is_over(
    sending, browser, send, emulator
):
    token = sending.environ["TIKTOK_ACCESS_TOKEN"]
    sending.environ["TIKTOK_ACCESS_TOKEN"] = REVOKED
    send(lines(sending.clock.now, "a", "b"))
    sending.environ["TIKTOK_ACCESS_TOKEN"] = token
    in_test_mode = SHOP.replace("settings:\n", "settings:\n  test_event_code: TEST12345\n")
    browser.post("/destinations/shop.yaml/text", {"text": in_test_mode})
    anew = started_anew(sending)
    assert at_rest(sending).held_back == 2
    anew.post(f"{ACTIVITY}/upload", {"file": (io.BytesIO(lines(sending.clock.now, "c")), "events.ndjson")})
    now = at_rest(sending)
    assert (now.outcomes["pending"], now.test_outcomes["delivered"], now.entries) == (2, 1, 3)
    page = anew.get(ACTIVITY).text
    assert "from before test mode would count, and wait." in page
    assert "in test mode, and this event was made before: it would count" in page
    assert not anew.get(f"{ACTIVITY}/standing").json["moves"]
    assert "2 pending" in anew.get("/").text

    def arrived():
        found = emulator.admin("ledger?after=0&limit=100", method="GET")["lines"]
        return sorted((line["event_id"], line["disposition"]) for line in found)

    assert arrived() == [("c", "test")]
    anew.post("/destinations/shop.yaml/text", {"text": SHOP})
    assert at_rest(sending).outcomes["delivered"] == 2
    assert arrived() == [("a", "counted"), ("b", "counted"), ("c", "test")]
    assert "would count" not in anew.get(ACTIVITY).text


def test_what_was_made_for_one_destination_is_never_sent_to_another(tmp_path, script):
    house = House(tmp_path, environ={}, manager=with_script(script))
    house.write("shop.yaml", SHOP)
    browser = house.browser()
    content = lines(house.clock.now, "a", "b")
    browser.post(f"{ACTIVITY}/upload", {"file": (io.BytesIO(content), "events.ndjson")})
    made_for_tiktok = house.dispatch.known(house.workspace.destination("shop.yaml"))
    assert at_rest(house).in_line == 2
    browser.post("/destinations/shop.yaml/text", {"text": CONFIG})
    ends = time.monotonic() + LONGEST_S
    while "made for tiktok" not in str(made_for_tiktok.standing().reasons):
        assert time.monotonic() < ends
        time.sleep(0.005)
    assert made_for_tiktok.standing().in_line == 2
    assert not browser.get(f"{ACTIVITY}/standing").json["entries"]
    assert script.asked == []
    assert house.dispatch.stop() == 2
