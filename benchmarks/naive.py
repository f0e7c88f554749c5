"""The mapper that one writes by hand in an afternoon: dicts, the standard library, and the same events as the plan's.

It maps the presets `segment` and `amperity` under `CONFIGS` and knows no other configuration, no notes, no reasons and no
damaged records. What it must do is agree: for fit records its events are the plan's (a test compares them).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from urllib.parse import unquote

Json = dict[str, Any]

CURRENCY: Final = "GBP"
REGION: Final = "GB"
PAGE: Final = "https://shop.example/"
"""What the configurations say for records that say nothing."""

_NAMES: Final = {
    "order completed": "Purchase",
    "order placed": "PlaceAnOrder",
    "product viewed": "ViewContent",
    "product added": "AddToCart",
    "product added to wishlist": "AddToWishlist",
    "products searched": "Search",
    "checkout started": "InitiateCheckout",
    "payment info entered": "AddPaymentInfo",
    "signed up": "CompleteRegistration",
    "subscription created": "Subscribe",
    "trial started": "StartTrial",
    "form submitted": "Lead",
    "callback started": "Contact",
    "download link clicked": "Download",
}
_ROW_NAMES: Final = frozenset({
    "AddPaymentInfo", "AddToCart", "CompletePayment", "CompleteRegistration", "Contact", "Download", "PlaceAnOrder",
    "Subscribe",
})  # fmt: skip
_TEXTS: Final = (
    "search_string", "query", "description", "order_id", "shop_id", "city", "region", "country", "origin_airport",
    "destination_airport", "checkin_date", "checkout_date", "departing_departure_date", "departing_arrival_date",
    "returning_departure_date", "returning_arrival_date", "travel_start", "travel_end", "postal_code", "make", "model",
    "trim", "exterior_color", "interior_color", "viewcontent_type", "search_type", "registration_type", "content_type",
    "customer_type", "delivery_category", "travel_class", "state_of_vehicle", "transmission", "body_style", "fuel_type",
    "condition_of_vehicle", "vin",
)  # fmt: skip
_NUMBERS: Final = (
    "predicted_ltv", "user_score", "num_items", "num_adults", "num_children", "num_infants", "preferred_num_stops", "year",
)  # fmt: skip
_LISTS: Final = ("content_ids", "destination_ids", "suggested_hotels", "suggested_destinations")
_AD_TEXTS: Final = (
    "attribution_model", "touchpoint_type", "touchpoint_url", "attribution_method", "decline_reason", "utm_id",
    "utm_source", "utm_medium", "utm_campaign",
)  # fmt: skip
_AD_NUMBERS: Final = (
    "attribution_share", "attribution_value", "attribution_window_hr_click", "attribution_window_hr_view", "touchpoint_ts",
)  # fmt: skip
_ITEM_TEXTS: Final = (
    ("product_id", "content_id"), ("name", "content_name"), ("category", "content_category"), ("brand", "brand"),
)  # fmt: skip
_CALLING: Final = {
    "GB": "44",
    "DE": "49",
    "FR": "33",
    "US": "1",
    "SE": "46",
    "JP": "81",
    "BR": "55",
    "PL": "48",
}
_NOBODY: Final = frozenset(
    {"", "0", "null", "none", "undefined", "unknown", "anonymous", "guest", "n/a", "-", "nan"}
)

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_HEX64: Final = re.compile(r"[0-9a-fA-F]{64}")
_NO_DIGITS: Final = re.compile(r"\D")
_PRIVATE_IP: Final = re.compile(
    r"10\.|127\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|f[cde]|::1$", re.IGNORECASE
)
_CLICK_ID: Final = re.compile(r"[?&]ttclid=([^&#]+)")


def track_events(lines: Iterable[bytes]) -> Iterator[bytes | None]:
    """From lines of NDJSON to events as JSON; None for what makes none."""
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            yield None
            continue
        yield track_event(record)


def track_event(record: Json) -> bytes | None:
    """One call of the Segment spec."""
    kind = record.get("type", "track")
    if kind == "page":
        name: str | None = "Pageview"
    elif kind == "track":
        name = _NAMES.get((record.get("event") or "").strip().lower().replace("_", " "))
    else:
        return None
    moment = record.get("timestamp") or record.get("originalTimestamp")
    if name is None or not moment:
        return None
    context = record.get("context") or {}
    properties = record.get("properties") or {}
    traits = context.get("traits") or record.get("traits") or {}
    page = context.get("page") or {}
    address = page.get("url") or properties.get("url")
    user = _user(record, context, properties, traits, address)
    event: Json = {"event": name, "event_time": _seconds(moment)}
    event_id = properties.get("event_id") or properties.get("eventId") or record.get("messageId")
    if event_id:
        event["event_id"] = str(event_id).strip()
    if user:
        event["user"] = user
    event["page"] = {"url": address or PAGE}
    referrer = page.get("referrer") or properties.get("referrer")
    if address and referrer:
        event["page"]["referrer"] = referrer
    if ad := _ad(properties):
        event["ad"] = ad
    if worth := _properties(properties):
        event["properties"] = worth
    if properties.get("limited_data_use") is not None:
        event["limited_data_use"] = properties["limited_data_use"]
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _user(record: Json, context: Json, properties: Json, traits: Json, address: str | None) -> Json:
    user: Json = {}
    home = properties.get("address") or traits.get("address") or {}
    country = (home.get("country") or "").strip().upper()
    region = country or REGION
    if email := _email(properties.get("email") or traits.get("email")):
        user["email"] = email
    if phone := _phone(properties.get("phone") or traits.get("phone"), region):
        user["phone"] = phone
    hashed = _external_ids(record, context)
    if hashed:
        user["external_id"] = hashed[0] if len(hashed) == 1 else hashed
    if click := properties.get("ttclid") or (address and "ttclid=" in address and _click_id(address)):
        user["ttclid"] = click
    if cookie := properties.get("ttp") or properties.get("_ttp") or record.get("cookie_id"):
        user["ttp"] = cookie
    _place(user, context.get("ip"), context.get("userAgent") or record.get("agent"), context.get("locale"))
    _person(user, properties, traits)
    if home:
        _home(user, home, country, region)
    return user


def _external_ids(record: Json, context: Json) -> list[str]:
    written = [record.get("userId") or record.get("anonymousId")]
    others = context.get("externalId") or ()
    written += [other.get("id") for other in others if other.get("type") == "tiktokExternalId"]
    return [one for one in map(_external_id, written) if one]


def _person(user: Json, properties: Json, traits: Json) -> None:
    for key, names in (("first_name", ("first_name", "firstName")), ("last_name", ("last_name", "lastName"))):
        for name in names:
            if written := properties.get(name) or traits.get(name):
                if digest := _name(written):
                    user[key] = digest
                break


def _home(user: Json, home: Json, country: str, region: str) -> None:
    if home.get("city"):
        user["city"] = _letters(home["city"])
    if home.get("state"):
        user["state"] = _letters(home["state"])
    if country:
        user["country"] = country.lower()
    if code := home.get("postal_code") or home.get("zip"):
        user["zip_code"] = _zip_code(code, region)


def _place(user: Json, ip: str | None, agent: str | None, locale: str | None) -> None:
    if ip and not _PRIVATE_IP.match(ip):
        user["ip"] = ip
    if agent:
        user["user_agent"] = agent
    if locale:
        user["locale"] = locale


def _ad(properties: Json) -> Json:
    ad: Json = {}
    for name in _AD_TEXTS:
        if name in properties:
            ad[name] = str(properties[name]).strip()
    for name in _AD_NUMBERS:
        if name in properties:
            ad[name] = properties[name]
    return ad


def _properties(properties: Json) -> Json:
    event: Json = {}
    for name in _TEXTS:
        if name in properties:
            event[name] = str(properties[name]).strip()
    for name in _NUMBERS:
        if name in properties:
            event[name] = properties[name]
    for name in _LISTS:
        if name in properties:
            event[name] = properties[name]
    products = properties.get("products")
    if products is None and properties.get("product_id"):
        products = [properties]
    _add_items(event, [_item(product) for product in products or ()])
    for name in ("value", "revenue", "total"):
        if properties.get(name) is not None:
            event["value"] = properties[name]
            break
    _add_currency(event, properties.get("currency"))
    return event


def _item(product: Json) -> Json:
    item: Json = {to: str(product[own]).strip() for own, to in _ITEM_TEXTS if product.get(own) is not None}
    if (price := _number(product.get("price"))) is not None:
        item["price"] = price
    if product.get("quantity") is not None:
        item["quantity"] = int(product["quantity"])
    return item


def _add_items(event: Json, items: list[Json]) -> None:
    if not items:
        return
    event["contents"] = items
    if "content_ids" not in event:
        ids = list(dict.fromkeys(item["content_id"] for item in items if "content_id" in item))
        if ids:
            event["content_ids"] = ids
    if "num_items" not in event and all("quantity" in item for item in items):
        event["num_items"] = sum(item["quantity"] for item in items)


def _add_currency(event: Json, currency: str | None) -> None:
    if currency:
        event["currency"] = currency.strip().upper()
    elif "value" in event or any("price" in item for item in event.get("contents", ())):
        event["currency"] = CURRENCY


# --- rows ------------------------------------------------------------------------------------------------------------


def row_events(rows: Iterable[Json]) -> Iterator[bytes | None]:
    """From rows, those of one order side by side, to events."""
    for _, group in groupby(rows, lambda row: (row.get("event"), row.get("event_id") or row.get("order_id"))):
        yield _row_event(list(group))


def _row_event(rows: list[Json]) -> bytes | None:
    first = rows[0]
    if first.get("event") not in _ROW_NAMES or not first.get("timestamp"):
        return None
    event: Json = {
        "event": first["event"],
        "event_time": _seconds(first["timestamp"]),
        "event_id": first["event_id"],
    }
    user: Json = {}
    emails = dict.fromkeys(digest for row in rows if (digest := _email(row.get("email"))))
    phones = dict.fromkeys(digest for row in rows if (digest := _phone(row.get("phone"), REGION)))
    for key, digests in (("email", list(emails)), ("phone", list(phones))):
        if digests:
            user[key] = digests[0] if len(digests) == 1 else digests
    if external_id := _external_id(first.get("external_id")):
        user["external_id"] = external_id
    if first.get("tiktok_click_id"):
        user["ttclid"] = first["tiktok_click_id"]
    if first.get("cookie_id"):
        user["ttp"] = first["cookie_id"]
    _place(user, first.get("ip"), first.get("agent"), first.get("locale"))
    event["user"] = user
    event["page"] = {"url": first.get("page_url") or PAGE}
    if first.get("page_url") and first.get("referrer_url"):
        event["page"]["referrer"] = first["referrer_url"]
    if properties := _row_properties(rows):
        event["properties"] = properties
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


def _row_properties(rows: list[Json]) -> Json:
    first = rows[0]
    properties: Json = {
        name: first[name]
        for name in ("content_type", "order_id", "shop_id", "description")
        if first.get(name)
    }
    items = []
    for row in rows:
        item = {
            name: row[name]
            for name in ("content_id", "content_name", "content_category", "brand")
            if row.get(name)
        }
        if (price := _number(row.get("price"))) is not None:
            item["price"] = price
        if row.get("quantity") not in (None, ""):
            item["quantity"] = int(row["quantity"])
        if item:
            items.append(item)
    _add_items(properties, items)
    if items and len(items) == len(rows) and all("price" in item and "quantity" in item for item in items):
        properties["value"] = round(sum(item["price"] * item["quantity"] for item in items), 2)
    elif (value := _number(first.get("value"))) is not None:
        properties["value"] = value
    _add_currency(properties, first.get("currency"))
    return properties


# --- normalising -----------------------------------------------------------------------------------------------------


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return None


def _seconds(moment: Any) -> int | None:
    if isinstance(moment, int | float):
        return int(moment if moment < 10**11 else moment / 1000)
    try:
        return int(datetime.fromisoformat(moment).timestamp())
    except ValueError:
        return None


def _email(written: str | None) -> str | None:
    text = (written or "").strip().lower()
    if _HEX64.fullmatch(text):
        return text
    return _sha256(text) if text not in _NOBODY and _EMAIL.fullmatch(text) else None


def _phone(written: str | None, region: str) -> str | None:
    text = (written or "").strip()
    if text.lower() in _NOBODY:
        return None
    if _HEX64.fullmatch(text):
        return text.lower()
    digits = _NO_DIGITS.sub("", text)
    if not text.startswith("+"):
        digits = _CALLING.get(region, "") + digits.removeprefix("0")
    return _sha256("+" + digits) if 7 <= len(digits) <= 15 else None


def _external_id(written: Any) -> str | None:
    text = str(written or "").strip()
    if text.lower() in _NOBODY:
        return None
    return text.lower() if _HEX64.fullmatch(text) else _sha256(text)


def _name(written: str) -> str | None:
    kept = "".join(sign for sign in written.strip().lower() if unicodedata.category(sign)[0] != "P").strip()
    return _sha256(kept) if kept else None


def _letters(written: str) -> str:
    return "".join(sign for sign in written.lower() if sign.isalnum())


def _zip_code(written: str, region: str) -> str:
    kept = "".join(written.lower().split()).replace("-", "")
    return _sha256(kept[:5] if region == "US" else kept)


def _click_id(address: str) -> str | None:
    found = _CLICK_ID.search(address)
    return unquote(found[1]) if found else None
