"""The seed is checked as a whole before anything starts, and its messages repeat no secret."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from emulator_testing import SEED

import config_schemas
from tiktok_destination.emulator.seed import SeedError, load_seed

_GOOD: dict[str, Any] = json.loads(SEED.read_text(encoding="utf-8"))


def test_the_sample_seed_is_good_and_so_is_the_schema() -> None:
    schema = config_schemas.load("emulator_seed")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert load_seed(SEED) == load_seed(_GOOD)
    assert set(schema["properties"]) == set(_GOOD)


def _renamed(seed: dict[str, Any]) -> None:
    seed["pixel"] = seed.pop("pixels")


_FAULTS: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("missing", lambda seed: seed.pop("tokens"), "the seed: lacks tokens"),
    ("unknown key", _renamed, "the seed: has a key that is not known here; known: advertisers, apps"),
    ("number", lambda seed: seed["pixels"][0].update(pixel_id=71), "pixels[0].pixel_id: must be of type string"),
    ("enum", lambda seed: seed["tokens"][0].update(kind="oauth"), "tokens[0].kind: must be one of app, events_manager"),
    ("role", lambda seed: seed["users"][0]["roles"].update({"7012345678901234567": "OWNER"}), "users[0].roles.7012345678901234567: must be one of ADMIN, OPERATOR, ANALYST"),
    ("code", lambda seed: seed["pixels"][0].update(pixel_code="short"), "pixels[0].pixel_code: does not have the form asked for: upper-case letters and digits, 20 of them"),
    ("empty", lambda seed: seed.update(advertisers=[]), "advertisers: must not be empty"),
    ("owner", lambda seed: seed["pixels"][0].update(advertiser_id="99"), "pixels[0].advertiser_id: 99 is not among advertisers"),
    ("user", lambda seed: seed["tokens"][0].update(user_id="99"), "tokens[0].user_id: 99 is not among users"),
    ("app", lambda seed: seed["tokens"][1].update(app_id="99"), "tokens[1].app_id: 99 is not among developer_apps"),
    ("reach", lambda seed: seed["tokens"][0].update(advertiser_ids=["99"]), "tokens[0].advertiser_ids: 99 is not among advertisers"),
    ("kind", lambda seed: seed["tokens"][1].pop("app_id"), "tokens[1]: app_id belongs to a token of kind app, and only to one"),
    ("redirect without scheme", lambda seed: seed["developer_apps"][0].update(redirect_uris=["shop.example/back"]), "developer_apps[0].redirect_uris[0]: does not have the form asked for: http:// or https://"),
    ("redirect to a script", lambda seed: seed["developer_apps"][0].update(redirect_uris=["javascript:alert(1)"]), "developer_apps[0].redirect_uris[0]: does not have the form"),
    ("redirect with a user name", lambda seed: seed["developer_apps"][0].update(redirect_uris=["https://a@shop.example/"]), "developer_apps[0].redirect_uris[0]: does not have the form"),
    ("redirect with a fragment", lambda seed: seed["developer_apps"][0].update(redirect_uris=["https://shop.example/#a"]), "developer_apps[0].redirect_uris[0]: does not have the form"),
    ("any port beyond loopback", lambda seed: seed["developer_apps"][0].update(redirect_uris=["https://shop.example:*/back"]), "developer_apps[0].redirect_uris[0]: does not have the form"),
    ("eleven redirects", lambda seed: seed["developer_apps"][0].update(redirect_uris=[f"https://shop.example/{at}" for at in range(11)]), "developer_apps[0].redirect_uris: may hold 10 at most"),
    ("same redirect", lambda seed: seed["developer_apps"][0].update(redirect_uris=["https://shop.example/"] * 2), "developer_apps[0].redirect_uris: one of them stands twice"),
    ("same scope", lambda seed: seed["developer_apps"][0].update(scopes=["4", "4"]), "developer_apps[0].scopes: one of them stands twice"),
    ("scope a number", lambda seed: seed["developer_apps"][0].update(scopes=[4]), "developer_apps[0].scopes[0]: must be of type string"),
    ("email", lambda seed: seed["users"][0].update(email="oda"), "users[0].email: does not have the form asked for: an invented address"),
    ("currency", lambda seed: seed["advertisers"][0].update(currency="euro"), "advertisers[0].currency: does not have the form asked for: three upper-case letters"),
    ("create_time", lambda seed: seed["pixels"][0].update(create_time="2026-01-02"), "pixels[0].create_time: does not have the form asked for: UTC, as 2026-01-02 03:04:05"),
    ("same pixel", lambda seed: seed["pixels"].append(seed["pixels"][0]), "pixels: pixel_code C0PIXELCODE00000001A stands 2 times"),
    ("same token", lambda seed: seed["tokens"].append(seed["tokens"][0]), "tokens: two of them have the same text"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), [row[1:] for row in _FAULTS], ids=[row[0] for row in _FAULTS])
def test_a_fault_is_named_by_its_path(change: Callable[[dict[str, Any]], object], message: str) -> None:
    seed = copy.deepcopy(_GOOD)
    change(seed)
    with pytest.raises(SeedError) as raised:
        load_seed(seed)
    assert any(fault.startswith(message) for fault in raised.value.faults), raised.value.faults
    assert "emulator-token" not in str(raised.value)


def test_every_fault_is_told_at_once() -> None:
    seed = copy.deepcopy(_GOOD)
    seed["pixels"][0]["pixel_id"] = 1
    seed["tokens"][0]["token"] = "with a space"
    with pytest.raises(SeedError) as raised:
        load_seed(seed)
    assert len(raised.value.faults) == 2
    assert "with a space" not in str(raised.value)


@pytest.mark.parametrize(("content", "problem"), [(None, "cannot be read"), (b"{,}", "is not JSON")])
def test_a_file_that_cannot_be_read_is_said_so(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "seed.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SeedError, match=problem):
        load_seed(path)


def test_a_token_and_a_secret_show_in_no_representation() -> None:
    assert "emulator-token" not in repr(load_seed(SEED))
    assert "emulator-secret" not in repr(load_seed(SEED))
