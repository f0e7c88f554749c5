"""Records, configurations and readers for the tests of the command line."""

import json
import sys
import time
from pathlib import Path

import sample_configs

SAMPLES = Path(sample_configs.__file__).parent
TOKEN = "emulator-token-0000000000000000000000000"
REVOKED = {"kind": "code", "code": 40105}
"""The emulator's fault that makes a run pause."""
COMMAND = [sys.executable, "-m", "tiktok_destination"]

CONFIG = """\
version: 1
destination: tiktok
name: test-shop
enabled: {enabled}
credential:
  access_token: ${{TIKTOK_ACCESS_TOKEN}}
delivery:
  patience_s: {patience_s}
settings:
  event_source: web
  pixel_code: {pixel_code}
mapping:
  preset: segment
"""


def record(number, name="Signed Up", **changes):
    """A record of the Segment spec that can be sent."""
    return {
        "type": "track",
        "event": name,
        "messageId": f"id-{number}",
        "timestamp": time.time() - 60,
        "userId": f"user-{number}",
        "context": {"page": {"url": "https://shop.example/"}},
    } | changes


def wait_until(happened):
    while not happened():  # the test's own time limit ends a wait in vain
        time.sleep(0.02)


def ledger(emulator):
    """What the receiver has written down."""
    return emulator.admin("ledger?limit=5000", method="GET")["lines"]


def counted(emulator):
    """The event ids that count."""
    return sorted(line["event_id"] for line in ledger(emulator) if line["disposition"] == "counted")


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def contents(folder):
    """What a data folder holds, but for what SQLite shares between processes while they look."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


APP_CONFIG = """\
version: 1
destination: tiktok
name: test-app
credential:
  access_token: ${TIKTOK_ACCESS_TOKEN}
settings:
  event_source: app
  tiktok_app_id: "7350000000000000003"
  app_id: com.example.shop
mapping:
  preset: segment
  app_events: true
"""


def app_record(number):
    """A record of the Segment spec that can be sent as an app event: TikTok knows no copies of these."""
    context = {
        "app": {"namespace": "com.example.shop"},
        "device": {
            "type": "android",
            "advertisingId": "c9a2f1d0-3b64-4e85-a7f9-0d1e2c3b4a59",
            "adTrackingEnabled": True,
        },
        "os": {"name": "Android"},
        "ip": "203.0.113.25",
        "userAgent": "Mozilla/5.0 (Linux; Android 17; Pixel 11) AppleWebKit/537.36 (KHTML, like Gecko)",
    }
    return record(number, "Application Opened", context=context)
