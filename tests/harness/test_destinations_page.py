"""The first page: what is configured, how well it is, and what is installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness_testing import HOSTILE, SHOP, TOKEN, Browser, House
from pages import Page

from plugin_spec import Credential, DestinationManager, DuplicateDestinationError
from tiktok_destination.credentials import StoredCredential


def test_every_configuration_is_shown_with_its_destination_and_event_source(
    house: House, browser: Browser
) -> None:
    house.write("offline.yaml", SHOP.replace("event_source: web\n  pixel_code: C0PIXELCODE00000001A", 'event_source: offline\n  event_set_id: "7400000000000000001"').replace("name: shop", "name: stores"))  # fmt: skip
    text = Page(browser.get("/").text).text
    assert "TikTok Events API" in text
    assert "Event sources web" in text
    assert "Event sources offline" in text
    assert "from ${TIKTOK_ACCESS_TOKEN}" in text
    assert text.count("ready") == 2


def test_files_that_are_no_configurations_are_left_alone(house: House, browser: Browser) -> None:
    house.write("notes.txt", "hello")
    house.write(".hidden.yaml", SHOP)
    (house.folder / "folder.yaml").mkdir()
    assert browser.get("/").text.count("<article") == 1


def test_a_faulty_configuration_is_shown_with_its_lines(house: House, browser: Browser) -> None:
    house.write("broken.yaml", SHOP.replace("pixel_code", "pixel_cod").replace("web", "wob"))
    house.write("noyaml.yaml", "a: [1")
    text = Page(browser.get("/").text).text
    assert "needs mending" in text
    assert "broken.yaml:8:17: settings.event_source: is not one of web" in text
    assert "noyaml.yaml:" in text


@pytest.mark.parametrize(
    ("credential", "told"),
    [
        ("credential: shop", "No credential of this name is stored yet"),
        (
            "credential: {access_token: '${UNSET_VARIABLE}'}",
            "The environment variable UNSET_VARIABLE is not set",
        ),
        ("credential: {access_token: canary-0123456789}", "A token does not belong in a configuration file"),
        ("", "The file names none"),
    ],
)
def test_a_credential_that_is_not_there_is_told_and_nothing_of_a_token(
    house: House, browser: Browser, credential: str, told: str
) -> None:
    house.write("shop.yaml", SHOP.replace("credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}", credential))
    page = browser.get("/").text
    assert told in Page(page).text
    assert "not connected" in page
    assert "canary" not in page
    assert TOKEN not in page


def test_a_stored_credential_is_shown_by_its_name(house: House, browser: Browser) -> None:
    house.write(
        "shop.yaml", SHOP.replace("credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}", "credential: main")
    )
    house.workspace.store.put(StoredCredential(Credential("main", TOKEN), 1_795_000_000.0))
    page = browser.get("/").text
    assert "main, pasted 2026-11-18 11:06:40 UTC" in Page(page).text
    assert TOKEN not in page


def test_what_is_installed_is_shown_with_what_it_can_do(browser: Browser) -> None:
    text = Page(browser.get("/").text).text
    assert "tiktok · web, app, offline, crm · can authorise, check, choose, test" in text


def test_two_destinations_of_one_name_are_told_and_break_no_page(tmp_path: Path) -> None:
    class Twins(DestinationManager):
        def names(self) -> tuple[str, ...]:
            raise DuplicateDestinationError("two installed distributions offer a destination 'x'")

    answer = House(tmp_path, manager=Twins()).browser().get("/")
    assert answer.status_code == 200
    assert "two installed distributions" in answer.text


def test_a_destination_is_switched_off_and_on_and_its_remarks_stay(house: House, browser: Browser) -> None:
    page = browser.submit("/destinations/shop.yaml/enabled", {"enabled": "false"})
    assert "shop is disabled" in page.text
    text = (house.folder / "shop.yaml").read_text()
    assert text == SHOP.replace("name: shop\n", "name: shop\nenabled: false\n")
    assert "shop is enabled" in browser.submit("/destinations/shop.yaml/enabled", {"enabled": "true"}).text
    assert "enabled: true" in (house.folder / "shop.yaml").read_text()


def test_hostile_names_are_text(house: House, browser: Browser) -> None:
    house.write("hostile.yaml", f"version: 1\ndestination: {HOSTILE!r}\nname: {HOSTILE!r}\n")
    house.write("<img src=x onerror=alert(3)>.yaml", SHOP)
    page = browser.get("/").text
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "49" not in Page(page).text


@pytest.mark.parametrize(
    "file", ["nothing.yaml", "..%2fshop.yaml", "../shop.yaml", "%2e%2e%2fetc%2fpasswd", ".hidden.yaml"]
)
@pytest.mark.parametrize("page", ["configure", "connect", "text"])
def test_no_file_beyond_the_folders_own_is_found(
    house: House, browser: Browser, file: str, page: str
) -> None:
    (house.folder.parent / "shop.yaml").write_text(SHOP, encoding="utf-8")
    house.write(".hidden.yaml", SHOP)
    assert browser.get(f"/destinations/{file}/{page}").status_code == 404


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"version": 1, "destination": "tiktok", "name": "shop", "credential": "old"}\n', "enabled"),
        ('{"version": 1, "destination": "tiktok", "name": "shop", "credential": "old"}\n', "credential"),
        (
            "version: 1\ndestination: tiktok\nname: shop\ncredential: {\n  access_token: '${X}'\n}\n",
            "credential",
        ),
        ("version: 1\ndestination: tiktok\nname: shop\ncredential: 'old\n  one'\n", "credential"),
        ("version: 1\ndestination: tiktok\nname: >-\n  shop\n  one\n", "enabled"),
    ],
)
def test_a_file_of_which_no_line_can_be_changed_stays_as_it_is_and_is_told(
    house: House, browser: Browser, text: str, key: str
) -> None:
    browser.post("/destinations/shop.yaml/connect/paste", {"name": "main", "token": "token"})
    path = house.write("shop.yaml", text)
    where = "enabled" if key == "enabled" else "connect/use"
    page = browser.submit(f"/destinations/shop.yaml/{where}", {"enabled": "false", "credential": "main"})
    assert f"{key} does not stand on lines of its own there: change the file as text." in page.text
    assert path.read_text() == text


def test_a_file_whose_name_no_address_can_hold_does_not_hide_the_others(house: House) -> None:
    (house.folder / os.fsdecode(b"\xff.yaml")).write_text(SHOP)
    page = house.browser().get("/")
    assert page.status_code == 200
    assert "shop.yaml" in page.text
