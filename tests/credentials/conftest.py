from pathlib import Path

import pytest

import sample_configs
from tiktok_destination.emulator.server import start

SEED = Path(sample_configs.__file__).parent / "emulator_seed.json"


@pytest.fixture(scope="session")
def running_emulator():
    with start(SEED) as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    running_emulator.admin("faults", method="DELETE")
    running_emulator.admin("reset")
    return running_emulator
