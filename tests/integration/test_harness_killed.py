"""A harness that is killed while it takes a file in: what it said was accepted arrives after the next start, and nothing twice."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time

import requests

from tests.integration.sending import PIXEL, TOKEN, counted, ledger

LONGEST_S = 60
RECORDS = 12_000
"""With all copies fewer than the emulator keeps in its books."""
IN_FLIGHT = 4
PAGES = "/destinations/shop.yaml"
SHOP = f"""\
version: 1
destination: tiktok
name: shop
credential:
  access_token: ${{TIKTOK_ACCESS_TOKEN}}
settings:
  event_source: web
  pixel_code: {PIXEL}
mapping:
  preset: segment
"""


class Harness:
    """The command, in a process of its own."""

    def __init__(self, folder, environ):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tiktok_destination", "harness", str(folder), "--port", "0"],
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.origin = self.process.stdout.readline().split()[4]
        self.session = requests.Session()
        self.session.trust_env = False

    def standing(self):
        answer = self.session.get(f"{self.origin}{PAGES}/activity/standing", timeout=LONGEST_S)
        return answer.json()

    def upload(self, content):
        home = self.session.get(self.origin, timeout=LONGEST_S).text
        token = re.search(r'name="form-token" content="([0-9a-f]+)"', home)[1]
        answer = self.session.post(
            f"{self.origin}{PAGES}/activity/upload",
            data={"form_token": token},
            files={"file": ("orders.ndjson", content)},
            timeout=LONGEST_S,
        )
        answer.raise_for_status()

    def until(self, fits):
        ends = time.monotonic() + LONGEST_S
        while not fits(now := self.standing()):
            assert time.monotonic() < ends, {key: now[key] for key in ("state", "entries", "in_line")}
            time.sleep(0.02)
        return now

    def end(self, number):
        """What it wrote on its standard error, and its exit code."""
        self.session.close()
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=LONGEST_S)
        return errors, self.process.returncode


@contextlib.contextmanager
def running(folder, environ):
    harness = Harness(folder, environ)
    try:
        yield harness
    finally:
        if harness.process.poll() is None:
            harness.end(signal.SIGKILL)


def orders(count):
    now = int(time.time())
    return "".join(
        json.dumps(
            {
                "type": "track",
                "event": "Order Completed",
                "messageId": f"e-{at}",
                "timestamp": now - 60,
                "userId": f"user-{at}",
                "context": {"page": {"url": "https://shop.example/thanks"}},
                "properties": {"value": at, "currency": "EUR"},
            }
        )
        + "\n"
        for at in range(1, count + 1)
    ).encode()


def idle(now):
    read = all(one["state"] not in ("waiting", "reading") for one in now["inputs"])
    return read and now["state"] == "idle" and not now["in_line"] and not now["further"]


def test_what_it_said_was_accepted_arrives_after_a_kill_and_giving_the_file_again_brings_the_rest(
    emulator, tmp_path
):
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    environ = {"TIKTOK_BASE_URL": emulator.url, "TIKTOK_ACCESS_TOKEN": TOKEN}
    emulator.admin("faults", [{"kind": "delay", "seconds": 0.4}])
    content = orders(RECORDS)
    with running(tmp_path, environ) as first:
        first.upload(content)
        said = first.until(lambda now: now["entries"] >= 3_000)
        first.end(signal.SIGKILL)
    assert said["inputs"][0]["state"] == "reading"
    emulator.admin("faults", method="DELETE")

    with running(tmp_path, environ) as second:
        now = second.until(idle)
        (told,) = now["inputs"]
        assert (told["name"], told["state"]) == ("orders.ndjson", "broken off")
        accepted = int(
            re.search(r"first ([\d,]+) records were accepted", told["problem"])[1].replace(",", "")
        )
        assert said["entries"] <= accepted < RECORDS
        assert sorted(counted(emulator)) == sorted(f"e-{at}" for at in range(1, accepted + 1))
        copies = [line for line in ledger(emulator) if line["disposition"] == "duplicate"]
        assert len(copies) <= IN_FLIGHT * 1_000

        second.upload(content)
        now = second.until(lambda now: idle(now) and now["inputs"][0]["state"] == "read")
        assert now["inputs"][0]["outcomes"] == {"delivered": RECORDS - accepted, "duplicate": accepted}
        assert sorted(counted(emulator)) == sorted(f"e-{at}" for at in range(1, RECORDS + 1))
        assert second.end(signal.SIGINT) == ("", 0)


def test_what_stays_pending_when_it_is_ended_is_told_and_is_sent_at_the_next_start_unseen(emulator, tmp_path):
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    environ = {
        "TIKTOK_BASE_URL": emulator.url,
        "TIKTOK_ACCESS_TOKEN": "emulator-revoked-00000000000000000000000",
    }
    with running(tmp_path, environ) as first:
        first.upload(orders(30))
        first.until(lambda now: now["state"] == "paused" and now["in_line"] == 30)
        errors, code = first.end(signal.SIGTERM)
    assert "30 events stay pending. They are kept in the outbox" in errors
    assert code == 4

    with running(tmp_path, {**environ, "TIKTOK_ACCESS_TOKEN": TOKEN}) as second:
        ends = time.monotonic() + LONGEST_S
        while len(counted(emulator)) < 30:
            assert time.monotonic() < ends
            time.sleep(0.05)
        assert second.end(signal.SIGINT) == ("", 0)
