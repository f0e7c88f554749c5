"""Pasting, choosing, ending a credential; and what a plugin does not declare does not show."""

from __future__ import annotations

import pytest
from harness_testing import HOSTILE, SHOP, TOKEN, Browser, House
from pages import Page
from scripted_plugin import CONFIG, Script, with_script

import plugin_spec as cdp
from tiktok_destination.credentials import CredentialStore, StoredCredential

PAGE = "/destinations/shop.yaml/connect"
DOOR = "/destinations/door.yaml/connect"


def test_a_token_is_pasted_and_never_shown_again(house: House, browser: Browser) -> None:
    heard: list[str] = []
    house.workspace.when_credential_changes(heard.append)
    answer = browser.post(f"{PAGE}/paste", {"name": "main", "token": f" {TOKEN}\n"})
    page = browser.follow(answer)
    assert "The token is stored as main." in page.text
    assert heard == ["main"]
    stored = house.workspace.store.get("main")
    assert (stored.credential.access_token, stored.added_at) == (TOKEN, house.clock.now)
    for path in ("/", PAGE, "/destinations/shop.yaml/configure", "/destinations/shop.yaml/text"):
        assert TOKEN not in browser.get(path).text
    assert TOKEN not in str(answer.headers) + page.text


@pytest.mark.parametrize("token", ["", "canary one two", "canary-ü", "canary\x00", HOSTILE + " canary"])
def test_what_is_no_token_is_refused_and_not_repeated(house: House, browser: Browser, token: str) -> None:
    answer = browser.post(f"{PAGE}/paste", {"name": "main", "token": token})
    assert answer.status_code == 422
    assert "token" in Page(answer.text).text
    assert "canary" not in answer.text
    assert house.workspace.store.names() == ()


@pytest.mark.parametrize("name", ["", "../x", "A B", HOSTILE, "a" * 64])
def test_a_credential_has_an_orderly_name(house: House, browser: Browser, name: str) -> None:
    for path in ("paste", "begin"):
        answer = browser.post(
            f"{PAGE}/{path}", {"name": name, "token": "t", "client_id": "a", "client_secret": "b"}
        )
        assert answer.status_code == 422
        assert "A credential&#39;s name" in answer.text
        assert "<script>alert" not in answer.text
    assert house.workspace.store.names() == ()


@pytest.mark.parametrize(
    ("client_id", "client_secret"), [("", "s"), ("i", ""), ("a b", "s"), (HOSTILE, "canary secret")]
)
def test_an_app_has_an_id_and_a_secret(browser: Browser, client_id: str, client_secret: str) -> None:
    form = {"name": "main", "client_id": client_id, "client_secret": client_secret, "app": "typed"}
    answer = browser.post(f"{PAGE}/begin", form)
    assert answer.status_code == 422
    assert "An app has an id and a secret" in answer.text
    assert "canary" not in answer.text
    assert "<script>alert" not in answer.text


def test_the_file_is_made_to_name_a_stored_credential(house: House, browser: Browser) -> None:
    browser.post(f"{PAGE}/paste", {"name": "main", "token": TOKEN})
    page = browser.submit(f"{PAGE}/use", {"credential": "main"})
    assert "shop.yaml uses the credential main now." in page.text
    assert (house.folder / "shop.yaml").read_text() == SHOP.replace(
        "credential:\n  access_token: ${TIKTOK_ACCESS_TOKEN}", "credential: main"
    )
    assert browser.post(f"{PAGE}/use", {"credential": "nobody"}).status_code == 400


def test_a_pasted_credential_is_forgotten_after_a_second_question(house: House, browser: Browser) -> None:
    browser.post(f"{PAGE}/paste", {"name": "main", "token": TOKEN})
    browser.post(f"{PAGE}/use", {"credential": "main"})
    asked = Page(browser.get(f"{PAGE}/end").text)
    assert "Forget it here alone" in asked.text
    assert "Revoke" not in asked.text
    assert house.workspace.store.names() == ("main",)
    assert "forgotten here" in browser.submit(f"{PAGE}/end", {"action": "forget"}).text
    assert house.workspace.store.names() == ()


def test_a_receiver_that_does_not_revoke_is_told_and_the_credential_stays(
    scripted: House, script: Script
) -> None:
    app = cdp.DeveloperApp("app", "secret")
    scripted.workspace.store.put(StoredCredential(cdp.Credential("door", "t", app), 1.0))
    script.revoked = cdp.Denied("closed")
    browser = scripted.browser()
    answer = browser.post(f"{DOOR}/end", {"action": "revoke"})
    assert answer.status_code == 422
    assert "It was not revoked. closed: The door is closed." in answer.text
    assert scripted.workspace.store.names() == ("door",)
    browser.post(f"{DOOR}/end", {"action": "forget"})
    assert scripted.workspace.store.names() == ()


def test_what_a_plugin_does_not_declare_does_not_show(scripted: House, script: Script) -> None:
    script.capabilities = frozenset()
    scripted.workspace.store.put(
        StoredCredential(cdp.Credential("door", "t", cdp.DeveloperApp("a", "s")), 1.0)
    )
    bare = House(scripted.folder, environ={}, manager=with_script(script))
    browser = bare.browser()
    page = Page(browser.get(DOOR).text)
    for word in ("Authorise", "developer app", "Check", "Revoke"):
        assert word not in page.text
    assert "Paste a token" in page.text
    assert browser.post(f"{DOOR}/begin", {"app": "same"}).status_code == 404
    assert browser.post(f"{DOOR}/check").status_code == 404
    assert browser.post(f"{DOOR}/end", {"action": "revoke"}).status_code == 404
    assert "choose from" not in Page(browser.get("/destinations/door.yaml/configure").text).text
    assert script.asked == []


def test_lists_are_asked_for_once_a_minute_and_again_when_told_so(scripted: House, script: Script) -> None:
    app = cdp.DeveloperApp("a", "s")
    scripted.workspace.store.put(StoredCredential(cdp.Credential("door", "t", app), 1.0))
    script.choices = lambda _: (cdp.Choice("front", HOSTILE), cdp.Choice(HOSTILE, "Back"))
    browser, url = scripted.browser(), "/destinations/door.yaml/configure"
    for _ in range(3):
        answer = browser.get(url)
    assert script.asked == ["choices settings.door", "close"]
    assert "<script>alert" not in answer.text
    assert Page(answer.text).options["settings.door"] == ["", "front", HOSTILE]
    scripted.monotonic.now += 61
    browser.get(url)
    assert script.asked.count("choices settings.door") == 2
    browser.post(url, Page(answer.text).form | {"action": "lists"})
    assert script.asked.count("choices settings.door") == 3


def test_checks_are_shown_as_text_with_their_remedies(scripted: House, script: Script) -> None:
    scripted.workspace.store.put(StoredCredential(cdp.Credential("door", "t"), 1.0))
    script.checks = (
        cdp.Check("door", well=False, detail=HOSTILE, remedy="Knock"),
        cdp.Check("key", True, "Fits"),
    )
    page = scripted.browser().post(f"{DOOR}/check")
    assert "<script>alert" not in page.text
    assert "Knock" in page.text
    assert "well key Fits" in Page(page.text).text


def test_a_secret_of_a_plugins_own_settings_is_a_reference_and_is_never_shown(scripted: House) -> None:
    url, browser = "/destinations/door.yaml/configure", scripted.browser()
    for value in ("canary-1", "[canary-1]", "{canary-1: canary-2}"):
        scripted.write("door.yaml", CONFIG + f"  secret: {value}\n")
        answer = browser.get(url)
        assert answer.status_code == 200
        assert "canary" not in answer.text
    answer = browser.post(url, Page(browser.get(url).text).form | {"settings.secret": "canary-2"})
    assert answer.status_code == 422
    assert "canary" not in answer.text


def test_a_fault_that_only_the_plan_finds_stands_beside_its_field(scripted: House) -> None:
    url, browser = "/destinations/door.yaml/configure", scripted.browser()
    answer = browser.post(url, Page(browser.get(url).text).form | {"settings.door": "locked"})
    assert "Is locked. Take another one." in answer.text.partition('id="settings-door-fault-1"')[2]


@pytest.mark.parametrize("key", ["", "another key of more than twenty characters"])
def test_a_credential_that_cannot_be_opened_is_told_everywhere_and_nobody_is_sent_to_authorise_in_vain(
    house: House, key: str
) -> None:
    sealed = CredentialStore(house.workspace.data, "a key of more than twenty characters")
    sealed.put(StoredCredential(cdp.Credential("main", TOKEN), 1.0))
    house.write("shop.yaml", SHOP.replace("\n  access_token: ${TIKTOK_ACCESS_TOKEN}", " main"))
    house.environ["TIKTOK_DESTINATION_KEY"] = key
    house.app_for(house.origin)
    browser = house.browser()
    for path in ("/", PAGE):
        assert "TIKTOK_DESTINATION_KEY" in Page(browser.get(path).text).text, path
    form = {"app": "typed", "client_id": "a", "client_secret": "b"}
    for action in ("leave", "link"):
        answer = browser.post(f"{PAGE}/begin", form | {"action": action})
        assert (answer.status_code, "TIKTOK_DESTINATION_KEY" in answer.text) == (422, True)
    browser.post("/destinations/shop.yaml/try/standard", {"test_code": "TEST1"})
    shown = Page(browser.get("/destinations/shop.yaml/activity").text).text
    house.dispatch.stop()
    assert "TIKTOK_DESTINATION_KEY" in shown
