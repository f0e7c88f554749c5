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
