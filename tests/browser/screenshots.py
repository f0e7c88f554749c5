"""`make screenshots`: every page, on phone and laptop, in light and dark, into screenshots/; two of them for the README.

The pages show a workspace in use: a destination that its owner has connected, a file that was sent, a record explained.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.browser.test_reauthorisation_story import consent
from tests.browser.watching import LAPTOP, PHONE, Watched, chromium
from tests.credentials.conftest import SEED
from tests.harness_run import SHOP, running_harness
from tests.portal_walk import APP_ID, APP_SECRET
from tiktok_destination.emulator.server import start

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "screenshots"
README = {"try-laptop-light": "try.png", "activity-laptop-light": "activity.png"}
BEGINNING_PX = 1_080
PAGES = "/destinations/shop.yaml"
CONSENT = (
    f"/portal/auth?app_id={APP_ID}&state=s&redirect_uri=http%3A%2F%2F127.0.0.1%3A8791%2Foauth%2Fcallback"
)
VARIANTS = {
    f"{size}-{scheme}": (viewport, scheme == "dark")
    for size, viewport in (("phone", PHONE), ("laptop", LAPTOP))
    for scheme in ("light", "dark")
}


def order(number: int, **changes: object) -> dict[str, object]:
    return {
        "type": "track",
        "event": "Order Completed",
        "messageId": f"order-{number}",
        "timestamp": int(time.time()) - 60 * number,
        "userId": f"customer-{number}",
        "context": {
            "page": {"url": "https://shop.example/thanks?ttclid=E.C.P.example"},
            "ip": "203.0.113.9",
            "userAgent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X)",
            "traits": {"email": f"kim.{number}@mail.example", "phone": "+44 7700 900123"},
        },
        "properties": {
            "order_id": str(1000 + number),
            "value": 59.9,
            "currency": "EUR",
            "products": [{"product_id": "shoe-42", "name": "Running shoe", "price": 59.9, "quantity": 1}],
        },
        **changes,
    }


def records() -> bytes:
    good = [order(number) for number in range(1, 41)]
    odd = [
        order(41, timestamp="yesterday"),
        order(42, userId=None, context={}),
        order(43, event="Cart Shared"),
        order(44, event="Order Refunded"),
        order(1),
        order(45, timestamp=1_700_000_000),
    ]
    return "".join(f"{json.dumps(one)}\n" for one in [*good, *odd]).encode()


def prepare(window: Watched, origin: str) -> None:
    """Connect as an owner does, and send a file."""
    page = window.page
    page.goto(f"{origin}{PAGES}/connect")
    page.get_by_label("App id").fill(APP_ID)
    page.get_by_label("App secret").fill(APP_SECRET)
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("link", name=re.compile("Go on|Continue|Leave|consent", re.IGNORECASE)).first.click()
    consent(page)
    page.goto(f"{origin}{PAGES}/activity")
    upload = {"name": "orders.ndjson", "mimeType": "application/x-ndjson", "buffer": records()}
    page.get_by_label("A file of yours").set_input_files(upload)
    page.get_by_role("button", name="Send the file").click()
    page.get_by_text(re.compile(r"40\s+delivered|delivered\s+40")).first.wait_for()


def show_each(window: Watched, origin: str, emulator: str) -> list[tuple[str, bytes, bytes]]:
    """Name, whole picture and beginning of each page, in this window."""
    page, taken = window.page, []

    def take(name: str) -> None:
        beginning = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": BEGINNING_PX}
        taken.append((name, page.screenshot(full_page=True), page.screenshot(full_page=True, clip=beginning)))

    for name, address in (
        ("destinations", f"{origin}/"),
        ("configure", f"{origin}{PAGES}/configure"),
        ("connect", f"{origin}{PAGES}/connect"),
        ("activity", f"{origin}{PAGES}/activity"),
        ("consent-who", emulator + CONSENT),
        ("emulator", f"{emulator}/"),
        ("emulator-accounts", f"{emulator}/accounts"),
    ):
        page.goto(address)
        take(name)
    page.goto(emulator + CONSENT)
    page.get_by_role("link", name=re.compile("Oda Operator")).click()
    take("consent")
    page.goto(f"{origin}{PAGES}/try")
    page.get_by_label("As JSON").fill(json.dumps(order(7), indent=2))
    page.get_by_role("button", name="Explain", exact=True).click()
    page.get_by_text("context.traits.email").first.wait_for()
    take("try")
    page.goto(f"{origin}{PAGES}/activity")
    page.get_by_role("link", name=re.compile("rejected", re.IGNORECASE)).first.click()
    page.get_by_text("event_time_unreadable").first.wait_for()
    take("activity-rejected")
    return taken


def main() -> int:
    """Take them all."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    images = ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as temporary, start(SEED) as emulator, chromium() as browser:
        folder = Path(temporary) / "destinations"
        folder.mkdir()
        (folder / "shop.yaml").write_text(SHOP, encoding="utf-8")
        with running_harness(folder, {"TIKTOK_BASE_URL": emulator.url}) as origin:
            first = Watched(browser)
            prepare(first, origin)
            first.close()
            for variant, (viewport, dark) in VARIANTS.items():
                window = Watched(browser, viewport=viewport, dark=dark)
                for name, whole, beginning in show_each(window, origin, emulator.url):
                    (FOLDER / f"{name}-{variant}.png").write_bytes(whole)
                    if f"{name}-{variant}" in README:
                        images.mkdir(exist_ok=True)
                        (images / README[f"{name}-{variant}"]).write_bytes(beginning)
                window.close()
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} pictures in {FOLDER.name}/\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
