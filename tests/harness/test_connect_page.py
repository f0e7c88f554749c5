"""Credentials by way of the emulator: granted, renewed, refused, revoked, checked, and lists to choose from."""

from __future__ import annotations

from pathlib import Path

import pytest
from consenting import APP, decide, way_out
from harness_testing import ORIGIN, SHOP, Browser, House
from pages import Page

from tests.portal_walk import ADMIN, APP_SECRET, NEWCOMER, OUTLET
from tests.portal_walk import SHOP as ACCOUNT
from tiktok_destination.emulator.server import RunningEmulator

PAGE = "/destinations/shop.yaml/connect"
BEGIN = f"{PAGE}/begin"
NAMED = SHOP.replace("credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}", "credential: main")


@pytest.fixture
def house(tmp_path: Path, emulator: RunningEmulator) -> House:
    house = House(tmp_path, environ={"TIKTOK_BASE_URL": emulator.url})
    house.write("shop.yaml", NAMED)
    return house


@pytest.fixture
def changed(house: House) -> list[str]:
    heard: list[str] = []
    house.workspace.when_credential_changes(heard.append)
    return heard


def connect(browser: Browser, **decision: object) -> Page:
    address = way_out(browser, browser.post(BEGIN, APP))
    back = browser.get(decide(address, **decision))
    return Page(browser.follow(back).text)


def token_of(house: House, name: str = "main") -> str:
    stored = house.workspace.store.get(name)
    assert stored
    return stored.credential.access_token


def test_an_owner_grants_a_credential(house: House, browser: Browser, changed: list[str]) -> None:
    page = connect(browser)
    assert "Connected as main: Example Shop." in page.text
    assert "Credential there" in page.text
    assert f"Accounts Example Shop {ACCOUNT}" in page.text
    assert "granted by an account's owner" in page.text
    assert changed == ["main"]
    assert token_of(house)
    assert house.workspace.destination("shop.yaml").config is not None


def test_the_callback_address_is_fixed_and_the_page_that_follows_it_is_clean(browser: Browser) -> None:
    address = way_out(browser, browser.post(BEGIN, APP, Host="127.0.0.1:8790"))
    assert f"redirect_uri={ORIGIN.replace(':', '%3A').replace('/', '%2F')}%2Foauth%2Fcallback" in address
    back = browser.get(decide(address), Sec_Fetch_Site="same-site", Sec_Fetch_Mode="navigate")
    assert (back.status_code, back.headers["Location"]) == (303, PAGE)
    assert back.headers["Referrer-Policy"] == "no-referrer"
    assert "code" not in back.text


def test_no_page_address_or_cookie_holds_a_secret(house: House, browser: Browser) -> None:
    answers = [browser.post(BEGIN, APP)]
    address = way_out(browser, answers[0])
    answers.append(browser.get(decide(address)))
    answers += [browser.get(path) for path in (PAGE, "/", "/destinations/shop.yaml/configure", f"{PAGE}/end")]
    answers.append(browser.post(f"{PAGE}/check"))
    for answer in answers:
        for secret in (APP_SECRET, token_of(house)):
            assert secret not in answer.text
            assert secret not in str(answer.headers)


def test_authorising_again_replaces_the_credential_by_the_same_app(
    house: House, browser: Browser, changed: list[str]
) -> None:
    connect(browser)
    first = token_of(house)
    house.clock.now += 100
    address = way_out(browser, browser.post(BEGIN, {"app": "same"}))
    assert token_of(house) == first
    browser.get(decide(address, accounts=(ACCOUNT, OUTLET)))
    assert token_of(house) != first
    assert "Example Shop" in browser.get(PAGE).text
    assert "Example Outlet" in browser.get(PAGE).text
    assert changed == ["main", "main"]


def test_the_app_of_the_environment_needs_no_typing(tmp_path: Path, emulator: RunningEmulator) -> None:
    environ = {
        "TIKTOK_BASE_URL": emulator.url,
        "TIKTOK_APP_ID": APP["client_id"],
        "TIKTOK_APP_SECRET": APP_SECRET,
    }
    house = House(tmp_path, environ=environ)
    house.write("shop.yaml", NAMED)
    browser = house.browser()
    page = browser.get(PAGE).text
    assert "TIKTOK_APP_ID" in page
    assert APP_SECRET not in page
    address = way_out(browser, browser.post(BEGIN, {"app": "environment"}))
    assert "Connected as main" in browser.follow(browser.get(decide(address))).text


def test_a_permission_that_is_missing_is_told_and_stays_told(browser: Browser) -> None:
    page = connect(browser, scopes=("100",))
    assert "Missing" in page.text
    assert page.text.count("Missing") == 2  # the message, and the credential's own state
    assert "Missing" in Page(browser.get(PAGE).text).text


def test_an_owner_who_refuses_changes_nothing(house: House, browser: Browser) -> None:
    connect(browser)
    first = token_of(house)
    address = way_out(browser, browser.post(BEGIN, {"app": "same"}))
    back = browser.get(decide(address, decision="refuse"))
    page = browser.follow(back)
    assert page.status_code == 400
    assert "The account&#39;s owner refused" in page.text
    assert token_of(house) == first


def test_a_code_of_which_time_has_run_out_changes_nothing(
    house: House, browser: Browser, emulator: RunningEmulator
) -> None:
    back = decide(way_out(browser, browser.post(BEGIN, APP)))
    emulator.admin("clock", {"advance_s": 7200})
    page = Page(browser.follow(browser.get(back)).text)
    assert "Not connected." in page.text
    assert "unchanged" in page.text
    assert house.workspace.store.get("main") is None


def test_a_wrong_app_secret_is_told_by_the_receivers_code(house: House, browser: Browser) -> None:
    address = way_out(browser, browser.post(BEGIN, APP | {"client_secret": "wrong"}))
    page = Page(browser.follow(browser.get(decide(address))).text)
    assert "Not connected. 401" in page.text
    assert house.workspace.store.get("main") is None


def test_two_tabs_end_both_and_the_later_one_counts(house: House, browser: Browser) -> None:
    first, second = (way_out(browser, browser.post(BEGIN, APP)) for _ in range(2))
    browser.get(decide(second))
    kept = token_of(house)
    assert "Connected" in browser.follow(browser.get(decide(first))).text
    assert token_of(house) != kept


def test_going_back_to_the_callback_is_answered_and_changes_nothing(house: House, browser: Browser) -> None:
    back = decide(way_out(browser, browser.post(BEGIN, APP)))
    browser.get(back)
    kept = token_of(house)
    page = browser.follow(browser.get(back))
    assert "finished already" in page.text
    assert token_of(house) == kept


def test_a_check_says_what_is_well_and_what_to_do(house: House, browser: Browser) -> None:
    connect(browser)
    assert "well settings.pixel_code It is “Shop”." in Page(browser.post(f"{PAGE}/check").text).text
    house.write("shop.yaml", NAMED.replace("C0PIXELCODE00000001A", "C0PIXELCODE00000009Z"))
    assert "not well settings.pixel_code" in Page(browser.post(f"{PAGE}/check").text).text


def test_a_credential_is_revoked_after_a_second_question(house: House, browser: Browser) -> None:
    connect(browser)
    asked = Page(browser.get(f"{PAGE}/end").text)
    assert "End the credential main?" in asked.text
    assert "send nothing: shop" in asked.text
    assert token_of(house)
    page = Page(browser.submit(f"{PAGE}/end", {"action": "revoke"}).text)
    assert "revoked, and forgotten here" in page.text
    assert house.workspace.store.get("main") is None
    assert browser.post(f"{PAGE}/end", {"action": "revoke"}).status_code == 404


def test_ids_are_chosen_by_their_names(house: House, browser: Browser) -> None:
    connect(browser)
    url = "/destinations/shop.yaml/configure"
    page = Page(browser.get(url).text)
    assert page.options["settings=web.pixel_code"] == ["", "C0PIXELCODE00000001A"]
    assert "Shop · C0PIXELCODE00000001A" in page.text
    other = browser.post(url, page.form | {"settings": "offline", "action": "lists"})
    assert "Stores · 7400000000000000001" in Page(other.text).text
    typed = page.form | {"settings=web.pixel_code:typed": "C0PIXELCODE00000002B"}
    assert browser.post(url, typed).status_code == 303
    page = Page(browser.get(url).text)
    assert "C0PIXELCODE00000002B · not in the list" in page.text


def test_where_no_list_can_be_had_ids_are_typed_and_the_reason_is_told(
    house: House, browser: Browser, emulator: RunningEmulator
) -> None:
    connect(browser)
    emulator.admin("faults", [{"kind": "http", "status": 503, "every": 1}])
    page = Page(browser.get("/destinations/shop.yaml/configure").text)
    assert "No lists to choose from." in page.text
    assert page.form["settings=web.pixel_code"] == "C0PIXELCODE00000001A"
    assert "settings=web.pixel_code" not in page.options


def test_an_owner_authorises_in_a_session_of_their_own_by_a_link_that_works_once(
    house: House, browser: Browser, changed: list[str]
) -> None:
    page = browser.submit(BEGIN, APP | {"action": "link"})
    link = Page(page.text).text and page.text.partition('readonly value="')[2].partition('"')[0]
    assert link.startswith(f"{ORIGIN}/authorise/")
    assert APP_SECRET not in page.text
    path = link.removeprefix(ORIGIN)
    assert path not in browser.get(PAGE).text  # shown once

    owner = house.browser()
    asked = Page(owner.get(path).text)
    assert "Somebody asks you to authorise shop" in asked.text
    assert house.folder.name in asked.text
    assert owner.get(path).status_code == 200  # looking at it uses nothing up
    address = way_out(owner, owner.post(path))
    assert owner.get(path).status_code == 410
    assert owner.post(path).status_code == 410
    done = owner.follow(owner.get(decide(address, user=ADMIN)))
    assert "Connected as main: Example Shop." in done.text
    assert "You can close this page." in done.text
    assert changed == ["main"]
    assert "granted by an account&#39;s owner" in browser.get(PAGE).text


def test_a_link_ends_after_a_day(house: House, browser: Browser) -> None:
    page = browser.submit(BEGIN, APP | {"action": "link"})
    path = page.text.partition('readonly value="')[2].partition('"')[0].removeprefix(ORIGIN)
    house.clock.now += 86_399
    assert house.browser().get(path).status_code == 200
    house.clock.now += 2
    assert house.browser().get(path).status_code == 410
    assert house.browser().get("/authorise/guessed").status_code == 410


def test_somebody_without_any_account_can_refuse_alone(browser: Browser) -> None:
    address = way_out(browser, browser.post(BEGIN, APP))
    back = decide(address, user=NEWCOMER, decision="refuse")
    assert "owner refused" in browser.follow(browser.get(back)).text
