"""The guards around every page, one after another."""

from __future__ import annotations

import io
import re

import pytest
from harness_testing import HOSTILE, ORIGIN, Browser, House
from werkzeug.exceptions import Forbidden

from tiktok_destination.harness import security

SAVE = "/tests/save"


@pytest.fixture(autouse=True)
def saved(house: House) -> list[str]:
    """What reached a view that changes something."""
    reached: list[str] = []

    def save() -> str:
        reached.append("saved")
        return "saved"

    house.app.add_url_rule(SAVE, view_func=save, methods=["POST"])
    house.app.add_url_rule("/tests/fail", view_func=lambda: 1 / 0)
    house.app.add_url_rule("/tests/hostile", view_func=_raise_hostile)
    return reached


def _raise_hostile() -> None:
    raise Forbidden(HOSTILE)


def test_nothing_that_changes_something_answers_to_get(house: House) -> None:
    for rule in house.app.url_map.iter_rules():
        assert "POST" not in rule.methods or "GET" not in rule.methods, rule


def test_a_form_with_the_sessions_token_is_taken(browser: Browser, saved: list[str]) -> None:
    assert browser.post(SAVE).status_code == 200
    assert saved == ["saved"]


@pytest.mark.parametrize("token", ["", "0" * 64, "ü"])
def test_a_form_without_the_sessions_token_is_refused(browser: Browser, saved: list[str], token: str) -> None:
    answer = browser.post(SAVE, {"form_token": token})
    assert (answer.status_code, saved) == (400, [])


def test_another_sessions_token_is_refused(house: House, browser: Browser, saved: list[str]) -> None:
    assert browser.post(SAVE, {"form_token": house.browser().form_token()}).status_code == 400
    assert saved == []


def test_a_script_of_ours_sends_the_token_in_a_header(browser: Browser, saved: list[str]) -> None:
    answer = browser.post(SAVE, {"form_token": ""}, X_Form_Token=browser.form_token())
    assert (answer.status_code, saved) == (200, ["saved"])


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": ORIGIN, "Sec_Fetch_Site": "cross-site"},
    ],
)
def test_a_form_that_another_site_sends_is_refused(
    browser: Browser, saved: list[str], headers: dict[str, str]
) -> None:
    assert browser.post(SAVE, **headers).status_code == 403
    assert saved == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": ORIGIN},
        {"Origin": ORIGIN, "Sec_Fetch_Site": "same-origin"},
        {"Origin": "null", "Sec_Fetch_Site": "same-origin"},
    ],
)
def test_our_own_forms_are_taken_as_browsers_send_them(
    browser: Browser, saved: list[str], headers: dict[str, str]
) -> None:
    assert browser.post(SAVE, **headers).status_code == 200
    assert saved == ["saved"]


def test_another_site_may_link_here_but_not_read(browser: Browser) -> None:
    linked = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert browser.get("/", **linked).status_code == 200
    for mode in ("no-cors", "cors", "same-origin"):
        assert browser.get("/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode=mode).status_code == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1:9999", "evil.example:8790", "0.0.0.0:8790", "127.0.0.1"]
)
def test_another_host_name_is_refused(browser: Browser, saved: list[str], host: str) -> None:
    assert browser.get("/", Host=host).status_code == 400
    assert browser.post(SAVE, Host=host).status_code == 400
    assert saved == []


def test_localhost_is_sent_on_to_the_one_address(browser: Browser, saved: list[str]) -> None:
    answer = browser.get("/?a=1", Host="localhost:8790")
    assert (answer.status_code, answer.headers["Location"]) == (307, f"{ORIGIN}/?a=1")
    assert browser.post(SAVE, Host="localhost:8790").status_code == 400
    assert saved == []


@pytest.mark.parametrize("path", ["/destinations/a%3Fb%23%25.yaml/text?c=%26", "/a%0D%0ASet-Cookie%3A%20b"])
def test_localhost_is_sent_on_to_the_same_page_whatever_its_name(browser: Browser, path: str) -> None:
    answer = browser.get(path, Host="localhost:8790")
    assert (answer.status_code, answer.headers["Location"]) == (307, ORIGIN + path)


def test_the_session_cookie_is_for_this_browser_alone(browser: Browser) -> None:
    cookie = browser.get("/").headers["Set-Cookie"]
    assert re.fullmatch(r"harness_8790=[\w.-]+; HttpOnly; Path=/; SameSite=Lax", cookie)


def test_a_session_of_before_the_last_start_counts_no_more(house: House, saved: list[str]) -> None:
    browser = house.browser()
    old = browser.form_token()
    house.app.secret_key = "another start's key"
    assert browser.post(SAVE, {"form_token": old}).status_code == 400
    assert saved == []


def test_the_key_of_sessions_is_another_one_at_each_start(tmp_path) -> None:
    house = House(tmp_path)
    first = house.app.secret_key
    assert len(first) >= 32
    house.app.config["SECRET_KEY"] = None
    assert house.app_for(ORIGIN).secret_key


@pytest.mark.parametrize("path", ["/", "/nowhere", "/static/harness.css", "/tests/fail"])
def test_every_answer_wears_the_same_headers(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; script-src 'nonce-[\w-]{20,}'; style-src 'self'; img-src 'self' data:;"
        r" connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
        policy,
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_no_two_answers_share_a_nonce(browser: Browser) -> None:
    assert len({browser.get("/").headers["Content-Security-Policy"] for _ in range(3)}) == 3


def test_a_body_that_is_too_large_is_refused(browser: Browser, saved: list[str]) -> None:
    assert browser.post(SAVE, {"text": "x" * security.MAX_BODY_BYTES}).status_code == 413
    assert saved == []


def test_a_form_with_too_many_parts_is_refused(browser: Browser, saved: list[str]) -> None:
    many = {f"part-{number}": "x" for number in range(security.MAX_PARTS + 1)}
    assert browser.post(SAVE, many, Content_Type="multipart/form-data").status_code == 413
    assert saved == []


def test_more_uploads_than_one_are_refused(browser: Browser, saved: list[str]) -> None:
    assert browser.post(SAVE, {"first": _upload("a"), "second": _upload("b")}).status_code == 413
    assert saved == []
    assert browser.post(SAVE, {"first": _upload("a")}).status_code == 200


def _upload(text: str) -> tuple[io.BytesIO, str]:
    return (io.BytesIO(text.encode()), "events.ndjson")


def test_json_is_not_taken_so_it_cannot_be_too_deep(house: House, browser: Browser, saved: list[str]) -> None:
    client = house.app.test_client()
    answer = client.post(SAVE, base_url=ORIGIN, data="[" * 100_000, content_type="application/json")
    assert (answer.status_code, saved) == (415, [])


def test_too_many_requests_at_once_are_refused_until_time_has_passed(house: House, browser: Browser) -> None:
    answers = [browser.get("/static/icon.svg").status_code for _ in range(int(security.BURST) + 1)]
    assert set(answers[:-1]) == {200}
    assert answers[-1] == 429
    house.monotonic.now += 2 / security.PER_SECOND
    assert browser.get("/static/icon.svg").status_code == 200


def test_no_debugger_and_no_text_of_an_unexpected_error_is_shown(house: House, browser: Browser) -> None:
    answer = browser.get("/tests/fail")
    assert (answer.status_code, house.app.debug) == (500, False)
    assert "ZeroDivisionError" in answer.text
    assert "Traceback" not in answer.text
    assert "division by" not in answer.text


def test_the_text_of_an_error_is_text(browser: Browser) -> None:
    answer = browser.get("/tests/hostile")
    assert answer.status_code == 403
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


def test_templates_escape_by_themselves(house: House) -> None:
    with house.app.app_context():
        assert house.app.jinja_env.from_string("{{ it }}").render(it="<b>") != "<b>"
        assert house.app.select_jinja_autoescape("base.html")
