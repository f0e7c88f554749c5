"""The form of a destination: made of its schema, round trips, faults beside their fields, and what is written."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from harness_testing import HOSTILE, SHOP, TOKEN, Browser, House
from pages import Page

import sample_configs
from tiktok_destination.config import destination_schema, plugin_part
from tiktok_destination.harness.form_shape import fields_of, parts_of

SAMPLES = sorted(Path(sample_configs.__file__).parent.glob("*.yaml"))
URL = "/destinations/shop.yaml/configure"
NEW = "/destinations/new?destination=tiktok"


def shown(browser: Browser, url: str = URL) -> Page:
    return Page(browser.get(url).text)


def test_every_property_of_the_schema_has_its_field_with_title_and_description(browser: Browser) -> None:
    page = shown(browser, NEW)
    for schema in (destination_schema(), plugin_part()):
        for field in fields_of(parts_of(schema, schema)):
            if field.name in ("version", "destination") or (
                field.path[0] in ("settings", "mapping") and schema["title"] == "Destination"
            ):
                continue
            assert field.name in page.form, field.name
            assert field.title in page.text
            assert " ".join(field.description.split()) in page.text


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_configuration_of_any_kind_comes_back_as_it_was(house: House, sample: Path) -> None:
    text = sample.read_text()
    house.write("shop.yaml", text)
    browser = house.browser()
    answer = browser.post(URL, shown(browser).form)
    assert answer.status_code == 303, Page(answer.text).text
    written = (house.folder / "shop.yaml").read_text()
    assert yaml.safe_load(written) == yaml.safe_load(text)
    assert written.startswith(text[: text.index("version")])


def test_what_the_form_does_not_know_is_kept(house: House, browser: Browser) -> None:
    house.write("shop.yaml", SHOP + "colour: {of: [the, door]}\n")
    page = shown(browser)
    assert page.form[":others"] == "colour:\n  of:\n  - the\n  - door\n"
    answer = browser.post(URL, page.form)
    assert answer.status_code == 422
    assert "colour" in Page(answer.text).text
    assert Page(answer.text).form[":others"] == page.form[":others"]


def test_a_misspelt_key_is_told_beside_the_keys_that_no_field_shows(house: House, browser: Browser) -> None:
    house.write("shop.yaml", SHOP.replace("pixel_code", "pixel_cod").replace("name: shop\n", ""))
    answer = browser.get(URL)
    beside = answer.text.partition('id="settings-web-others-fault-1"')[2]
    assert beside.startswith(">pixel_cod: is not known here. Did you mean pixel_code?")
    assert Page(answer.text).form["settings=web:others"] == "pixel_cod: C0PIXELCODE00000001A\n"


def test_a_file_without_a_credential_has_none_chosen(house: House, browser: Browser) -> None:
    browser.post("/destinations/shop.yaml/connect/paste", {"name": "main", "token": TOKEN})
    house.write("shop.yaml", SHOP.replace("credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}\n", ""))
    page = shown(browser)
    assert page.form["credential"] == ""
    assert page.options["credential"] == ["", "main", "+", "$"]


def test_a_value_of_the_wrong_kind_is_shown_and_not_lost(house: House, browser: Browser) -> None:
    house.write("shop.yaml", SHOP.replace("pixel_code: C0PIXELCODE00000001A", "pixel_code: [1, 2]\n  event_window_days: many").replace("preset: segment", "preset: segmnt"))  # fmt: skip
    page = shown(browser)
    assert page.form["settings=web.pixel_code:yaml"] == "- 1\n- 2\n"
    assert page.form["mapping.preset"] == "segmnt"
    again = Page(browser.post(URL, page.form).text)
    assert again.form == page.form


def test_faults_stand_beside_their_fields_and_nothing_is_written(house: House, browser: Browser) -> None:
    form = shown(browser).form | {"settings=web.pixel_code": "123456789012345678", "settings=web.event_window_days": "0", "name": "Shop Web"}  # fmt: skip
    answer = browser.post(URL, form)
    assert answer.status_code == 422
    page = Page(answer.text)
    assert (
        "that is the pixel&#39;s numeric id"
        in answer.text.partition('id="settings-web-pixel-code-fault-1"')[2][:120].lower()
    )
    assert 'id="settings-web-event-window-days-fault-1"' in answer.text
    assert 'id="name-fault-1"' in answer.text
    assert page.form["settings=web.pixel_code"] == "123456789012345678"
    assert (house.folder / "shop.yaml").read_text() == SHOP


def test_yaml_that_is_none_is_told_beside_its_field(house: House, browser: Browser) -> None:
    answer = browser.post(URL, shown(browser).form | {"mapping.events": "Lead: Purchase\nLead: [x"})
    assert answer.status_code == 422
    assert "line" in answer.text.partition('id="mapping-events-fault-1"')[2][:80].lower()
    answer = browser.post(URL, shown(browser).form | {"mapping.events": "Lead: {event: ''}"})
    assert "Lead.event:" in answer.text
    assert (house.folder / "shop.yaml").read_text() == SHOP


def test_another_event_source_is_chosen_without_script(house: House, browser: Browser) -> None:
    form = shown(browser).form | {
        "settings": "offline",
        "settings=offline.event_set_id": "7400000000000000001",
    }
    assert browser.post(URL, form).status_code == 303
    settings = yaml.safe_load((house.folder / "shop.yaml").read_text())["settings"]
    assert settings == {"event_source": "offline", "event_set_id": "7400000000000000001"}


def test_what_two_event_sources_share_is_there_in_both(house: House, browser: Browser) -> None:
    house.write("shop.yaml", SHOP.replace("mapping:", "  default_currency: EUR\nmapping:"))
    form = shown(browser).form
    assert form["settings=offline.default_currency"] == form["settings=web.default_currency"] == "EUR"


def test_a_new_destination_is_written_into_a_file_that_the_command_line_reads(house: House) -> None:
    browser = house.browser()
    form = shown(browser, NEW).form | {"name": "fresh", "settings": "web", "settings=web.pixel_code": "C0PIXELCODE00000001A", "mapping.preset": "segment", "mapping.custom_events": "true", "delivery.in_flight": "2", "enabled": "false"}  # fmt: skip
    page = browser.submit(NEW, form)
    assert "Saved as fresh.yaml" in page.text
    text = (house.folder / "fresh.yaml").read_text()
    assert text.startswith("# Written by the harness.")
    assert yaml.safe_load(text) == {
        "version": 1,
        "destination": "tiktok",
        "name": "fresh",
        "credential": "fresh",
        "enabled": False,
        "delivery": {"in_flight": 2},
        "settings": {"event_source": "web", "pixel_code": "C0PIXELCODE00000001A"},
        "mapping": {"preset": "segment", "custom_events": True},
    }
    assert not list(house.folder.glob(".*"))


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "evil/../../x", "", HOSTILE, "..", "a" * 64])
def test_no_name_leads_out_of_the_folder(house: House, browser: Browser, name: str) -> None:
    form = a_new_one(browser, name=name)
    before = set(house.folder.parent.rglob("*"))
    answer = browser.post(NEW, form)
    assert answer.status_code == 422
    assert 'id="name-fault-1"' in answer.text
    assert set(house.folder.parent.rglob("*")) == before


def a_new_one(browser: Browser, **changes: str) -> dict[str, str]:
    return shown(browser, NEW).form | {"name": "shop", "settings": "web", "settings=web.pixel_code": "C0PIXELCODE00000001A", "mapping.preset": "segment", **changes}  # fmt: skip


def test_a_name_that_is_taken_is_offered_as_a_download(house: House, browser: Browser) -> None:
    form = a_new_one(browser)
    answer = browser.post(NEW, form)
    assert answer.status_code == 422
    assert "The name shop is taken: shop.yaml has it." in answer.text
    assert "Download instead" in answer.text
    assert (house.folder / "shop.yaml").read_text() == SHOP
    file = browser.post(NEW, form | {"action": "download"})
    assert file.headers["Content-Disposition"] == 'attachment; filename="shop.yaml"'
    assert yaml.safe_load(file.text)["settings"]["pixel_code"] == "C0PIXELCODE00000001A"


def test_a_file_that_is_there_is_never_written_over(house: House, browser: Browser) -> None:
    house.write("shop.yaml", "not: ours\n")
    assert "The file shop.yaml exists already." in browser.post(NEW, a_new_one(browser)).text
    assert (house.folder / "shop.yaml").read_text() == "not: ours\n"


def test_a_name_that_another_file_has_is_taken_too(house: House, browser: Browser) -> None:
    (house.folder / "shop.yaml").rename(house.folder / "other.yaml")
    assert "The name shop is taken: other.yaml has it." in browser.post(NEW, a_new_one(browser)).text
    assert not (house.folder / "shop.yaml").exists()


def test_a_folder_that_cannot_be_written_to_is_offered_as_a_download(house: House, monkeypatch) -> None:
    browser = house.browser()
    form = a_new_one(browser, name="fresh")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tiktok_destination.harness.saving._write", refuse)
    answer = browser.post(NEW, form)
    assert "cannot be written to (Permission denied)" in answer.text
    assert "Download instead" in answer.text
    assert not (house.folder / "fresh.yaml").exists()


def test_a_link_to_another_folder_is_not_written_through(house: House, browser: Browser) -> None:
    outside = house.folder.parent / f"{house.folder.name}-outside"
    outside.mkdir()
    (outside / "real.yaml").write_text(SHOP, encoding="utf-8")
    (house.folder / "linked.yaml").symlink_to(outside / "real.yaml")
    answer = browser.post(
        "/destinations/linked.yaml/configure", shown(browser, "/destinations/linked.yaml/configure").form
    )
    assert "is a link to somewhere else" in answer.text
    assert (outside / "real.yaml").read_text() == SHOP


@pytest.mark.parametrize("token", [TOKEN, "${" + "canary0123456789canary" + "}"])
def test_a_token_that_is_typed_or_stands_in_the_file_never_comes_back(
    house: House, browser: Browser, token: str
) -> None:
    form = shown(browser).form | {"credential": "$", "credential:reference": token}
    answer = browser.post(URL, form)
    assert "canary" not in answer.text
    if token == TOKEN:
        assert "a token does not belong in a configuration file" in answer.text
        assert (house.folder / "shop.yaml").read_text() == SHOP
    house.write("shop.yaml", SHOP.replace("${TIKTOK_ACCESS_TOKEN}", token))
    for path in ("/", URL, "/destinations/shop.yaml/text", "/destinations/shop.yaml/connect"):
        assert "canary" not in browser.get(path).text, path


def test_hostile_values_in_every_field_are_text(browser: Browser) -> None:
    form = shown(browser).form
    kept = {"form_token", "action"}
    answer = browser.post(URL, {name: value if name in kept else HOSTILE for name, value in form.items()})
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


def test_a_file_that_is_no_yaml_opens_as_text(house: House, browser: Browser) -> None:
    house.write("shop.yaml", "version: 1\nname: [x\n")
    answer = browser.get(URL)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/destinations/shop.yaml/text")
    page = Page(browser.follow(answer).text)
    assert page.form["text"] == "version: 1\nname: [x\n"
    assert "shop.yaml:" in page.text


def test_a_file_is_edited_as_text_with_its_remarks(house: House, browser: Browser) -> None:
    url = "/destinations/shop.yaml/text"
    text = SHOP.replace("preset: segment", "preset: amperity # rows")
    assert "Saved." in browser.submit(url, {"text": text.replace("\n", "\r\n")}).text
    assert (house.folder / "shop.yaml").read_text() == text
    answer = browser.post(url, {"text": text.replace("amperity", "nothing")})
    assert answer.status_code == 422
    assert "Line 11: mapping.preset: is not one of" in answer.text
    assert (house.folder / "shop.yaml").read_text() == text


@pytest.mark.parametrize("url", [URL, "/destinations/shop.yaml/text"])
def test_what_somebody_else_has_saved_meanwhile_is_not_overwritten_without_a_word(
    house: House, browser: Browser, url: str
) -> None:
    mine = Page(browser.get(url).text).form
    theirs = SHOP.replace("preset: segment", "preset: amperity")
    house.write("shop.yaml", theirs)
    answer = browser.post(url, mine)
    assert answer.status_code == 422
    assert "shop.yaml was changed meanwhile" in answer.text
    assert (house.folder / "shop.yaml").read_text() == theirs
    again = Page(answer.text).form
    assert {**again, "seen": ""} == {**mine, "seen": ""}
    assert browser.post(url, again).status_code == 303
    assert yaml.safe_load((house.folder / "shop.yaml").read_text()) == yaml.safe_load(SHOP)


def test_a_change_meanwhile_is_told_beside_what_else_is_wrong(house: House, browser: Browser) -> None:
    mine = shown(browser).form
    house.write("shop.yaml", SHOP.replace("preset: segment", "preset: amperity"))
    answer = browser.post(URL, {**mine, "mapping.preset": "nothing"})
    assert answer.status_code == 422
    assert "was changed meanwhile" in answer.text


def test_remarks_that_saving_would_lose_are_told_before(house: House, browser: Browser) -> None:
    assert "remarks (#) between its lines" not in shown(browser).text
    house.write("shop.yaml", SHOP.replace("preset: segment", "preset: segment # ours"))
    assert "remarks (#) between its lines" in shown(browser).text


@pytest.mark.parametrize(
    "text",
    [
        "credential:\n  access_token:\n    canary-token\n",
        "credential:\n  access_token: # the token\n\n    # of the shop\n    canary-token\n",
        "credential:\n  ? access_token\n  :\n    canary-token\n",
        "access_token: canary-token\n",
        "tiktok:\n  access_token: canary-token\n",
        "settings:\n  access_token: canary-token\n",
    ],
)
def test_a_token_that_stands_in_the_file_at_whatever_place_is_on_no_page(house: House, text: str) -> None:
    start = "version: 1\ndestination: tiktok\nname: shop\n"
    house.write("shop.yaml", start + text)
    browser = house.browser()
    for path in ("/", URL, "/destinations/shop.yaml/text", "/destinations/shop.yaml/connect"):
        assert "canary" not in browser.get(path).text, path
    typed = {"name": "shop", ":others": text, "settings:others": text}
    assert "canary" not in browser.post(URL, typed).text
    assert "canary" not in browser.post("/destinations/shop.yaml/text", {"text": start + text}).text


def test_a_reference_on_a_line_of_its_own_is_shown(house: House, browser: Browser) -> None:
    house.write("shop.yaml", SHOP.replace("access_token: $", "access_token:\n    $"))
    assert "${TIKTOK_ACCESS_TOKEN}" in shown(browser, "/destinations/shop.yaml/text").form["text"]


def test_a_file_is_downloaded_under_its_own_name_in_any_script(house: House, browser: Browser) -> None:
    house.write("店 “1”.yaml", SHOP)
    answer = browser.post("/destinations/店 “1”.yaml/text", {"text": SHOP, "action": "download"})
    assert answer.text == SHOP
    assert quote("店 “1”.yaml") in answer.headers["Content-Disposition"]
