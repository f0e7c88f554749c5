"""More records for the demo: what happens in the shop's app, and what its sales team makes of leads; some unfit on purpose.

Both are in the Segment spec, for the sample configurations segment-app and segment-crm.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sample_configs.demo_shop import BROWSERS, PRODUCTS, Json, Maker, Mix, write_lines

APP_RECORDS: Final = 1_500
CRM_RECORDS: Final = 1_000


# --- app ---------------------------------------------------------------------------------------------------------------


def _device_id(maker: Maker) -> str:
    return str(uuid.UUID(int=maker.draw.getrandbits(128), version=4))


def _app_event(maker: Maker, number: int, name: str) -> Json:
    draw, person = maker.draw, maker.draw.choice(maker.people)
    apple = draw.random() < 0.5
    traits: Json = {"email": person.email, "phone": person.phone} if draw.random() < 0.4 else {}
    return {
        "type": "track",
        "event": name,
        "messageId": f"app-{number:06}",
        "timestamp": maker.time(),
        "userId": f"customer-{person.number}",
        "context": {
            "app": {"namespace": "com.example.shop", "name": "Example Shop", "version": draw.choice(("4.1.0", "4.2.0"))},
            "device": {
                "type": "ios" if apple else "android",
                "id": _device_id(maker),
                "advertisingId": _device_id(maker),
                "adTrackingEnabled": draw.random() < 0.7,
            },
            "os": {"name": "iOS", "version": draw.choice(("13.7", "18.4", "19.1"))} if apple else {"name": "Android"},
            "ip": f"203.0.113.{draw.randrange(1, 255)}",
            "userAgent": BROWSERS[0] if apple else BROWSERS[2],
            "traits": traits,
        },
        "properties": {},
    }  # fmt: skip


def _named_in_app(*names: str) -> Callable[[Maker, int], Json]:
    return lambda maker, number: _app_event(maker, number, maker.draw.choice(names))


def _installed(maker: Maker, number: int) -> Json:
    record = _app_event(maker, number, "Application Installed")
    record["properties"] = {
        "callback": f"exampleCallback{number:06}",
        "campaign": {"campaign_id": "1800000000000000001", "ad_group_id": "1800000000000000011"},
        "attributed": True,
    }
    return record


def _bought(maker: Maker, number: int) -> Json:
    record = _app_event(
        maker, number, maker.draw.choice(("Product Viewed", "Product Added", "Order Completed"))
    )
    product, name, category, price = maker.draw.choice(PRODUCTS)
    record["properties"] = {
        "currency": maker.draw.choice(("EUR", "USD", "GBP")),
        "value": price,
        "order_id": f"A-{number:05}",
        "products": [
            {"product_id": product, "name": name, "category": category, "price": price, "quantity": 1}
        ],
    }
    return record


def _without_app_id(maker: Maker, number: int) -> Json:
    record = _app_event(maker, number, "Application Opened")
    del record["context"]["app"]
    return record


def _nobodys_device(maker: Maker, number: int) -> Json:
    record = _app_event(maker, number, "Application Opened")
    record["context"] = {"app": record["context"]["app"], "device": {"advertisingId": str(uuid.UUID(int=0))}}
    return record


def _screen(maker: Maker, number: int) -> Json:
    return _app_event(maker, number, "Basket") | {"type": "screen"}


def _at(youngest_days: float, oldest_days: float) -> Callable[[Maker, int], Json]:
    def make(maker: Maker, number: int) -> Json:
        time = maker.time(youngest_days=youngest_days, oldest_days=oldest_days)
        return _app_event(maker, number, "Application Opened") | {"timestamp": time}

    return make


def _cut_off(maker: Maker, number: int) -> str:
    whole = json.dumps(_app_event(maker, number, "Signed In"), ensure_ascii=False)
    return whole[: len(whole) // 2]


_APP_MIX: Final[Mix] = (
    (300, _named_in_app("Application Opened")),
    (200, _installed),
    (280, _bought),
    (80, _named_in_app("Signed In", "Signed Up", "Level Completed", "Products Searched")),
    (30, _without_app_id),  # settings.app_id stands in
    (20, _named_in_app("Form Submitted", "Order Placed")),  # no events of an app
    (20, _named_in_app("Basket Shaken", "Aplication Opened")),  # no rule maps them
    (20, _screen),
    (15, _nobodys_device),
    (15, _at(40, 90)),  # too old
    (10, _at(-3, -1)),  # the future
    (10, _cut_off),
)


def write_app(path: Path, *, seed: int, now: float) -> int:
    """Write the app records as NDJSON; how many."""
    return write_lines(path, Maker(seed, now), _APP_MIX, APP_RECORDS)


# --- crm ---------------------------------------------------------------------------------------------------------------


def _stage(*stages: str) -> Callable[[Maker, int], Json]:
    def make(maker: Maker, number: int) -> Json:
        person = maker.draw.choice(maker.people)
        return {
            "type": "track",
            "event": maker.draw.choice(stages),
            "messageId": f"crm-{number:06}",
            "timestamp": maker.time(),
            "properties": {
                "lead_id": f"73000000000{number:08}",
                "lead_event_source": "Example CRM",
                "email": person.email,
                "phone": person.phone,
            },
        }

    return make


def _won(maker: Maker, number: int) -> Json:
    record = _stage("Deal Won")(maker, number)
    amount = maker.draw.randrange(500, 20_000)
    record["properties"] |= {"order_id": f"D-{number:05}", "value": amount, "currency": "EUR"}
    return record


def _without_lead(maker: Maker, number: int) -> Json:
    record = _stage("Lead Qualified")(maker, number)
    record["properties"]["lead_id"] = maker.draw.choice((None, "", "unknown"))
    return record


def _without_message_id(maker: Maker, number: int) -> Json:
    record = _stage("Lead Qualified")(maker, number)
    del record["messageId"]
    return record


def _undated(maker: Maker, number: int) -> Json:
    return _stage("Lead Qualified")(maker, number) | {"timestamp": maker.draw.choice(("last quarter", ""))}


def _stale(maker: Maker, number: int) -> Json:
    return _stage("Meeting Booked")(maker, number) | {
        "timestamp": maker.time(youngest_days=40, oldest_days=90)
    }


_CRM_MIX: Final[Mix] = (
    (500, _stage("Lead Qualified", "Meeting Booked")),
    (200, _won),
    (100, _stage("Deal Lost")),  # off
    (50, _without_message_id),  # the event id is derived
    (40, _without_lead),
    (40, _stage("Proposal Sent")),  # no rule maps it
    (40, _stale),
    (30, _undated),
)


def write_crm(path: Path, *, seed: int, now: float) -> int:
    """Write the CRM records as NDJSON; how many."""
    return write_lines(path, Maker(seed, now), _CRM_MIX, CRM_RECORDS)
