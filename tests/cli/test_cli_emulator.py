"""emulator: it starts, serves, keeps its ledger, and says what cannot be used."""

import json
import re
import signal
import socket

import pytest
import requests
from cli_testing import SAMPLES, record


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_asked_to_stop(spawn, tmp_path, number):
    ledger = tmp_path / "ledger.ndjson"
    process = spawn("emulator", "--port", 0, "--ledger", ledger)
    sentence = process.stdout.readline().decode()
    url = next(word for word in sentence.split() if word.startswith("http://127.0.0.1:"))
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{url}/_emulator/summary", timeout=10).json()["requests"] == 0
    process.send_signal(number)
    _, err = process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert ledger.exists()


def test_with_the_sample_seed_it_says_what_to_set(spawn, run, config, events, tmp_path):
    process = spawn("emulator", "--port", 0)
    said = [process.stdout.readline().decode().strip() for _ in range(5)]
    variables = dict(line.removeprefix("export ").split("=") for line in said if line.startswith("export "))
    assert set(variables) == {"TIKTOK_ACCESS_TOKEN", "TIKTOK_BASE_URL"}
    pixel, event_set = re.findall(r"[A-Z0-9]{19,}", said[4])
    assert event_set == "7400000000000000001"
    result = run("send", config(pixel_code=pixel), events(record(1)), env=variables)
    assert result.exit_code == 0, result.output


def test_with_a_seed_of_ones_own_it_says_its_address_alone(spawn):
    process = spawn("emulator", "--port", 0, "--seed", SAMPLES / "emulator_seed.json")
    assert b"http://127.0.0.1:" in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.communicate() == (b"", b"")


def test_a_port_in_use_is_exit_code_2(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("emulator", "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "cannot be used" in result.stderr
    assert "--port 0" in result.stderr


def test_a_seed_that_is_wrong_is_exit_code_2(run, tmp_path):
    seed = json.loads((SAMPLES / "emulator_seed.json").read_text(encoding="utf-8"))
    seed["pixels"] = "none"
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(seed), encoding="utf-8")
    result = run("emulator", "--port", 0, "--seed", path)
    assert result.exit_code == 2
    assert "pixels" in result.stderr


def test_a_ledger_that_cannot_be_written_is_exit_code_2(run, tmp_path):
    result = run("emulator", "--port", 0, "--ledger", tmp_path / "none" / "ledger.ndjson")
    assert result.exit_code == 2
    assert "No such file" in result.stderr
