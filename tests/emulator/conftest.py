"""One emulator for a test module, reset before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from emulator_testing import NOW, SEED, Client

from tiktok_destination.emulator.server import start


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    ledger = tmp_path_factory.mktemp("emulator") / "ledger.ndjson"
    with start(SEED, ledger=ledger) as emulator:
        client = Client(emulator, ledger)
        yield client
        client.session.close()


@pytest.fixture
def client(running: Client) -> Client:
    """An emulator that has just been reset, its clock frozen at `NOW`."""
    running.emulator.admin("reset")
    running.emulator.admin("clock", {"now": NOW, "frozen": True})
    return running
