"""The command and its server: loopback alone, one address, an orderly end; and a destination that is no TikTok."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from harness_testing import SHOP, TOKEN, House
from pages import Page
from scripted_plugin import Manager

from tiktok_destination.cli.app import tiktok_destination
from tiktok_destination.harness.server import RunningHarness

TOY = Path(__file__).parents[1] / "plugins" / "toy"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_it_is_reached_over_loopback_at_the_address_that_it_tells(
    tmp_path: Path, session: requests.Session
) -> None:
    house = House(tmp_path)
    house.write("shop.yaml", SHOP)
    with RunningHarness(0, house.app_for) as harness:
        assert harness.origin.startswith("http://127.0.0.1:")
        page = session.get(harness.origin, timeout=20)
        assert (page.status_code, "shop" in page.text) == (200, True)
        foreign = session.get(harness.origin, headers={"Host": "evil.example"}, timeout=20)
        assert foreign.status_code == 400
        assert "shop" not in foreign.text
        moved = session.get(
            harness.origin.replace("127.0.0.1", "localhost") + "/?a=b", allow_redirects=False, timeout=20
        )
        assert moved.headers["Location"] == f"{harness.origin}/?a=b"


def test_the_command_tells_its_address_and_ends_by_a_signal(
    tmp_path: Path, session: requests.Session
) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    command = [sys.executable, "-m", "tiktok_destination", "harness", str(tmp_path), "--port", "0"]
    environ = {**os.environ, "TIKTOK_ACCESS_TOKEN": TOKEN}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        told = process.stdout.readline()
        assert told.startswith("Host platform, development only: http://127.0.0.1:")
        origin = told.split()[4]
        session.get(f"{origin}/oauth/callback?state=canary&auth_code=canary", timeout=20)
        assert "ready" in session.get(origin, timeout=20).text
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=30)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = CliRunner().invoke(tiktok_destination, ["harness", str(tmp_path), "--port", str(port)])
    assert done.exit_code == 2
    assert f"port {port} cannot be used" in done.output


def test_there_is_no_way_to_bind_another_address(tmp_path: Path) -> None:
    done = CliRunner().invoke(tiktok_destination, ["harness", str(tmp_path), "--host", "0.0.0.0"])
    assert done.exit_code == 2
    assert "No such option" in done.output


def test_a_folder_that_is_not_there_is_told() -> None:
    assert CliRunner().invoke(tiktok_destination, ["harness", "/nowhere"]).exit_code == 2


def test_the_toy_is_configured_and_connected_and_a_faulty_plugin_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(TOY))
    toy = importlib.import_module("toy_destination")
    house = House(tmp_path, environ={}, manager=Manager(toy=toy, broken=None))
    browser = house.browser()
    page = Page(browser.get("/").text)
    assert "Posts named things to an address on this machine." in page.text
    assert "no destination 'broken' is installed" in page.text
    url = "/destinations/new?destination=toy"
    form = Page(browser.get(url).text).form | {"name": "toys", "settings.url": "http://127.0.0.1:9/"}
    assert "Saved as toys.yaml." in browser.submit(url, form).text
    browser.post("/destinations/toys.yaml/connect/paste", {"token": TOKEN})
    found = house.workspace.destination("toys.yaml")
    assert (found.problems, found.credential.ready, found.config.credential.access_token) == ((), True, TOKEN)
    assert browser.get("/destinations/new?destination=broken").status_code == 404


def test_a_request_that_is_none_writes_nothing_to_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with RunningHarness(0, House(tmp_path).app_for) as harness:
        port = int(harness.origin.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(b"GET http://[ HTTP/1.1\r\n\r\n")
            assert connection.recv(1) == b""
    assert capfd.readouterr().err == ""
