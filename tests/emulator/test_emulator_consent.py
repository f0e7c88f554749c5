"""The consent page: what it shows, whom it lets decide, and the only addresses that it ever returns to."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from emulator_testing import (
    ADMIN,
    ANALYST,
    APP,
    ARCHIVE,
    CALLBACK,
    NEWCOMER,
    OPERATOR,
    OUTLET,
    SEED,
    SHOP,
    Client,
)

from tiktok_destination.emulator.server import start

_HOSTILE = '"><script>alert(1)</script>&<img src=x>'


def _answered(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query, keep_blank_values=True))


def test_it_names_the_app_and_the_people_and_what_each_of_them_sees(client: Client) -> None:
    answer = client.get(client.consent())
    assert answer.status_code == 200
    assert "emulator, not TikTok" in answer.text
    assert "Example Integration asks for access" in answer.text
    for name in ("Oda Operator", "Ada Admin", "Ann Analyst", "Nils Newcomer", "Example Archive", CALLBACK):
        assert name in answer.text
    links = [link.replace("&amp;", "&") for link in re.findall(r'<li><a href="([^"]+)"', answer.text)]
    assert links[0] == client.consent(user_id=OPERATOR)
    assert len(links) == 4


def test_it_offers_the_accounts_of_a_person_and_the_permissions_of_the_app_by_name(client: Client) -> None:
    text = client.get(client.consent(user_id=ANALYST)).text
    assert re.findall(r'name="advertiser_id" value="([0-9]+)" checked', text) == [SHOP, OUTLET, ARCHIVE]
    assert re.findall(r'name="scope" value="([0-9]+)" checked', text) == [
        "100",
        "44",
        "7224195155857866754",
        "800",
        "7224195155857833986",
        "7294180478502846465",
    ]
    assert "Measurement › Report Conversion Event" in text
    assert "an analyst may read, but not send events" in text
    assert "an analyst may read" not in client.get(client.consent(user_id=OPERATOR)).text


@pytest.mark.parametrize("query", [{}, {"user_id": ADMIN}, {"app_id": "1"}])
def test_it_needs_no_script_and_may_load_only_its_style(client: Client, query: dict[str, str]) -> None:
    answer = client.get(client.consent(**query))
    assert "<script" not in answer.text
    assert 'lang="en"' in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src data:; form-action 'self'")
    assert "frame-ancestors 'none'" in policy
    assert ("form-action 'self' http://127.0.0.1:9123;" in policy) == (answer.status_code == 200)
    assert answer.headers["Cache-Control"] == "no-store"


def test_each_box_has_a_label_and_each_group_a_legend(client: Client) -> None:
    text = client.get(client.consent(user_id=ADMIN)).text
    assert text.count('<label><input type="checkbox"') == text.count('type="checkbox"') == 8
    assert text.count("<legend>") == text.count("<fieldset") == 2
    assert text.count("<h1>") == 1


def test_allowing_returns_a_code_twice_and_the_state(client: Client) -> None:
    form = [("advertiser_id", SHOP), ("scope", "800"), ("decision", "allow")]
    answer = client.submit(client.consent(user_id=ADMIN), form)
    assert answer.status_code == 303
    location = answer.headers["Location"]
    assert location.partition("?")[0] == CALLBACK
    returned = _answered(location)
    assert list(returned) == ["auth_code", "code", "state"]
    assert returned["auth_code"] == returned["code"]
    assert returned["state"] == "s-1"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("who", [{}, {"user_id": OPERATOR}, {"user_id": NEWCOMER}])
def test_refusing_returns_access_denied_whoever_refuses(client: Client, who: dict[str, str]) -> None:
    answer = client.submit(client.consent(**who), {"decision": "refuse"})
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"{CALLBACK}?error=access_denied&state=s-1",
    )


@pytest.mark.parametrize(
    "state",
    [
        "",
        "a b+c%20&d=e#f",
        "ä€😀",
        "line\r\nbreak\nLocation: http://evil.example",
        _HOSTILE,
        "x" * 4000,
        "%ff%00",
    ],
    ids=["empty", "separators", "beyond ASCII", "line breaks", "markup", "long", "as escapes"],
)
def test_the_state_comes_back_as_it_went(client: Client, state: str) -> None:
    path = client.consent(state=state, user_id=OPERATOR)
    page = client.get(path).text
    assert "<script" not in page
    action = re.search(r'action="([^"]+)"', page)
    assert action is not None
    answer = client.submit(action[1].replace("&amp;", "&"), {"decision": "refuse"})
    assert answer.headers["Location"].startswith(f"{CALLBACK}?error=access_denied&state=")
    assert _answered(answer.headers["Location"])["state"] == state


def test_bytes_that_are_no_text_come_back_in_the_state_too(client: Client) -> None:
    path = client.consent(state="$gone") + "&state=%FF%00%C3"
    answer = client.submit(path, {"decision": "refuse"})
    assert answer.headers["Location"] == f"{CALLBACK}?error=access_denied&state=%FF%00%C3"


def test_without_a_state_none_comes_back(client: Client) -> None:
    answer = client.submit(client.consent(state="$gone"), {"decision": "refuse"})
    assert answer.headers["Location"] == f"{CALLBACK}?error=access_denied"


_REGISTERED = [
    "http://127.0.0.1:1/oauth/callback",
    "http://127.0.0.1:65535/oauth/callback",
    "http://localhost:8080/oauth/callback",
    "https://cdp.example/oauth/callback",
]


@pytest.mark.parametrize("redirect_uri", _REGISTERED)
def test_a_registered_address_is_returned_to(client: Client, redirect_uri: str) -> None:
    answer = client.submit(client.consent(redirect_uri=redirect_uri), {"decision": "refuse"})
    assert answer.headers["Location"] == f"{redirect_uri}?error=access_denied&state=s-1"


_LOOKALIKES = [
    ("other host", "http://127.0.0.2:9123/oauth/callback"),
    ("other path", "http://127.0.0.1:9123/oauth/callback2"),
    ("shorter path", "http://127.0.0.1:9123/oauth/"),
    ("path in another case", "http://127.0.0.1:9123/OAuth/callback"),
    ("slash at the end", "http://127.0.0.1:9123/oauth/callback/"),
    ("dot segments", "http://127.0.0.1:9123/x/../oauth/callback"),
    ("encoded slash", "http://127.0.0.1:9123/oauth%2Fcallback"),
    ("encoded letter", "http://127.0.0.1:9123/oauth/c%61llback"),
    ("double slash", "http://127.0.0.1:9123//oauth/callback"),
    ("query", "http://127.0.0.1:9123/oauth/callback?next=1"),
    ("fragment", "http://127.0.0.1:9123/oauth/callback#x"),
    ("line break", "http://127.0.0.1:9123/oauth/callback\n"),
    ("space", "http://127.0.0.1:9123/oauth/callback "),
    ("no port", "http://127.0.0.1/oauth/callback"),
    ("empty port", "http://127.0.0.1:/oauth/callback"),
    ("the star itself", "http://127.0.0.1:*/oauth/callback"),
    ("port nought", "http://127.0.0.1:0/oauth/callback"),
    ("port with a nought before", "http://127.0.0.1:09123/oauth/callback"),
    ("port too high", "http://127.0.0.1:65536/oauth/callback"),
    ("port of other digits", "http://127.0.0.1:٩١٢٣/oauth/callback"),
    ("host after the port", "http://127.0.0.1:9123@evil.example/oauth/callback"),
    ("user name", "http://evil@127.0.0.1:9123/oauth/callback"),
    ("host as user name", "https://cdp.example@evil.example/oauth/callback"),
    ("other scheme", "https://127.0.0.1:9123/oauth/callback"),
    ("scheme in upper case", "HTTP://127.0.0.1:9123/oauth/callback"),
    ("dot at the end of the host", "https://cdp.example./oauth/callback"),
    ("longer host", "https://cdp.example.evil.example/oauth/callback"),
    ("other port", "https://cdp.example:8443/oauth/callback"),
    ("default port", "https://cdp.example:443/oauth/callback"),
    ("backslash", "https://cdp.example\\@evil.example/oauth/callback"),
    ("plain", "http://cdp.example/oauth/callback"),
    ("host in upper case", "https://CDP.example/oauth/callback"),
    ("no scheme", "//cdp.example/oauth/callback"),
    ("script", "javascript:alert(1)"),
    ("markup", _HOSTILE),
    ("null byte", "https://cdp.example/oauth/callback\x00"),
]


@pytest.mark.parametrize("redirect_uri", [row[1] for row in _LOOKALIKES], ids=[row[0] for row in _LOOKALIKES])
def test_a_lookalike_of_a_registered_address_is_never_returned_to(client: Client, redirect_uri: str) -> None:
    path = client.consent(redirect_uri=redirect_uri)
    shown = client.session.get(client.emulator.url + path, allow_redirects=False)
    assert shown.status_code == 400
    assert "is not registered for Example Integration" in shown.text
    assert "https://cdp.example/oauth/callback" in shown.text
    assert "<script" not in shown.text
    form = {"decision": "refuse", "form_token": _form_token(client)}
    posted = client.session.post(client.emulator.url + path, data=form, allow_redirects=False)
    assert posted.status_code == 400
    assert "Location" not in {**shown.headers, **posted.headers}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"app_id": "$gone"}, "app_id is missing."),
        ({"app_id": ""}, "app_id is missing."),
        ({"app_id": "99"}, "No developer app has this app_id."),
        ({"app_id": _HOSTILE}, "No developer app has this app_id."),
        ({"redirect_uri": "$gone"}, "redirect_uri is missing."),
        ({"redirect_uri": ""}, "redirect_uri is missing."),
        ({"user_id": "99"}, "Nobody here has this user_id."),
        ({"user_id": _HOSTILE}, "Nobody here has this user_id."),
    ],
)
def test_a_request_that_cannot_be_answered_says_why(
    client: Client, query: dict[str, str], sentence: str
) -> None:
    answer = client.get(client.consent(**query))
    assert (answer.status_code, answer.history) == (400, [])
    assert sentence in answer.text
    assert "<script" not in answer.text
    assert "<img" not in answer.text


@pytest.mark.parametrize("name", ["app_id", "state", "redirect_uri", "user_id"])
def test_a_parameter_given_twice_is_refused_even_if_both_are_alike(client: Client, name: str) -> None:
    path = client.consent(user_id=OPERATOR)
    again = next(part for part in path.partition("?")[2].split("&") if part.startswith(f"{name}="))
    answer = client.get(f"{path}&{again}")
    assert answer.status_code == 400
    assert f"{name} is given more than once." in answer.text


def test_bytes_that_are_no_text_break_no_page(client: Client) -> None:
    for query in ("app_id=%ff", f"app_id={APP['app_id']}&redirect_uri=%ff%00", "%ff=%ff", "&&=&"):
        assert client.get(f"/portal/auth?{query}").status_code == 400


def _form_token(client: Client) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get(client.consent()).text)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, None),
        ({}, ""),
        ({}, "0" * 32),
        ({}, "ä"),
        ({"Origin": "http://evil.example"}, "good"),
        ({"Origin": "null"}, "good"),
        ({"Origin": "https://127.0.0.1"}, "good"),
        ({"Sec-Fetch-Site": "cross-site"}, "good"),
        ({"Sec-Fetch-Site": "same-site"}, "good"),
        ({"Host": "evil.example"}, "good"),
        ({"Host": "127.0.0.1.evil.example:80"}, "good"),
        ({"Host": "[bad"}, "good"),
    ],
)
@pytest.mark.parametrize("page", ["consent", "tokens"])
def test_a_form_from_another_page_changes_nothing(
    client: Client, page: str, headers: dict[str, str], token: str | None
) -> None:
    form = {"decision": "allow", "advertiser_id": SHOP, "status": "revoked"}
    if token is not None:
        form["form_token"] = _form_token(client) if token == "good" else token
    path = client.consent(user_id=OPERATOR) if page == "consent" else _revoking(client)
    answer = client.session.post(
        client.emulator.url + path, data=form, headers=headers, allow_redirects=False
    )
    assert answer.status_code in (400, 403)
    assert "Location" not in answer.headers
    assert client.look("/user/info/")["code"] == 0


def _revoking(client: Client) -> str:
    """Where the button of the app's token in the seed leads."""
    row = client.get("/accounts").text.partition("Example Integration</span>")[2]
    found = re.search(r'action="(/tokens/[0-9a-f]+)"', row)
    assert found is not None
    return found[1]


def test_a_form_that_says_where_it_comes_from_is_taken_from_here(client: Client) -> None:
    own = {"Origin": client.emulator.url, "Sec-Fetch-Site": "same-origin"}
    assert client.submit(client.consent(), {"decision": "refuse"}, **own).status_code == 303


@pytest.mark.parametrize(
    ("user_id", "form", "sentence"),
    [
        (OPERATOR, [("advertiser_id", OUTLET), ("decision", "allow")], "that was not offered"),
        (OPERATOR, [("advertiser_id", SHOP), ("advertiser_id", "99"), ("decision", "allow")], "that was not offered"),
        (OPERATOR, [("advertiser_id", SHOP), ("scope", "8"), ("decision", "allow")], "that was not offered"),
        (NEWCOMER, [("advertiser_id", SHOP), ("decision", "allow")], "that was not offered"),
        (NEWCOMER, [("decision", "allow")], "sees no ad account, so there is nothing to allow"),
        (OPERATOR, [("scope", "800"), ("decision", "allow")], "Tick at least one ad account, or refuse."),
        ("$gone", [("advertiser_id", SHOP), ("decision", "allow")], "does not say who allows this"),
        (OPERATOR, [("advertiser_id", SHOP)], "neither allow nor refuse"),
        (OPERATOR, [("advertiser_id", SHOP), ("decision", "allow"), ("decision", "refuse")], "neither allow nor refuse"),
        (OPERATOR, [("advertiser_id", SHOP), ("decision", _HOSTILE)], "neither allow nor refuse"),
        (OPERATOR, [("advertiser_id", _HOSTILE), ("decision", "allow")], "that was not offered"),
    ],
)  # fmt: skip
def test_nobody_allows_what_they_were_not_offered(
    client: Client, user_id: str, form: Any, sentence: str
) -> None:
    answer = client.submit(client.consent(user_id=user_id), form)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert sentence in answer.text
    assert "<script" not in answer.text


def test_the_boxes_for_permissions_stay_as_they_were_when_no_account_is_ticked(client: Client) -> None:
    answer = client.submit(client.consent(user_id=ADMIN), [("scope", "800"), ("decision", "allow")])
    assert re.findall(r'name="scope" value="([0-9]+)" checked', answer.text) == ["800"]
    assert 'role="alert"' in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_another_method_is_refused(client: Client, method: str) -> None:
    answer = client.session.request(method, client.emulator.url + client.consent(), timeout=20)
    assert answer.status_code == 405


def test_hostile_names_in_the_seed_are_text_and_a_registered_query_is_kept() -> None:
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    there = "http://localhost:*/back?x=:*y"
    seed["developer_apps"][0].update(
        name=_HOSTILE, redirect_uris=["https://a.example:443/b?c=1", there], scopes=["7"]
    )
    seed["users"][0]["name"] = seed["advertisers"][0]["name"] = seed["pixels"][0]["name"] = _HOSTILE
    with start(seed) as emulator:
        client = Client(emulator, SEED)
        given = {"redirect_uri": "https://a.example:443/b?c=1"}
        for path in (client.consent(**given), client.consent(user_id=OPERATOR, **given), "/accounts"):
            text = client.get(path).text
            assert "<script" not in text
            assert "<img" not in text
            assert "&lt;script" in text
        assert "no known name" in text
        answer = client.submit(client.consent(**given), {"decision": "refuse"})
        assert answer.headers["Location"] == "https://a.example:443/b?c=1&error=access_denied&state=s-1"
        here = there.replace("*", "4711", 1)
        answer = client.submit(client.consent(redirect_uri=here), {"decision": "refuse"})
        assert answer.headers["Location"] == f"{here}&error=access_denied&state=s-1"
        assert client.get(client.consent(redirect_uri=quote(here))).status_code == 400
        client.session.close()
