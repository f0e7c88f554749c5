"""Records for the demo: web events in the Segment spec and rows of offline orders; some unfit on purpose."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sample_configs.demo_shop import BROWSERS, PRODUCTS, Json, Maker, Mix, write_lines

WEB_RECORDS: Final = 10_000
OFFLINE_ROWS: Final = 5_000


# --- web: the Segment spec, one JSON object a line -------------------------------------------------------------------


def _web_event(maker: Maker, number: int, name: str) -> Json:
    draw, person = maker.draw, maker.draw.choice(maker.people)
    address = f"https://shop.example/{name.lower().replace(' ', '-')}"
    if draw.random() < 0.4:
        address += f"?utm_source=tiktok&ttclid=E.C.P.demo{number:06}"
    traits: Json = {"email": person.email, "phone": person.phone}
    if draw.random() < 0.5:
        traits |= {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "address": {"city": person.city, "country": person.country},
        }
    return {
        "type": "track",
        "event": name,
        "messageId": f"web-{number:06}",
        "timestamp": maker.time(),
        "userId": f"customer-{person.number}",
        "context": {
            "ip": f"203.0.113.{draw.randrange(1, 255)}",
            "userAgent": draw.choice(BROWSERS),
            "locale": draw.choice(("en-GB", "de-DE", "fr-FR", "ja-JP")),
            "page": {"url": address, "referrer": "https://www.example/"},
            "traits": traits,
        },
        "properties": {"currency": draw.choice(("GBP", "EUR", "USD", "SEK"))},
    }


def _browsing(maker: Maker, number: int) -> Json:
    record = _web_event(
        maker, number, maker.draw.choice(("Product Viewed", "Product Added", "Checkout Started"))
    )
    product, name, category, price = maker.draw.choice(PRODUCTS)
    record["properties"] |= {
        "product_id": product, "name": name, "category": category, "price": price, "quantity": 1, "value": price,
    }  # fmt: skip
    return record


def _order(maker: Maker, number: int) -> Json:
    record = _web_event(maker, number, "Order Completed")
    items: list[Json] = [
        {
            "product_id": product,
            "name": name,
            "category": category,
            "price": price,
            "quantity": maker.draw.randint(1, 3),
        }
        for product, name, category, price in maker.draw.sample(PRODUCTS, maker.draw.randint(1, 3))
    ]
    total = round(sum(item["price"] * item["quantity"] for item in items), 2)
    record["properties"] |= {
        "event_id": f"order-{number:06}", "order_id": f"{number:06}", "products": items, "total": total,
    }  # fmt: skip
    return record


def _simple(maker: Maker, number: int) -> Json:
    names = ("Signed Up", "Products Searched", "Form Submitted", "Subscription Created", "Trial Started")
    record = _web_event(maker, number, maker.draw.choice(names))
    if record["event"] == "Products Searched":
        record["properties"]["search_string"] = "красные туфли"
    return record


def _page(maker: Maker, number: int) -> Json:
    record = _web_event(maker, number, "home")
    del record["event"]
    return record | {"type": "page"}


def _named(*names: str) -> Callable[[Maker, int], Json]:
    return lambda maker, number: _web_event(maker, number, maker.draw.choice(names))


def _identify(maker: Maker, number: int) -> Json:
    return {
        "type": "identify",
        "messageId": f"web-{number:06}",
        "timestamp": maker.time(),
        "userId": f"customer-{number}",
    }


def _timed(time: Callable[[Maker], object]) -> Callable[[Maker, int], Json]:
    return lambda maker, number: _browsing(maker, number) | {"timestamp": time(maker)}


def _nobody(maker: Maker, number: int) -> Json:
    record = _browsing(maker, number)
    del record["userId"]
    return record | {
        "context": {"page": {"url": "https://shop.example/"}, "traits": {"email": "unknown", "phone": "0"}}
    }


def _foreign_currency(maker: Maker, number: int) -> Json:
    record = _order(maker, number)
    record["properties"]["currency"] = maker.draw.choice(("XAU", "euro", "BTC"))
    return record


def _hashed(maker: Maker, number: int) -> Json:
    record = _order(maker, number)
    digest = hashlib.sha256(f"customer.{number}@shop.example".encode()).hexdigest()
    record["context"]["traits"] = {"email": maker.draw.choice((digest, digest.upper()))}
    return record


def _broken(maker: Maker, number: int) -> str:
    whole = json.dumps(_browsing(maker, number), ensure_ascii=False)
    return maker.draw.choice(
        (whole[: len(whole) // 2], "null", '["not", "an", "object"]', whole.replace('":', '"=', 1))
    )


_WEB_MIX: Final[Mix] = (
    (400, _browsing),
    (220, _order),
    (100, _simple),
    (100, _page),
    (30, _hashed),
    (20, _foreign_currency),
    (20, _named("Cart Shared", "Purchas", "Viewed Product")),  # no rule maps them
    (20, _named("Product Clicked")),  # off
    (15, _named("Order Refunded", "Order Cancelled")),  # never sent
    (15, _identify),
    (15, _timed(lambda maker: maker.draw.choice(("yesterday", "", "31/12/2026 25:00", None)))),
    (15, _timed(lambda maker: maker.time(youngest_days=40, oldest_days=90))),  # too old
    (10, _timed(lambda maker: maker.time(youngest_days=-3, oldest_days=-1))),  # the future
    (10, _nobody),
    (10, _broken),
)


def write_web(path: Path, *, seed: int, now: float) -> int:
    """Write the web records as NDJSON; how many."""
    return write_lines(path, Maker(seed, now), _WEB_MIX, WEB_RECORDS)


# --- offline: rows of a query, several rows making one order ---------------------------------------------------------

_COLUMNS: Final = (
    "event_set_id", "event", "event_id", "timestamp", "email", "phone", "order_id", "shop_id", "event_channel",
    "currency", "value", "content_type", "content_id", "content_name", "content_category", "price", "quantity",
)  # fmt: skip
_EVENT_SETS = ("7400000000000000001", "7400000000000000011")
Row = dict[str, str]


def _group(maker: Maker, number: int) -> list[Row]:
    draw, person = maker.draw, maker.draw.choice(maker.people)
    order: Row = {
        "event_set_id": draw.choice(_EVENT_SETS),
        "event": "CompletePayment",
        "event_id": f"{draw.getrandbits(128):032x}",
        "timestamp": maker.time(),
        "email": person.email,
        # A national number would be read with the default region of this configuration (US), and be left out.
        "phone": person.phone,
        "order_id": f"POS-{number:05}",
        "shop_id": f"store-{draw.randint(1, 9)}",
        "event_channel": "in_store",
        "currency": draw.choice(("USD", "CAD", "EUR", "JPY")),
        "content_type": "product",
    }
    items = [
        {"content_id": product, "content_name": name, "content_category": category,
         "price": f"{price:.2f}", "quantity": str(draw.randint(1, 4))}
        for product, name, category, price in draw.sample(PRODUCTS, draw.choice((1, 1, 2, 3, 4)))
    ]  # fmt: skip
    total = sum(float(item["price"]) * int(item["quantity"]) for item in items)
    return [order | item | {"value": f"{total:.2f}"} for item in items]


def _changed(**cells: str) -> Callable[[Maker, list[Row]], None]:
    def change(_: Maker, rows: list[Row]) -> None:
        for row in rows:
            row.update(cells)

    return change


def _change_time(youngest_days: float, oldest_days: float) -> Callable[[Maker, list[Row]], None]:
    def change(maker: Maker, rows: list[Row]) -> None:
        time = maker.time(youngest_days=youngest_days, oldest_days=oldest_days)
        for row in rows:
            row["timestamp"] = time

    return change


def _disagree(_: Maker, rows: list[Row]) -> None:
    rows[-1]["currency"] = "GBP"


def _registration(_: Maker, rows: list[Row]) -> None:
    del rows[1:]
    for column in ("currency", "value", "content_type", "content_id", "content_name", "content_category"):
        rows[0][column] = ""
    rows[0] |= {"event": "CompleteRegistration", "price": "", "quantity": "", "order_id": ""}


# How many orders of a thousand are changed, and how.
_OFFLINE_FAULTS: Final[tuple[tuple[int, Callable[[Maker, list[Row]], None]], ...]] = (
    (810, _changed()),
    (60, _registration),
    (30, _changed(event_id="")),  # grouped by order_id, the event id is derived
    (15, _changed(email="", phone="")),
    (15, _changed(currency="XAU")),
    (15, _changed(event="completepayment")),
    (10, _changed(event="StoreVisit")),
    (10, _changed(event_set_id="7400000000000000099")),
    (10, _changed(timestamp="last week")),
    (10, _change_time(40, 90)),
    (5, _change_time(-3, -1)),
    (10, _disagree),
)
_RAGGED_SHARE = 0.005


def write_offline(path: Path, *, seed: int, now: float) -> int:
    """Write the offline rows as CSV; how many."""
    maker = Maker(seed, now)
    weights, changes = zip(*_OFFLINE_FAULTS, strict=True)
    written = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        order = 0
        while written < OFFLINE_ROWS:
            order += 1
            rows = _group(maker, order)
            maker.draw.choices(changes, weights)[0](maker, rows)
            for row in rows[: OFFLINE_ROWS - written]:
                cells = [row.get(column, "") for column in _COLUMNS]
                writer.writerow(cells[:-2] if maker.draw.random() < _RAGGED_SHARE else cells)
                written += 1
    return written
