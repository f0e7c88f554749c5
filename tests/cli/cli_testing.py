"""Records, configurations and readers for the tests of the command line."""

import json
import sys
import time
from pathlib import Path

import sample_configs

SAMPLES = Path(sample_configs.__file__).parent
TOKEN = "emulator-token-0000000000000000000000000"
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


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]
