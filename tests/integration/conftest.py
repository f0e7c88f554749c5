import pytest

from tests.integration.sending import SEED
from tiktok_destination.emulator.server import start


@pytest.fixture
def emulator():
    with start(SEED) as running:
        yield running
