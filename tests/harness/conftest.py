"""A workspace with one destination, a harness for it, and one whose destination does what a test says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness_testing import EMULATOR_TOKEN, SHOP, Browser, House
from scripted_plugin import CONFIG, Script, with_script

import sample_configs
from tiktok_destination.emulator.server import RunningEmulator, start


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    house.write("shop.yaml", SHOP)
    yield house
    house.dispatch.stop()


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser()


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def scripted(tmp_path: Path, script: Script) -> Iterator[House]:
    house = House(tmp_path, environ={}, manager=with_script(script))
    house.write("door.yaml", CONFIG)
    yield house
    house.dispatch.stop()


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[RunningEmulator]:
    with start(Path(sample_configs.__file__).parent / "emulator_seed.json") as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator: RunningEmulator) -> RunningEmulator:
    running_emulator.admin("faults", method="DELETE")
    running_emulator.admin("reset")
    return running_emulator


@pytest.fixture
def sending(house: House, emulator: RunningEmulator) -> House:
    """The house of `house`, which sends to the emulator, in its time."""
    house.environ |= {"TIKTOK_BASE_URL": emulator.url, "TIKTOK_ACCESS_TOKEN": EMULATOR_TOKEN}
    house.clock.now = time.time()
    return house
