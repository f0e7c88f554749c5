"""Look-ups of people, accounts and event sources: shapes, parameters, paging, and who may read what."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from emulator_testing import ADMIN, APP, APP_TOKEN, ARCHIVE, OUTLET, SEED, SHOP, TOKEN, Client

from tiktok_destination.emulator.server import start

_ROWS = json.loads((Path(__file__).parent / "tables" / "lookups.json").read_text(encoding="utf-8"))

_GOOD: dict[str, dict[str, str]] = {
    "/oauth2/advertiser/get/": APP,
    "/user/info/": {},
    "/advertiser/info/": {"advertiser_ids": json.dumps([SHOP])},
    "/pixel/list/": {"advertiser_id": SHOP},
    "/offline/get/": {"advertiser_id": SHOP},
    "/crm/list/": {"advertiser_id": SHOP},
}
"""Every look-up, with a query that is good."""


@pytest.mark.parametrize("row", _ROWS, ids=[row["id"] for row in _ROWS])
def test_a_query_gets_the_answer_that_its_parameters_deserve(client: Client, row: dict[str, Any]) -> None:
    answer = client.look(row["path"], row["query"])
    assert (answer["code"], answer["message"]) == (row["code"], row["message"])
    assert row["code"] == 0 or answer["data"] == {}


def test_the_accounts_of_a_token_have_ids_in_quotes_and_names(client: Client) -> None:
    assert client.look("/oauth2/advertiser/get/", APP)["data"] == {
        "list": [
            {"advertiser_id": SHOP, "advertiser_name": "Example Shop"},
            {"advertiser_id": OUTLET, "advertiser_name": "Example Outlet"},
        ]
    }


def test_the_person_behind_a_token_is_shown_with_a_masked_address(client: Client) -> None:
    assert client.look("/user/info/")["data"] == {
        "display_name": "Ada Admin",
        "email": "a***@example.com",
        "core_user_id": ADMIN,
        "create_time": None,
        "avatar_url": "",
    }


def test_an_account_is_described_by_every_field_that_is_asked_for_or_by_all_but_one(client: Client) -> None:
    def details(*ids: str, **query: str) -> Any:
        return client.look("/advertiser/info/", {"advertiser_ids": json.dumps(ids), **query})["data"]["list"]

    (whole,) = details(SHOP)
    assert len(whole) == 23
    assert "company_name_editable" not in whole
    known = {name: value for name, value in whole.items() if value is not None}
    assert known == {
        "advertiser_id": SHOP,
        "name": "Example Shop",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        "display_timezone": "Europe/Berlin",
        "status": "STATUS_ENABLE",
        "role": "ROLE_ADVERTISER",
    }
    assert details(SHOP, OUTLET, SHOP, fields='["name"]') == [
        {"name": "Example Shop"},
        {"name": "Example Outlet"},
    ]
    assert details(OUTLET, fields='["company_name_editable","name"]') == [
        {"advertiser_id": OUTLET, "company_name_editable": False}
    ]


def test_a_pixel_is_shown_with_its_code_and_its_id(client: Client) -> None:
    data = client.look("/pixel/list/", {"advertiser_id": OUTLET})["data"]
    assert data["page_info"] == {"page": 1, "page_size": 10, "total_number": 1, "total_page": 1}
    (pixel,) = data["pixels"]
    known = ("pixel_id", "pixel_code", "pixel_name", "pixel_setup_mode", "create_time", "events")
    assert {name: pixel[name] for name in known} == {
        "pixel_id": "7100000000000000020",
        "pixel_code": "C0PIXELCODE00000002B",
        "pixel_name": "Outlet",
        "pixel_setup_mode": "DEVELOPER",
        "create_time": "2026-02-03 04:05:06",
        "events": [],
    }


@pytest.fixture(scope="module")
def many() -> Any:
    """An emulator whose first account has 23 more pixels, the later ones made later."""
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    seed["pixels"] += [
        {
            "pixel_code": f"C0MANYPIXELS000000{number:02}",
            "pixel_id": f"72000000000000000{number:02}",
            "name": f"Pixel {number}",
            "advertiser_id": SHOP,
            "create_time": f"2026-03-{number:02} 00:00:00",
        }
        for number in range(1, 24)
    ]
    with start(seed) as emulator:
        emulator.admin("switches", {"rate_limits": False})
        client = Client(emulator, SEED)
        yield client
        client.session.close()


def _numbers(client: Client, **query: str) -> list[str]:
    pixels = client.look("/pixel/list/", {"advertiser_id": SHOP, **query})["data"]["pixels"]
    return [pixel["pixel_name"].removeprefix("Pixel ") for pixel in pixels]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Shop", *map(str, range(1, 10))]),
        ({"page": "3"}, ["20", "21", "22", "23"]),
        ({"page": "4"}, []),
        ({"page": "999999999999999999"}, []),
        ({"page_size": "20", "page": "2"}, ["20", "21", "22", "23"]),
        ({"order_by": "LATEST_CREATE", "page_size": "3"}, ["23", "22", "21"]),
        ({"order_by": "EARLIEST_CREATE", "page_size": "1"}, ["Shop"]),
        ({"name": "pixel 2"}, ["2", "20", "21", "22", "23"]),
        ({"name": "no such name"}, []),
        ({"code": "C0MANYPIXELS00000007"}, ["7"]),
        ({"code": "C0MANYPIXELS0000000"}, []),
        ({"code": "C0PIXELCODE00000002B"}, []),
        ({"pixel_id": "7200000000000000011"}, ["11"]),
        ({"pixel_id": "7200000000000000011", "code": "C0MANYPIXELS00000007"}, []),
    ],
)
def test_pixels_come_in_pages_and_can_be_looked_for(
    many: Client, query: dict[str, str], names: list[str]
) -> None:
    assert _numbers(many, **query) == names


def test_the_pages_together_hold_each_pixel_once(many: Client) -> None:
    data = many.look("/pixel/list/", {"advertiser_id": SHOP, "page_size": "7"})["data"]
    assert data["page_info"] == {"page": 1, "page_size": 7, "total_number": 24, "total_page": 4}
    seen = [name for page in range(1, 5) for name in _numbers(many, page_size="7", page=str(page))]
    assert seen == ["Shop", *map(str, range(1, 24))]


_STORES = {
    "advertiser_id": SHOP,
    "event_set_id": "7400000000000000001",
    "name": "Stores",
    "description": "",
    "auto_tracking": True,
    "create_time": "2026-01-02 03:04:05",
    "update_time": "2026-01-02 03:04:05",
}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["Stores", "Outlet"]),
        ({"event_set_ids": '["7400000000000000011","99"]'}, ["Outlet"]),
        ({"event_set_ids": '["7400000000000000021"]'}, []),
        ({"event_set_ids": "[]"}, []),
        ({"name": "Stores"}, ["Stores"]),
        ({"name": "store"}, []),
    ],
)
def test_offline_event_sets_are_listed_and_narrowed(
    client: Client, query: dict[str, str], names: list[str]
) -> None:
    sets = client.look("/offline/get/", {"advertiser_id": SHOP, **query})["data"]["event_set_list"]
    assert [one["name"] for one in sets] == names
    assert all(one["name"] != "Stores" or one == _STORES for one in sets)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 1),
        ({"name": "Sales team"}, 1),
        ({"name": "Sales"}, 0),
        ({"event_set_ids": '["7400000000000000002"]'}, 1),
        ({"event_set_ids": '["7400000000000000001"]'}, 0),
        ({"event_set_ids": '["7400000000000000002"]', "name": "Sales"}, 0),
    ],
)
def test_crm_event_sets_are_listed_and_nothing_found_is_an_empty_list(
    client: Client, query: dict[str, str], found: int
) -> None:
    answer = client.look("/crm/list/", {"advertiser_id": SHOP, **query})
    expected = {
        "event_set_id": "7400000000000000002",
        "name": "Sales team",
        "create_time": "2026-01-02T03:04:05Z",
    }
    assert (answer["code"], answer["data"]) == (0, {"crm_event_sets": [expected] * found})


@pytest.mark.parametrize(("count", "code"), [(50, 0), (51, 40011)])
def test_fifty_crm_event_sets_can_be_asked_for_at_once(client: Client, count: int, code: int) -> None:
    ids = json.dumps([str(number) for number in range(count)])
    assert client.look("/crm/list/", {"advertiser_id": SHOP, "event_set_ids": ids})["code"] == code


@pytest.mark.parametrize("path", _GOOD)
@pytest.mark.parametrize(
    ("token", "code"),
    [
        (None, 40104),
        ("", 40104),
        ("never-issued", 40105),
        ("emulator-revoked-00000000000000000000000", 40105),
        ("emulator-expired-00000000000000000000000", 40102),
        (TOKEN, 40001),
        ("emulator-analyst-00000000000000000000000", 40001),
        (APP_TOKEN, 0),
    ],
)
def test_every_look_up_judges_the_token(client: Client, path: str, token: str | None, code: int) -> None:
    assert client.look(path, _GOOD[path], token)["code"] == code


@pytest.mark.parametrize("path", _GOOD)
@pytest.mark.parametrize(("status", "code"), [("revoked", 40105), ("expired", 40102), ("active", 0)])
def test_a_token_that_ended_after_its_authorisation_reads_nothing(
    client: Client, path: str, status: str, code: int
) -> None:
    token = client.token(ADMIN, SHOP)
    assert client.look(path, _GOOD[path], token)["code"] == 0
    client.emulator.admin("tokens", {"token": token, "status": status})
    assert client.look(path, _GOOD[path], token)["code"] == code
    if code:
        assert client.look(path, [], token)["code"] == code, "the token comes before the parameters"


_NEEDED = {
    "/oauth2/advertiser/get/": "100",
    "/advertiser/info/": "100",
    "/pixel/list/": "800",
    "/offline/get/": "7224195155857833986",
    "/crm/list/": "7294180478502846465",
}


@pytest.mark.parametrize(("path", "scope"), _NEEDED.items(), ids=list(_NEEDED))
def test_a_look_up_needs_its_permission(client: Client, path: str, scope: str) -> None:
    assert client.look(path, _GOOD[path], client.token(ADMIN, SHOP, scopes=[scope]))["code"] == 0
    others = [one for one in dict.fromkeys(_NEEDED.values()) if one != scope]
    refused = client.look(path, _GOOD[path], client.token(ADMIN, SHOP, scopes=others))
    assert refused["code"] == 40001
    assert scope in refused["message"]
    bare = client.token(ADMIN, SHOP, scopes=[])
    assert client.look(path, _GOOD[path], bare)["code"] == 40001
    assert client.look("/user/info/", token=bare)["code"] == 0


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        (["8"], ["/pixel/list/"]),
        (["80"], ["/pixel/list/"]),
        (["1"], ["/oauth2/advertiser/get/", "/advertiser/info/"]),
        (["7043626160646946818"], ["/offline/get/"]),
        (["7294180478502830081"], ["/crm/list/"]),
        (["801", "802"], []),
    ],
)
def test_a_permission_implies_those_beneath_it(scopes: list[str], allowed: list[str]) -> None:
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    (token,) = (one for one in seed["tokens"] if one["kind"] == "app")
    token["scopes"] = scopes
    with start(seed) as emulator:
        client = Client(emulator, SEED)
        assert [path for path in _NEEDED if client.look(path, _GOOD[path])["code"] == 0] == allowed
        client.session.close()


def test_an_account_on_which_the_person_lost_every_role_is_out_of_reach() -> None:
    seed = json.loads(SEED.read_text(encoding="utf-8"))
    (admin,) = (one for one in seed["users"] if one["user_id"] == ADMIN)
    del admin["roles"][SHOP]
    with start(seed) as emulator:
        client = Client(emulator, SEED)
        listed = client.look("/oauth2/advertiser/get/", APP)["data"]["list"]
        assert [one["advertiser_id"] for one in listed] == [OUTLET]
        for path in ("/pixel/list/", "/offline/get/", "/crm/list/", "/advertiser/info/"):
            assert client.look(path, _GOOD[path])["code"] == 40001
        client.session.close()


@pytest.mark.parametrize("path", _GOOD)
def test_a_look_up_is_a_get_with_a_slash_at_the_end(client: Client, path: str) -> None:
    address = f"{client.emulator.url}/open_api/v1.3{path}"
    for method in ("POST", "PUT", "DELETE", "HEAD"):
        refused = client.session.request(method, address, headers={"Access-Token": APP_TOKEN})
        assert (refused.status_code, refused.headers["Allow"]) == (405, "GET")
    bare = client.session.get(address.removesuffix("/"), headers={"Access-Token": APP_TOKEN})
    assert (bare.status_code, bare.text) == (404, "404 page not found")


def test_a_request_id_has_the_real_shape(client: Client) -> None:
    assert re.fullmatch(r"20261118110640[0-9A-F]{20}", client.look("/user/info/")["request_id"])


@pytest.mark.parametrize("query", ["advertiser_id=%ff%00", "%ff", "advertiser_id=" + "[" * 5000, "&&=&="])
def test_a_query_that_makes_no_sense_breaks_nothing(client: Client, query: str) -> None:
    for path in _GOOD:
        answer = client.session.get(
            f"{client.emulator.url}/open_api/v1.3{path}?{query}", headers={"Access-Token": APP_TOKEN}
        )
        assert answer.json()["code"] in (0, 40001, 40002)


def test_deep_nesting_in_a_parameter_is_refused(client: Client) -> None:
    for odd in ("[" * 3000 + "]" * 3000, "1" + "0" * 3000):
        query = {"advertiser_id": ARCHIVE, "event_set_ids": odd}
        assert client.look("/offline/get/", query)["code"] == 40002
