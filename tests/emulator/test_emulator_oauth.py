"""A code becomes a token once and within the hour, and a token ends when it is given back."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from emulator_testing import (
    ADMIN,
    ANALYST,
    APP,
    APP_TOKEN,
    ARCHIVE,
    NOW,
    OPERATOR,
    OUTLET,
    PIXEL,
    SEED,
    SHOP,
    TOKEN,
    Client,
    a_request,
)

from tiktok_destination.emulator.server import start

_EXCHANGE = "/oauth2/access_token/"
_REVOKE = "/oauth2/revoke_token/"
_CANCELLED = (40110, "The auth_code is canceled. Please re-authorize and try again with a new auth_code.")
_UNKNOWN = (40101, "Invalid auth_code. Not able to get long-term access_token with an old auth_code.")
_WRONG_SECRET = (40101, "The authentication values are incorrect.")
_OTHER_APP = (
    40113,
    "The app_id is inconsistent with the token's app information. Please retry after correcting it.",
)
_NO_APP = (40113, "The app does not exist.")


def _verdict(envelope: dict[str, Any]) -> tuple[int, str]:
    assert envelope["data"] == {}
    return envelope["code"], envelope["message"]


def test_a_code_becomes_a_token_that_sends_and_reads(client: Client) -> None:
    answer = client.post(_EXCHANGE, APP | {"auth_code": client.allow(ADMIN, SHOP, OUTLET)})
    assert list(answer) == ["code", "message", "request_id", "data"]
    assert (answer["code"], answer["message"]) == (0, "OK")
    data = answer["data"]
    assert list(data) == ["access_token", "advertiser_ids", "scope"]
    assert re.fullmatch("[0-9a-f]{40}", data["access_token"])
    assert data["advertiser_ids"] == [SHOP, OUTLET]
    assert data["scope"] == [100, 44, 7224195155857866754, 800, 7224195155857833986, 7294180478502846465]
    assert client.code(a_request(), data["access_token"]) == 0
    assert client.look("/user/info/", token=data["access_token"])["data"]["display_name"] == "Ada Admin"


def test_what_was_not_ticked_is_out_of_reach(client: Client) -> None:
    token = client.token(ADMIN, OUTLET, scopes=["100", "800"])
    assert client.code(a_request(), token) == 40001
    listed = client.look("/oauth2/advertiser/get/", APP, token)["data"]["list"]
    assert listed == [{"advertiser_id": OUTLET, "advertiser_name": "Example Outlet"}]
    assert client.look("/pixel/list/", {"advertiser_id": SHOP}, token)["code"] == 40001
    assert client.look("/pixel/list/", {"advertiser_id": OUTLET}, token)["code"] == 0
    assert client.look("/offline/get/", {"advertiser_id": OUTLET}, token)["code"] == 40001, "no permission"


def test_the_token_of_an_analyst_reads_but_does_not_send(client: Client) -> None:
    token = client.token(ANALYST, SHOP, ARCHIVE)
    assert client.answer(a_request(), token) == (
        40001,
        f"No permission to operate pixel code: {PIXEL}. You must be an admin or operator of this advertiser account.",
    )
    (pixel,) = client.look("/pixel/list/", {"advertiser_id": ARCHIVE}, token)["data"]["pixels"]
    assert pixel["pixel_name"] == "Archive"


def test_the_accounts_can_be_left_out_of_the_answer(client: Client) -> None:
    body = APP | {"auth_code": client.allow(OPERATOR, SHOP), "return_advertiser_ids": False}
    assert set(client.post(_EXCHANGE, body)["data"]) == {"access_token", "scope"}


def test_a_later_authorisation_leaves_the_earlier_token_alone(client: Client) -> None:
    first, second = client.token(OPERATOR, SHOP), client.token(OPERATOR, SHOP)
    assert first != second
    assert client.code(a_request(), first) == client.code(a_request(), second) == 0


def test_a_code_is_good_once(client: Client) -> None:
    body = APP | {"auth_code": client.allow(OPERATOR, SHOP)}
    assert client.post(_EXCHANGE, body)["code"] == 0
    assert _verdict(client.post(_EXCHANGE, body)) == _CANCELLED


@pytest.mark.parametrize(("age_s", "code"), [(3600, 0), (3601, 40110)])
def test_a_code_is_good_for_an_hour(client: Client, age_s: int, code: int) -> None:
    body = APP | {"auth_code": client.allow(OPERATOR, SHOP)}
    client.emulator.admin("clock", {"advance_s": age_s})
    assert client.post(_EXCHANGE, body)["code"] == code


def test_a_mistaken_exchange_costs_the_code_nothing(client: Client) -> None:
    body = APP | {"auth_code": client.allow(OPERATOR, SHOP)}
    assert _verdict(client.post(_EXCHANGE, body | {"secret": "wrong"})) == _WRONG_SECRET
    assert _verdict(client.post(_EXCHANGE, body | {"app_id": "99"})) == _NO_APP
    assert client.post(_EXCHANGE, body)["code"] == 0


def test_a_code_and_a_token_belong_to_one_app() -> None:
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    other = seed["developer_apps"][0] | {"app_id": "7200000000000000002", "secret": "another"}
    seed["developer_apps"].append(other)
    with start(seed) as emulator:
        client = Client(emulator, SEED)
        theirs = {"app_id": other["app_id"], "secret": other["secret"]}
        code = client.allow(OPERATOR, SHOP)
        assert _verdict(client.post(_EXCHANGE, theirs | {"auth_code": code})) == _UNKNOWN
        token = client.post(_EXCHANGE, APP | {"auth_code": code})["data"]["access_token"]
        assert _verdict(client.post(_REVOKE, theirs | {"access_token": token})) == _OTHER_APP
        assert _verdict(client.look("/oauth2/advertiser/get/", theirs, token)) == _OTHER_APP
        assert client.look("/user/info/", token=token)["code"] == 0
        client.session.close()


_BAD_BODIES = [
    ({"app_id": None}, 40002, "Missing required field(s): app_id."),
    ({"app_id": "", "secret": None}, 40002, "Missing required field(s): app_id, secret."),
    ({"auth_code": None}, 40002, "Missing required field(s): auth_code."),
    ({"app_id": 7200000000000000001}, 40002, "Invalid value for app_id: not a valid string."),
    ({"secret": ["a"]}, 40002, "Invalid value for secret: not a valid string."),
    ({"auth_code": {}}, 40002, "Invalid value for auth_code: not a valid string."),
    ({"return_advertiser_ids": "false"}, 40002, "Invalid value for return_advertiser_ids: not a valid boolean."),
    ({"secret": "wrong"}, *_WRONG_SECRET),
    ({"secret": "ä€"}, *_WRONG_SECRET),
    ({"app_id": "99"}, *_NO_APP),
    ({"auth_code": "never-given"}, *_UNKNOWN),
    ({"auth_code": "<script>alert(1)</script>"}, *_UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "message"), _BAD_BODIES)
def test_an_exchange_that_is_wrong_says_what_is(
    client: Client, change: dict[str, Any], code: int, message: str
) -> None:
    body = APP | {"auth_code": "0" * 40} | change
    assert _verdict(client.post(_EXCHANGE, body)) == (code, message)


@pytest.mark.parametrize("path", [_EXCHANGE, _REVOKE, "/oauth/token/"])
def test_what_is_no_json_object_is_refused(client: Client, path: str) -> None:
    address = f"{client.emulator.url}/open_api/v1.3{path}"
    for body, content_type, code in (
        (b"{", "application/json", 40000),
        (b"[]", "application/json", 40002),
        (b"{}", "text/plain", 40002),
        (b"", "application/json", 40000),
    ):
        answer = client.session.post(address, data=body, headers={"Content-Type": content_type})
        assert answer.json()["code"] == code
        assert answer.headers["X-TT-LOGID"] == answer.json()["request_id"]
    assert client.session.get(address).status_code == 405
    assert client.session.post(address.removesuffix("/")).status_code == 404


def test_a_form_is_for_the_endpoint_of_the_libraries_alone(client: Client) -> None:
    form = {name: APP[name] for name in APP} | {"auth_code": "a"}
    answer = client.session.post(f"{client.emulator.url}/open_api/v1.3{_EXCHANGE}", data=form)
    assert answer.json()["message"] == "Invalid value for Content-Type: must be application/json."


@pytest.mark.parametrize("sent_as", ["json", "data"])
def test_oauth_libraries_get_the_same_token_by_their_own_names(client: Client, sent_as: str) -> None:
    standard = {
        "client_id": APP["app_id"],
        "client_secret": APP["secret"],
        "grant_type": "authorization_code",
        "code": client.allow(OPERATOR, SHOP),
    }

    def exchange(body: Any) -> dict[str, Any]:
        return client.session.post(
            f"{client.emulator.url}/open_api/v1.3/oauth/token/", **{sent_as: body}
        ).json()

    wrong = exchange(standard | {"grant_type": "refresh_token"})
    assert _verdict(wrong) == (40108, "Invalid value for grant_type: refresh_token is not supported.")
    assert _verdict(exchange(standard | {"client_secret": "x"})) == _WRONG_SECRET
    assert _verdict(exchange({"code": ""})) == (
        40002,
        "Missing required field(s): client_id, client_secret, code, grant_type.",
    )
    data = exchange(standard)["data"]
    assert data["advertiser_ids"] == [SHOP]
    assert 7224195155857866754 in data["scope"]
    assert client.code(a_request(), data["access_token"]) == 0
    assert _verdict(exchange(standard)) == _CANCELLED


def test_a_parameter_of_a_form_may_be_given_once(client: Client) -> None:
    answer = client.session.post(
        f"{client.emulator.url}/open_api/v1.3/oauth/token/", data=[("code", "a"), ("code", "a")]
    )
    assert _verdict(answer.json()) == (40002, "Invalid value for code: given more than once.")


@pytest.mark.parametrize("body", [{}, {"grant_type": "refresh_token", "refresh_token": APP_TOKEN}])
def test_nothing_is_refreshed_here(client: Client, body: Any) -> None:
    assert client.post("/tt_user/oauth2/refresh_token/", body)["code"] == 40107


def test_a_revoked_token_is_over(client: Client) -> None:
    token = client.token(OPERATOR, SHOP)
    answer = client.post(_REVOKE, APP | {"access_token": token})
    assert (answer["code"], answer["data"]) == (0, {"app_id": APP["app_id"], "advertiser_ids": [SHOP]})
    assert client.code(a_request(), token) == 40105
    assert client.post(_REVOKE, APP | {"access_token": token})["code"] == 40105


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"secret": "wrong"}, _WRONG_SECRET),
        ({"app_id": "99"}, _NO_APP),
        ({"access_token": "never-issued"}, (40105, "Access token is incorrect or has been revoked.")),
        ({"access_token": TOKEN}, _OTHER_APP),
        ({"access_token": None}, (40002, "Missing required field(s): access_token.")),
        ({"access_token": 7}, (40002, "Invalid value for access_token: not a valid string.")),
    ],
)
def test_only_the_app_itself_revokes_its_token(
    client: Client, change: dict[str, Any], verdict: tuple[int, str]
) -> None:
    assert _verdict(client.post(_REVOKE, APP | {"access_token": APP_TOKEN} | change)) == verdict
    assert client.look("/user/info/")["code"] == 0
    assert client.code(a_request()) == 0


def test_a_reset_forgets_what_was_given_and_brings_back_what_the_seed_has(client: Client) -> None:
    code, token = client.allow(OPERATOR, SHOP), client.token(OPERATOR, SHOP)
    client.post(_REVOKE, APP | {"access_token": APP_TOKEN})
    assert client.look("/user/info/")["code"] == 40105
    client.emulator.admin("reset")
    client.emulator.admin("clock", {"now": NOW})
    assert client.look("/user/info/")["code"] == 0
    assert client.look("/user/info/", token=token)["code"] == 40105
    assert _verdict(client.post(_EXCHANGE, APP | {"auth_code": code})) == _UNKNOWN
