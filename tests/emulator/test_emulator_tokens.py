"""Tokens that end, by a button of the page or by the admin API; and the page of what exists."""

from __future__ import annotations

import re
from typing import Any

import pytest
from emulator_testing import ADMIN, APP, APP_TOKEN, NEWCOMER, OPERATOR, SHOP, TOKEN, Client, a_request

from tiktok_destination.emulator.server import AdminError


def _action(client: Client, person: str, status: str) -> str:
    """Where the buttons lead that stand beside the first token of a person with this status."""
    rows = re.findall(
        r'<tr><th scope="row"><span class="id">.*?</tr>', client.get("/accounts").text, re.DOTALL
    )
    row = next(one for one in rows if person in one and f'class="status {status}"' in one)
    found = re.search(r'action="([^"]+)"', row)
    assert found is not None
    return found[1]


def _press(client: Client, action: str, status: str) -> int:
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get("/accounts").text)
    assert token is not None
    answer = client.session.post(
        client.emulator.url + action,
        data={"status": status, "form_token": token[1]},
        allow_redirects=False,
        timeout=20,
    )
    assert answer.status_code != 303 or answer.headers["Location"].endswith("/accounts#tokens")
    return answer.status_code


def test_the_page_shows_what_exists(client: Client) -> None:
    text = client.get("/accounts").text
    for expected in (
        "Example Archive",
        "7012345678901234569",
        "Europe/Berlin",
        "Oda Operator",
        "oda@example.com",
        '<span class="role analyst">Analyst</span>',
        "C0PIXELCODE00000003C",
        "pixel id 7100000000000000010",
        "7400000000000000021",
        "7400000000000000002",
        "7350000000000000004",
        "not on the allowlist",
        "7200000000000000001",
        "http://127.0.0.1:*/oauth/callback",
        "Pixel › Read Pixels",
        "What arrived",
    ):
        assert expected in text
    assert '<a href="/accounts">What exists</a>' in client.get("/").text


def test_no_page_shows_a_whole_token_or_a_secret(client: Client) -> None:
    fresh = client.token(OPERATOR, SHOP)
    text = client.get("/accounts").text
    assert f">{fresh[:4]}…{fresh[-4:]}<" in text
    assert text.count(">emul…0000<") == 5
    for secret in (fresh, fresh[:12], TOKEN, APP_TOKEN, APP["secret"], "emulator-"):
        assert secret not in text


def test_a_button_ends_a_token_and_another_restores_it(client: Client) -> None:
    action = _action(client, "Ada Admin", "active")
    for status, code in (("revoked", 40105), ("expired", 40102), ("active", 0)):
        assert _press(client, action, status) == 303
        assert client.code(a_request(), APP_TOKEN) == code
        assert client.look("/user/info/")["code"] == code
    assert client.code(a_request()) == 0, "the other tokens are as they were"


def test_a_token_from_an_authorisation_has_its_buttons(client: Client) -> None:
    token = client.token(ADMIN, SHOP)
    client.emulator.admin("tokens", {"token": APP_TOKEN, "status": "expired"})
    assert _press(client, _action(client, "Ada Admin", "active"), "revoked") == 303
    assert client.code(a_request(), token) == 40105


@pytest.mark.parametrize("status", ["", "gone", "<script>"])
def test_a_button_that_does_not_exist_changes_nothing(client: Client, status: str) -> None:
    assert _press(client, _action(client, "Ada Admin", "active"), status) == 404
    assert _press(client, "/tokens/0000000000000000", "revoked") == 404
    assert client.look("/user/info/")["code"] == 0


def test_looking_changes_no_token(client: Client) -> None:
    action = _action(client, "Ada Admin", "active")
    assert client.get(f"{action}?status=revoked").status_code == 405
    assert client.look("/user/info/")["code"] == 0


@pytest.mark.parametrize(
    ("which", "changed", "ended"),
    [
        ({"token": TOKEN}, 1, [TOKEN]),
        ({"user_id": ADMIN}, 1, [APP_TOKEN]),
        ({"app_id": APP["app_id"]}, 1, [APP_TOKEN]),
        ({"user_id": OPERATOR}, 3, [TOKEN]),
        ({"user_id": ADMIN, "app_id": APP["app_id"]}, 1, [APP_TOKEN]),
    ],
)
def test_the_admin_api_ends_tokens_by_text_person_or_app(
    client: Client, which: dict[str, str], changed: int, ended: list[str]
) -> None:
    assert client.emulator.admin("tokens", {**which, "status": "revoked"}) == {"changed": changed}
    for token in (TOKEN, APP_TOKEN):
        assert client.code(a_request(), token) == (40105 if token in ended else 0)
    client.emulator.admin("reset")
    assert client.look("/user/info/")["code"] == 0


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ({"status": "revoked"}, "Name the tokens by token, user_id or app_id"),
        ({"token": "never-issued", "status": "revoked"}, "No token fits"),
        ({"user_id": NEWCOMER, "status": "revoked"}, "No token fits"),
        ({"user_id": OPERATOR, "app_id": APP["app_id"], "status": "revoked"}, "No token fits"),
        ({"token": TOKEN, "status": "gone"}, "Invalid enum value"),
        ({"token": TOKEN}, "missing required field `status`"),
        ({"token": TOKEN, "status": "revoked", "all": True}, "unknown field `all`"),
        ([], "Expected `object`"),
    ],
)
def test_the_admin_api_changes_no_token_that_is_not_named(client: Client, payload: Any, problem: str) -> None:
    with pytest.raises(AdminError, match="HTTP 400") as raised:
        client.emulator.admin("tokens", payload)
    assert problem in str(raised.value)
    assert "never-issued" not in str(raised.value)
    assert client.code(a_request()) == 0
