"""The way back of an authorisation: every way in which it may be wrong has an answer, and none costs a credential."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from consenting import state_of, way_out
from harness_testing import HOSTILE, Browser, House
from pages import Page
from scripted_plugin import Script

import plugin_spec as cdp
from tiktok_destination.credentials import StoredCredential

PAGE = "/destinations/door.yaml/connect"
BEGIN = f"{PAGE}/begin"
APP = {"app": "typed", "client_id": "app", "client_secret": "canary-secret"}
OLD = "canary-old-token"


@pytest.fixture
def browser(scripted: House) -> Browser:
    app = cdp.DeveloperApp("app", "canary-secret")
    scripted.workspace.store.put(StoredCredential(cdp.Credential("door", OLD, app), 1_795_000_000.0))
    return scripted.browser()


def token_of(house: House) -> str:
    stored = house.workspace.store.get("door")
    return stored.credential.access_token if stored else ""


def begun(browser: Browser) -> str:
    """The state of an authorisation that has begun."""
    return state_of(way_out(browser, browser.post(BEGIN, APP)))


@pytest.mark.parametrize(
    ("query", "told"),
    [
        (lambda _: "auth_code=c", "did not begin here"),
        (lambda _: "", "did not begin here"),
        (lambda _: "state=&auth_code=c", "did not begin here"),
        (lambda _: "state=forged&auth_code=c", "not under way"),
        (lambda _: f"state={quote(HOSTILE)}&auth_code={quote(HOSTILE)}", "not under way"),
        (lambda state: f"state={state[:-1]}&auth_code=c", "not under way"),
        (lambda state: f"state={state}&state={state}&auth_code=c", "cannot be trusted"),
        (lambda state: f"state={state}&auth_code=c&auth_code=d", "cannot be trusted"),
        (lambda state: f"state={state}&auth_code=c&x=1&x=2", "cannot be trusted"),
        (lambda state: f"state={state}", "There is no code"),
        (lambda state: f"state={state}&auth_code=", "There is no code"),
        (lambda state: f"state={state}&error=access_denied", "refused"),
        (lambda state: f"state={state}&error={quote(HOSTILE)}&auth_code=c", "refused"),
    ],
)
def test_a_way_back_that_is_wrong_is_told_and_nothing_is_exchanged(
    scripted: House, browser: Browser, script: Script, query: Callable[[str], str], told: str
) -> None:
    state = begun(browser)
    page = browser.follow(browser.get(f"/oauth/callback?{query(state)}"))
    assert page.status_code == 400
    assert told in page.text
    assert "<script>alert" not in page.text
    assert not [one for one in script.asked if one.startswith("exchange")]
    assert token_of(scripted) == OLD


def test_a_state_is_good_once(scripted: House, browser: Browser, script: Script) -> None:
    state = begun(browser)
    browser.get(f"/oauth/callback?state={state}&auth_code=first")
    page = browser.follow(browser.get(f"/oauth/callback?state={state}&auth_code=second"))
    assert "not under way" in page.text
    assert token_of(scripted) == "token-of-first"
    assert script.asked.count("exchange second") == 0


def test_a_state_is_spent_by_a_use_that_fails(scripted: House, browser: Browser) -> None:
    state = begun(browser)
    browser.get(f"/oauth/callback?state={state}")
    assert "not under way" in browser.follow(browser.get(f"/oauth/callback?state={state}&auth_code=c")).text
    assert token_of(scripted) == OLD


def test_a_state_of_another_browser_session_is_not_taken(scripted: House, browser: Browser) -> None:
    state = begun(browser)
    stranger = scripted.browser()
    assert "not under way" in stranger.follow(stranger.get(f"/oauth/callback?state={state}&auth_code=c")).text
    assert token_of(scripted) == OLD


def test_a_state_ends_after_ten_minutes(scripted: House, browser: Browser) -> None:
    state = begun(browser)
    scripted.clock.now += 601
    assert "took too long" in browser.follow(browser.get(f"/oauth/callback?state={state}&auth_code=c")).text
    assert token_of(scripted) == OLD


def test_the_page_with_the_way_out_is_for_the_session_that_began(scripted: House, browser: Browser) -> None:
    leave = browser.post(BEGIN, APP).headers["Location"]
    assert browser.get(leave).status_code == 200
    assert scripted.browser().get(leave).status_code == 404
    scripted.clock.now += 700
    assert browser.get(leave).status_code == 404


def test_a_form_that_is_sent_twice_begins_two_ways_that_both_end_well(
    scripted: House, browser: Browser
) -> None:
    first, second = begun(browser), begun(browser)
    browser.get(f"/oauth/callback?state={second}&auth_code=two")
    assert token_of(scripted) == "token-of-two"
    browser.get(f"/oauth/callback?state={first}&auth_code=one")
    assert token_of(scripted) == "token-of-one"


def test_what_the_receiver_says_no_to_is_told_by_the_plugins_own_words(
    scripted: House, browser: Browser, script: Script
) -> None:
    script.grant = lambda _credential, _code: cdp.Denied("closed", "req-1")
    page = browser.follow(browser.get(f"/oauth/callback?state={begun(browser)}&auth_code=c"))
    assert "Not connected. closed: The door is closed. Knock. (request req-1)" in page.text
    assert token_of(scripted) == OLD


def test_a_grant_without_accounts_or_with_gaps_is_kept_and_told(
    scripted: House, browser: Browser, script: Script
) -> None:
    script.grant = lambda credential, _code: cdp.Grant(
        cdp.Credential(credential.name, "token", credential.app), (), (), missing=("half",)
    )
    page = Page(browser.follow(browser.get(f"/oauth/callback?state={begun(browser)}&auth_code=c")).text)
    assert "no account was granted" in page.text
    assert "Missing: Only half of it was granted. Grant the rest." in page.text
    assert "Accounts none" in page.text


def test_a_plugin_that_fails_is_told_by_the_type_of_its_error_alone(
    scripted: House, browser: Browser, script: Script
) -> None:
    state = begun(browser)
    script.raises = ValueError("canary-value")
    answers = [
        browser.follow(browser.get(f"/oauth/callback?state={state}&auth_code=c")),
        browser.post(BEGIN, APP),
        browser.post(f"{PAGE}/check"),
        browser.post(f"{PAGE}/end", {"action": "revoke"}),
    ]
    for answer in answers:
        assert "The destination failed: ValueError." in answer.text
        assert "canary" not in answer.text
    assert token_of(scripted) == OLD


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example/", ""])
def test_a_plugin_leads_nobody_to_what_is_no_web_address(browser: Browser, script: Script, url: str) -> None:
    script.url = url
    answer = browser.post(BEGIN, APP)
    assert answer.status_code == 422
    assert "no address to lead anybody to" in answer.text
    assert "javascript:" not in answer.text


def test_a_store_that_others_may_read_is_told_and_left_alone(scripted: House, browser: Browser) -> None:
    state = begun(browser)
    path = scripted.workspace.data / "credentials.json"
    path.chmod(0o644)
    page = browser.follow(browser.get(f"/oauth/callback?state={state}&auth_code=c"))
    message = page.text.partition('class="message bad">')[2].partition("</p>")[0]
    assert message.startswith("Not connected.")
    assert "others may read it (mode 0644)" in message
    assert browser.get("/").status_code == browser.get("/destinations/door.yaml/configure").status_code == 200
    path.chmod(0o600)
    assert token_of(scripted) == OLD


def test_a_configuration_that_was_broken_meanwhile_is_told(scripted: House, browser: Browser) -> None:
    state = begun(browser)
    scripted.write("door.yaml", "version: 1\nname: [")
    page = browser.get(f"/oauth/callback?state={state}&auth_code=c")
    assert page.status_code == 303
    assert "has to be mended first" in browser.follow(page).text
    assert token_of(scripted) == OLD


def test_an_owner_with_hundreds_of_accounts_is_told_the_first_and_how_many_more(
    scripted: House, script: Script, browser: Browser
) -> None:
    accounts = tuple(
        cdp.Choice(str(number), f"{number} " + "".join(chr(0x4E00 + number * 97 + n * 61) for n in range(90)))
        for number in range(200)
    )
    script.grant = lambda credential, code: cdp.Grant(
        cdp.Credential(credential.name, code, credential.app), accounts, ()
    )
    answer = browser.get(f"/oauth/callback?state={begun(browser)}&auth_code=c")
    assert len(answer.headers["Set-Cookie"]) < 4000  # what a browser keeps
    assert "and 195 more." in Page(browser.follow(answer).text).text


def test_a_link_is_shown_on_the_page_of_its_own_destination(scripted: House, browser: Browser) -> None:
    scripted.write("other.yaml", (scripted.folder / "door.yaml").read_text().replace("name: door", "name: o"))
    answer = browser.post(BEGIN, APP | {"action": "link"})
    assert "/authorise/" not in browser.get("/destinations/other.yaml/connect").text
    assert "/authorise/" in browser.follow(answer).text
