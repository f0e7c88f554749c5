"""Starting and stopping: in the background for tests, and in the foreground for a command line."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from emulator_testing import NOW, SEED, Client, a_request, an_event

from tiktok_destination.emulator.seed import SeedError
from tiktok_destination.emulator.server import start


def test_it_stops_with_its_block_and_twice_is_no_harm() -> None:
    with start(SEED) as emulator:
        assert emulator.url == f"http://127.0.0.1:{emulator.port}"
        assert emulator.admin("summary", method="GET")["requests"] == 0
    emulator.stop()
    with pytest.raises(requests.ConnectionError):
        emulator.admin("summary", method="GET")


def test_a_port_that_is_taken_is_an_error_and_not_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        start(SEED, port=taken.getsockname()[1])


def test_a_bad_seed_or_ledger_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SeedError):
        start({})
    with pytest.raises(OSError):
        start(SEED, ledger=tmp_path / "missing" / "ledger.ndjson")


def test_many_clients_at_once_lose_and_mix_nothing(client: Client) -> None:
    def send(worker: int) -> list[int]:
        own = Client(client.emulator, client.ledger_file)
        codes = [
            own.code(a_request(*(an_event(event_id=f"{worker}-{turn}-{at}") for at in range(20))))
            for turn in range(5)
        ]
        own.session.close()
        return codes

    with ThreadPoolExecutor(6) as pool:
        codes = [code for worker in pool.map(send, range(6)) for code in worker]
    assert codes == [0] * 30
    lines = client.lines()
    assert len({line["event_id"] for line in lines}) == len(lines) == 600
    sequences = [line["sequence"] for line in lines]
    assert sequences == list(range(sequences[0], sequences[0] + 600))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_served_from_a_command_line_it_tells_its_address_and_ends_cleanly(
    tmp_path: Path, number: int
) -> None:
    ledger = tmp_path / "ledger.ndjson"
    code = (
        "import sys; from pathlib import Path; from tiktok_destination.emulator.server import serve; "
        "serve(seed=Path(sys.argv[1]), ledger=Path(sys.argv[2]), port=0)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(SEED), str(ledger)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        sentence = process.stdout.readline()
        url = next(word for word in sentence.split() if word.startswith("http://127.0.0.1:"))
        clock = requests.post(f"{url}/_emulator/clock", json={"now": NOW}, timeout=10)
        assert clock.status_code == 200
        answer = requests.post(
            f"{url}/open_api/v1.3/event/track/",
            json=a_request(),
            headers={"Access-Token": "emulator-token-0000000000000000000000000"},
            timeout=10,
        )
        assert answer.json()["code"] == 0
        process.send_signal(number)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, rest, errors) == (0, "", "")
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
