"""What the tests of the command line share: an emulator, configurations, and ways to run the command."""

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing

import pytest
from cli_testing import APP_CONFIG, COMMAND, CONFIG, SAMPLES, TOKEN, contents
from click.testing import CliRunner

from tiktok_destination.cli.app import tiktok_destination
from tiktok_destination.emulator.server import start
from tiktok_destination.store import Database


@pytest.fixture(scope="session")
def running_emulator():
    with start(SAMPLES / "emulator_seed.json") as emulator:
        yield emulator


@pytest.fixture
def emulator(running_emulator):
    running_emulator.admin("faults", method="DELETE")
    running_emulator.admin("reset")
    return running_emulator


@pytest.fixture
def config(tmp_path):
    def write(*, enabled="true", patience_s=900, pixel_code="C0PIXELCODE00000001A"):
        path = tmp_path / "shop.yaml"
        path.write_text(
            CONFIG.format(enabled=enabled, patience_s=patience_s, pixel_code=pixel_code), encoding="utf-8"
        )
        return path

    return write


@pytest.fixture
def events(tmp_path):
    def write(*records, name="events.ndjson"):
        path = tmp_path / name
        lines = [one if isinstance(one, str) else json.dumps(one) for one in records]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def grouped(tmp_path):
    """A configuration for rows, and a CSV file with one row for each order id that is given."""

    def write(*order_ids):
        config, source = tmp_path / "orders.yaml", tmp_path / "orders.csv"
        text = CONFIG.format(enabled="true", patience_s=900, pixel_code="C0PIXELCODE00000001A")
        config.write_text(
            text.replace("preset: segment", "preset: amperity\n  value: sum_of_items"), encoding="utf-8"
        )
        header = "event,event_id,timestamp,email,currency,content_id,price,quantity,page_url\n"
        source.write_text(
            header
            + "".join(
                f"CompletePayment,{order_id},2026-11-20T10:00:00Z,kim@mail.example,EUR,sku-{number},2,1,https://shop.example/\n"
                for number, order_id in enumerate(order_ids, 1)
            ),
            encoding="utf-8",
        )
        return config, source

    return write


@pytest.fixture
def run(request):
    """Runs the command in this process; environment variables by `env`."""

    def invoke(*arguments, env=None, **options):
        environment = {"TIKTOK_ACCESS_TOKEN": TOKEN, "TIKTOK_BASE_URL": None}
        if "emulator" in request.fixturenames:
            environment["TIKTOK_BASE_URL"] = request.getfixturevalue("emulator").url
        return CliRunner().invoke(
            tiktok_destination,
            [str(argument) for argument in arguments],
            env=environment | (env or {}),
            **options,
        )

    return invoke


@pytest.fixture
def spawn(request):
    """Starts the command as a process of its own, and ends it with the test."""
    processes = []

    def popen(*arguments, **options):
        environment = os.environ | {"TIKTOK_ACCESS_TOKEN": TOKEN}
        if "emulator" in request.fixturenames:
            environment["TIKTOK_BASE_URL"] = request.getfixturevalue("emulator").url
        process = subprocess.Popen(
            [*COMMAND, *(str(argument) for argument in arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **options,
        )
        processes.append(process)
        return process

    yield popen
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def outbox(tmp_path):
    """Runs SQL on the outbox beside the configurations, as a fault of the disk would change it, or to look into it."""

    def execute(sql):
        with (
            closing(sqlite3.connect(tmp_path / ".tiktok-destination" / "outbox.sqlite")) as database,
            database,
        ):
            return database.execute(sql).fetchall()

    return execute


@pytest.fixture
def killed(tmp_path):
    """A copy of the data folder as a process leaves it that ran this SQL and was killed then, and what it holds."""

    def copy(sql):
        folder, data = tmp_path / "killed", tmp_path / ".tiktok-destination"
        with Database(data) as database:
            database.change([(sql, None)])
            shutil.copytree(data, folder)
        before = contents(folder)
        assert before["outbox.sqlite-wal"]
        return folder, before

    return copy


@pytest.fixture
def pipe(spawn, emulator):
    """Sends records through a pipe; the receiver ends its first request so."""

    def send(config, *records, fault):
        emulator.admin("faults", [fault])
        process = spawn("send", config, "-", stdin=subprocess.PIPE)
        process.communicate("".join(f"{json.dumps(one)}\n" for one in records).encode())
        assert process.returncode == 4

    return send


@pytest.fixture
def app_config(tmp_path):
    path = tmp_path / "app.yaml"
    path.write_text(APP_CONFIG, encoding="utf-8")
    return path
