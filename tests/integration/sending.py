"""The plugin and the host runtime against the emulator, over loopback HTTP, as a host drives them."""

import json
import logging
import random
import threading
import time
from pathlib import Path

import requests

from plugin_spec import Credential, DestinationManager, Record, Services
from tiktok_destination.delivery import DeliverySettings, MemoryQueue, deliver

SEED = Path(__file__).parent.parent.parent / "sample_configs" / "emulator_seed.json"
TOKEN = "emulator-token-0000000000000000000000000"
PIXEL = "C0PIXELCODE00000001A"
WEB = {"event_source": "web", "pixel_code": PIXEL}


def purchases(count, **changes):
    now = int(time.time())
    for at in range(1, count + 1):
        yield Record(
            at,
            json.dumps(
                {
                    "type": "track",
                    "event": "Order Completed",
                    "messageId": f"e-{at}",
                    "timestamp": now - at,
                    "userId": f"user-{at}",
                    "context": {"page": {"url": "https://shop.example/thanks"}},
                    "properties": {"value": at, "currency": "EUR"},
                    **changes,
                }
            ).encode(),
        )


def send(
    emulator, records, *, settings=WEB, token=TOKEN, in_flight=4, patience_s=60, sleep=None, mapping=None
):
    """Outcomes in input order, and how many requests it took."""
    config = {"name": "test", "settings": settings, "mapping": mapping or {"preset": "segment"}}
    delivery = DeliverySettings(patience_s=patience_s, in_flight=in_flight)
    return send_as_configured(emulator, config, records, token=token, delivery=delivery, sleep=sleep)


def send_as_configured(emulator, config, records, *, token=TOKEN, delivery=None, sleep=None, now=None):
    """As `send`, with a whole configuration of the plugin; `now`, in Unix seconds, is a clock that stands still."""
    clock = time.time if now is None else lambda: now
    destination = DestinationManager().load("tiktok")
    plan = destination.compile(config)
    services = Services(
        clock=clock,
        monotonic=time.monotonic,
        sleep=sleep or time.sleep,
        random=random.Random(7),
        http_session=requests.Session,
        logger=logging.getLogger("test"),
        environ={"TIKTOK_BASE_URL": emulator.url},
    )
    sender = destination.open(config, Credential("test", token), services)
    calls = Counting(sender)
    outcomes = []
    deliver(
        plan.prepare(records, clock),
        sender=calls,
        about=destination.about,
        settings=delivery or DeliverySettings(patience_s=60, in_flight=4),
        services=services,
        queue=MemoryQueue(),
        on_outcomes=outcomes.extend,
        stop=threading.Event(),
    )
    sender.close()
    return outcomes, calls


class Counting:
    """A sender that counts what passes."""

    def __init__(self, sender):
        self.sender = sender
        self.calls = 0
        self._lock = threading.Lock()

    def send(self, batch_key, bodies):
        with self._lock:
            self.calls += 1
        return self.sender.send(batch_key, bodies)

    def close(self):
        self.sender.close()


def ledger(emulator):
    lines, after = [], 0
    while True:
        page = emulator.admin(f"ledger?after={after}&limit=5000", method="GET")["lines"]
        if not page:
            return lines
        lines += page
        after = page[-1]["sequence"]


def counted(emulator):
    return [line["event_id"] for line in ledger(emulator) if line["disposition"] == "counted"]
