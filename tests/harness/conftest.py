"""A workspace with one destination, and a harness for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness_testing import SHOP, Browser, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.write("shop.yaml", SHOP)
    return house


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser()
