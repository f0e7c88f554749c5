"""A shop's events, drawn from a seed: track and page calls of the Segment spec, and flat rows as a warehouse exports them.

Most are fit, in the shares of a real shop; a few are what real shops send as well: texts in place of numbers, addresses
that are none, lines cut short.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from benchmarks.people import Visitor, digits, visitor

Json = dict[str, Any]

NOW: Final = 1_795_176_000.0
"""2026-11-20T12:00:00Z: the moment of judging. All events lie in the twenty days before."""
_DAYS_S: Final = 20 * 86_400

_PRODUCTS: Final = tuple(
    (f"{name[:3].lower()}-{number:03}", f"{adjective} {name}", category, 5 + (number * 37 % 190) + 0.9, brand)
    for number, (adjective, name, category, brand) in enumerate(
        (adjective, name, category, brand)
        for adjective in ("Classic", "Light", "Übergroße", "Café")
        for name, category in (("Shoe", "Shoes"), ("Shirt", "Clothes"), ("Lamp", "Home"), ("Cup", "Home"), ("Bag", "Bags"))
        for brand in ("Nord", "Sol")
    )
)  # fmt: skip


class Shop:
    """Draws everything; the same seed gives the same events."""

    def __init__(self, seed: int, visitors: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311 - nothing here is secret
        self._visitors = [visitor(self.draw, number) for number in range(visitors)]

    def visitor(self) -> Visitor:
        """Whoever comes next."""
        return self.draw.choice(self._visitors)

    def chance(self, share: float) -> bool:
        """True that often."""
        return self.draw.random() < share

    def time(self) -> str:
        """A moment as a browser writes it."""
        moment = datetime.fromtimestamp(NOW - self.draw.uniform(60, _DAYS_S), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"

    def products(self, most: int) -> list[tuple[tuple[str, str, str, float, str], int]]:
        """Different products, and how many of each."""
        chosen = self.draw.sample(_PRODUCTS, self.draw.randint(1, most))
        return [(product, self.draw.choices((1, 2, 3), (80, 15, 5))[0]) for product in chosen]

    def hex(self, length: int) -> str:
        """That many hex digits."""
        return f"{self.draw.getrandbits(length * 4):0{length}x}"


# --- the Segment spec ------------------------------------------------------------------------------------------------

_CALLS: Final = {
    "Product Viewed": 34,
    "Product Added": 17,
    "Products Searched": 8,
    "Checkout Started": 9,
    "Payment Info Entered": 6,
    "Order Completed": 11,
    "Signed Up": 3,
    "Product Added to Wishlist": 2,
    "page": 8,
    "Promotion Viewed": 1.5,  # no rule knows it
    "Order Refunded": 0.5,  # never sent
}
_OF_ONE_PRODUCT: Final = frozenset({"Product Viewed", "Product Added", "Product Added to Wishlist"})
_OF_A_CART: Final = frozenset(
    {"Checkout Started", "Payment Info Entered", "Order Completed", "Order Refunded"}
)
_DAMAGED: Final = 0.03


def track_lines(seed: int, count: int) -> Iterator[bytes]:
    """Calls of the Segment spec, one JSON object a line, without line breaks."""
    shop = Shop(seed, visitors=max(100, count // 8))
    for number in range(count):
        event = track_event(shop, number)
        damage = shop.draw.choice(_DAMAGES) if shop.chance(_DAMAGED) else None
        if damage is not None:
            damage(event)
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        yield line[: len(line) // 2] if damage is _cut_short else line


def track_event(shop: Shop, number: int) -> Json:
    """One call that is fit."""
    name = shop.draw.choices(tuple(_CALLS), tuple(_CALLS.values()))[0]
    who = shop.visitor()
    moment = shop.time()
    address = f"https://shop.example/{name.lower().replace(' ', '-')}/{shop.hex(6)}"
    search = (
        "?utm_source=tiktok&utm_medium=paid&utm_campaign=autumn&ttclid=E.C.P." + shop.hex(48)
        if shop.chance(0.25)
        else ""
    )
    event: Json = {
        "anonymousId": f"{shop.hex(8)}-{shop.hex(4)}-4{shop.hex(3)}-a{shop.hex(3)}-{shop.hex(12)}",
        "channel": "browser",
        "context": {
            "app": {"name": "shop-front", "build": "4211", "version": "4.21.1"},
            "campaign": {"source": "tiktok", "medium": "paid", "name": "autumn"} if search else {},
            "consent": {"categoryPreferences": {"advertising": True, "analytics": True, "functional": True}},
            "ip": who.ip,
            "library": {"name": "analytics.js", "version": "next-1.81.0"},
            "locale": who.country.locale,
            "page": {
                "path": address.removeprefix("https://shop.example"),
                "referrer": "https://www.example/search?q=shoes" if shop.chance(0.6) else "",
                "search": search,
                "title": f"{name} | The Shop",
                "url": address + search,
                "initial_referrer": "https://www.example/",
            },
            "screen": {"width": 1440, "height": 900, "density": 2, "innerWidth": 1380, "innerHeight": 741},
            "sessionId": shop.draw.randrange(10**12),
            "timezone": "Europe/Berlin",
            "userAgent": who.browser,
            "userAgentData": {
                "brands": [
                    {"brand": "Chromium", "version": "149"},
                    {"brand": "Google Chrome", "version": "149"},
                    {"brand": "Not?A_Brand", "version": "24"},
                ],
                "mobile": False,
                "platform": "macOS",
            },
            "groupId": "storefront-eu",
            "network": {"bluetooth": False, "cellular": False, "wifi": True, "carrier": "none", "effectiveType": "4g"},
            "experiments": [{"id": "exp-checkout-2211", "variant": "b"}, {"id": "exp-search-1907", "variant": "control"}],
        },
        "integrations": {"All": True, "Warehouse": {"dataset": "web_prod"}},
        "messageId": f"ajs-next-{number:010}-{shop.hex(12)}",
        "originalTimestamp": moment,
        "properties": _properties(shop, name, address),
        "receivedAt": moment,
        "sentAt": moment,
        "timestamp": moment,
        "type": "track",
        "event": name,
        "version": 2,
    }  # fmt: skip
    if name == "page":
        del event["event"]
        event |= {"type": "page", "name": "Home"}
    if shop.chance(0.7):
        event["properties"]["ttp"] = shop.hex(26)
    if shop.chance(0.02):
        event["properties"]["limited_data_use"] = True
    if shop.chance(0.7):
        event["userId"] = f"customer-{who.number}"
        event["context"]["traits"] = _traits(shop, who)
    return event


def _traits(shop: Shop, who: Visitor) -> Json:
    """A known person: always an e-mail, mostly a phone, for half of them name and address."""
    traits: Json = {
        "email": who.email,
        "logins": shop.draw.randrange(500),
        "plan": "plus",
        "createdAt": "2024-03-01T09:00:00Z",
    }
    if shop.chance(0.03):
        traits["email"] = shop.hex(64)  # hashed by the shop already
    in_full = shop.chance(0.5)
    if shop.chance(0.8):
        # How a national number is meant, its country says.
        traits["phone"] = who.written_phone if in_full else who.phone
    if in_full:
        traits |= {"firstName": who.first_name, "lastName": who.last_name}
        traits["address"] = {
            "street": f"{shop.draw.randrange(1, 300)} High Street",
            "city": who.city,
            "state": who.state,
            "postal_code": who.zip_code,
            "country": who.country.code,
        }
    return traits


def _properties(shop: Shop, name: str, address: str) -> Json:
    if name == "page":
        return {"url": address, "title": "Home", "path": "/"}
    if name == "Products Searched":
        return {
            "query": shop.draw.choice(("red shoes", "красные туфли", "lámpara", "cup")),
            "results": 24,
            "filters": [],
        }
    if name in _OF_ONE_PRODUCT:
        ((product, quantity),) = shop.products(1)
        item = _product(shop, product, quantity, 1)
        return {
            **item,
            "currency": shop.draw.choice(("GBP", "EUR", "USD")),
            "value": round(product[3] * quantity, 2),
        }
    if name in _OF_A_CART:
        products = shop.products(5)
        total = round(sum(product[3] * quantity for product, quantity in products), 2)
        cart: Json = {
            "order_id": digits(shop.draw, "#########"),
            "affiliation": "Online shop",
            "revenue": total,
            "total": round(total + 4.9, 2),
            "shipping": 4.9,
            "tax": round(total * 0.19, 2),
            "coupon": "AUTUMN",
            "products": [_product(shop, *product, at) for at, product in enumerate(products, start=1)],
        }
        if shop.chance(0.9):
            cart["currency"] = shop.draw.choice(("GBP", "EUR", "USD", "SEK", "JPY"))
        return cart
    return {"method": "email", "step": 2}


def _product(shop: Shop, product: tuple[str, str, str, float, str], quantity: int, position: int) -> Json:
    identifier, name, category, price, brand = product
    return {
        "product_id": identifier,
        "sku": f"{identifier}-{shop.hex(4)}",
        "name": name,
        "category": category,
        "brand": brand,
        "variant": "blue / 42",
        "price": price,
        "quantity": quantity,
        "position": position,
        "url": f"https://shop.example/p/{identifier}",
        "image_url": f"https://cdn.shop.example/i/{identifier}/1280.jpg",
    }


# --- what is wrong with some of them ---------------------------------------------------------------------------------


def _set(place: str, key: str, value: Any) -> Callable[[Json], None]:
    def damage(event: Json) -> None:
        target: Json = event
        for step in place.split("."):
            target = target.setdefault(step, {}) if step else target
        target[key] = value

    return damage


def _numbers_as_texts(event: Json) -> None:
    for item in (event["properties"], *event["properties"].get("products", ())):
        for key in ("price", "quantity"):
            if key in item:
                item[key] = str(item[key])


def _numeric_ids(event: Json) -> None:
    event["userId"] = 4_211_000_777
    for item in (event["properties"], *event["properties"].get("products", ())):
        if "product_id" in item:
            item["product_id"] = 90_210


def _without_time(event: Json) -> None:
    for key in ("timestamp", "originalTimestamp"):
        del event[key]


def _cut_short(event: Json) -> None:
    """The line is cut where it is written."""


_DAMAGES: Final[tuple[Callable[[Json], None], ...]] = (
    _set("context.traits", "email", "not an address"),
    _set("context.traits", "phone", "please don't call"),
    _set("context", "ip", "10.0.0.7"),
    _set("properties", "currency", "XBT"),
    _set("properties", "value", "twelve"),
    _set("", "timestamp", 1_795_000_000_000),
    _set("", "userId", None),
    _numbers_as_texts,
    _numeric_ids,
    _without_time,
    _cut_short,
)


# --- flat rows -------------------------------------------------------------------------------------------------------

COLUMNS: Final = (
    "event", "event_id", "timestamp", "email", "phone", "external_id", "ip", "agent", "locale", "cookie_id",
    "tiktok_click_id", "page_url", "referrer_url", "currency", "value", "order_id", "content_id", "content_name",
    "content_category", "price", "quantity", "brand", "content_type", "description",
)  # fmt: skip
_ROW_EVENTS: Final = {
    "CompletePayment": 30,
    "AddToCart": 30,
    "PlaceAnOrder": 15,
    "AddPaymentInfo": 10,
    "CompleteRegistration": 10,
    "Subscribe": 4,
    "Refund": 1,  # a name that TikTok does not take
}
_OF_ROWS: Final = frozenset({"CompletePayment", "PlaceAnOrder", "AddPaymentInfo"})


def rows(seed: int, count: int) -> Iterator[Json]:
    """Rows of events; those of one order stand together. Empty cells are None."""
    shop = Shop(seed, visitors=max(100, count // 8))
    made = 0
    while made < count:
        for row in _event_rows(shop, made)[: count - made]:
            made += 1
            yield row


def _event_rows(shop: Shop, number: int) -> list[Json]:
    name = shop.draw.choices(tuple(_ROW_EVENTS), tuple(_ROW_EVENTS.values()))[0]
    who = shop.visitor()
    known = shop.chance(0.85)
    ordered = name in _OF_ROWS
    head = dict.fromkeys(COLUMNS) | {
        "event": name,
        "event_id": f"evt-{number:08}-{shop.hex(12)}",
        "timestamp": shop.time(),
        "email": who.email if known else None,
        "phone": who.phone if known and shop.chance(0.7) else None,
        "external_id": f"amp-{who.number:07}-{shop.hex(8)}" if shop.chance(0.9) else None,
        "ip": who.ip,
        "agent": who.browser,
        "locale": who.country.locale,
        "cookie_id": shop.hex(26),
        "tiktok_click_id": "E.C.P." + shop.hex(48) if shop.chance(0.3) else None,
        "page_url": f"https://shop.example/thanks/{shop.hex(6)}",
        "referrer_url": "https://www.example/" if shop.chance(0.5) else None,
        "order_id": digits(shop.draw, "#########") if ordered else None,
    }
    if name not in _OF_ROWS | {"AddToCart"}:
        return [_damaged_row(shop, head)]
    products = shop.products(4 if ordered else 1)
    currency = shop.draw.choice(("GBP", "EUR", "USD"))
    total = round(sum(product[3] * quantity for product, quantity in products), 2)
    return [
        _damaged_row(
            shop,
            head
            | {
                "currency": currency,
                "value": total,
                "content_id": identifier,
                "content_name": title,
                "content_category": category,
                "price": price,
                "quantity": quantity,
                "brand": brand,
                "content_type": "product",
                "description": "Autumn order",
            },
        )
        for (identifier, title, category, price, brand), quantity in products
    ]


_ROW_DAMAGES: Final[tuple[Json, ...]] = (
    {"email": "not an address"},
    {"phone": "please don't call"},
    {"ip": "10.0.0.7"},
    {"currency": "XBT"},
    {"price": "a lot"},
    {"timestamp": "yesterday"},
)


def _damaged_row(shop: Shop, row: Json) -> Json:
    return row | shop.draw.choice(_ROW_DAMAGES) if shop.chance(0.01) else row
