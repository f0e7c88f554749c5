"""The page "Try": the story of a record before it is sent, and test events."""

import html
import io
import json
import re

import pytest
from harness_testing import HOSTILE

TRY = "/destinations/shop.yaml/try"
EMAIL = "canary.person@mail.example"


def record(now, **changes):
    told = {
        "type": "track",
        "event": "Order Completed",
        "messageId": "e-1",
        "timestamp": now - 60,
        "context": {"traits": {"email": f" {EMAIL.upper()}"}, "page": {"url": "https://shop.example/"}},
        "properties": {"value": 12.5, "currency": "EUR"},
    }
    return json.dumps(told | changes)


def text_area(page):
    return html.unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)[1])


def shown(page):
    """The page's words without what was typed into its form."""
    without_form = re.sub(r"<textarea.*?</textarea>", "", page.text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", without_form)).split())


def test_a_pasted_record_is_explained_field_by_field(house, browser):
    page = browser.post(TRY, {"text": record(house.clock.now)})
    words = shown(page)
    assert page.status_code == 200
    assert "Order Completed → Purchase (preset segment)" in words
    assert "would be sent" in words
    assert re.search(
        r"user\. email [0-9a-f]{64} context\. traits\. email trimmed → lower-cased → SHA-256", words
    )
    assert '"pixel_code"' not in words
    assert '"event_source_id": "C0PIXELCODE00000001A"' in words
    assert EMAIL not in words.lower()


def test_a_field_that_stays_empty_says_why_and_where_it_was_looked_for(house, browser):
    words = shown(browser.post(TRY, {"text": record(house.clock.now)}))
    assert re.search(r"user\. phone [^|]*context\. traits\. phone", words)


def test_what_was_pasted_stays_in_the_form_and_is_shown_as_text_alone(house, browser):
    text = record(house.clock.now, comment=HOSTILE, event=HOSTILE)
    page = browser.post(TRY, {"text": text})
    assert text_area(page) == text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Paste a record first"),
        ("hello", "no JSON object"),
        ('{"type": "track", ', "The JSON ends in the middle"),
        ("[]", "no record in it"),
    ],
)
def test_what_is_no_record_is_said_beside_the_form(browser, text, said):
    page = browser.post(TRY, {"text": text})
    assert page.status_code == 422
    assert said in shown(page)
    assert text_area(page) == text


def test_a_record_that_is_no_json_inside_is_an_entry_with_its_code(browser):
    words = shown(browser.post(TRY, {"text": '{"type": trak}'}))
    assert "rejected" in words
    assert "unreadable_record" in words


def test_a_sample_record_is_picked_with_the_rows_that_belong_to_it(house, browser):
    house.write(
        "rows.yaml",
        (house.folder / "shop.yaml").read_text().replace("preset: segment", "preset: amperity"),
    )
    page = browser.post("/destinations/rows.yaml/try/pick", {"sample": "amperity-web.csv", "number": "2"})
    assert text_area(page).count('"event_id"') == 2
    assert "Records 1, 2 together" in shown(page)


def test_a_record_of_an_uploaded_file_is_picked(house, browser):
    lines = "\n".join(record(house.clock.now, messageId=f"e-{number}") for number in range(1, 4))

    def upload(number):
        file = (io.BytesIO(lines.encode()), "mine.ndjson")
        return browser.post(f"{TRY}/pick", {"file": file, "number": number})

    assert '"messageId": "e-3"' in text_area(upload("3"))
    assert "has no record 4" in upload("4").text
    assert "Give a record" in upload("many").text


def test_a_test_event_needs_a_code_and_says_where_it_comes_from(sending, browser):
    page = browser.post(f"{TRY}/test", {"text": record(sending.clock.now)})
    assert page.status_code == 422
    assert "Is needed to send a test event" in page.text
    assert sending.dispatch.of(*_known(sending)).standing().entries == 0


def test_a_record_is_sent_as_a_test_event_and_the_page_says_what_came_of_it(sending, browser, emulator):
    page = browser.post(f"{TRY}/test", {"text": record(sending.clock.now), "test_code": "TEST123"})
    words = shown(page)
    assert "delivered accepted by the receiver · test event" in words
    assert "Where to look" in words
    (line,) = emulator.admin("ledger", method="GET")["lines"]
    assert (line["disposition"], line["event"]) == ("test", "Purchase")
    standing = sending.dispatch.of(*_known(sending)).standing()
    assert (standing.outcomes["delivered"], standing.test_outcomes["delivered"]) == (0, 1)


def test_the_standard_test_event_is_sent_without_a_record(sending, browser, emulator):
    page = browser.post(f"{TRY}/standard", {"test_code": "TEST123"})
    assert "ViewContent" in shown(page)
    (line,) = emulator.admin("ledger", method="GET")["lines"]
    assert (line["disposition"], line["event"]) == ("test", "ViewContent")


def test_in_test_mode_no_code_is_needed(sending, browser, emulator):
    text = (sending.folder / "shop.yaml").read_text()
    sending.write(
        "shop.yaml", text.replace("  event_source: web", "  event_source: web\n  test_event_code: TEST7")
    )
    assert "Test mode." in browser.get(TRY).text
    assert "accepted by the receiver" in shown(
        browser.post(f"{TRY}/test", {"text": record(sending.clock.now)})
    )


def test_a_faulty_configuration_can_be_opened_but_tries_nothing(house, browser):
    house.write("shop.yaml", (house.folder / "shop.yaml").read_text().replace("segment", "segmnt"))
    assert "Mend it first" in browser.get(TRY).text
    assert browser.post(TRY, {"text": "{}"}).status_code == 409


def test_a_destination_that_offers_no_test_events_shows_none(scripted):
    page, browser = "/destinations/door.yaml/try", scripted.browser()
    assert "test event" not in browser.get(page).text
    assert browser.post(f"{page}/standard", {"test_code": "TEST1"}).status_code == 409


def test_a_missing_credential_keeps_nobody_from_trying(house, browser):
    del house.environ["TIKTOK_ACCESS_TOKEN"]
    assert "would be sent" in shown(browser.post(TRY, {"text": record(house.clock.now)}))


def _known(house):
    found = house.workspace.destination("shop.yaml")
    return found, found.destination
