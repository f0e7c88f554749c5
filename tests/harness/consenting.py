"""An account's owner: goes the way out of a page, allows or refuses at the emulator, and gives back the way home."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import requests
from harness_testing import Browser
from pages import Page
from werkzeug.test import TestResponse

from tiktok_destination.emulator.server import RunningEmulator

ADA, NILS = "6900000000000000002", "6900000000000000004"
SHOP_ACCOUNT = "7012345678901234567"
APP_ID, APP_SECRET = "7200000000000000001", "emulator-secret-000000000000000000000000"
REPORT_EVENTS = "7224195155857866754"
APP = {"client_id": APP_ID, "client_secret": APP_SECRET, "app": "typed", "name": "main"}


def way_out(browser: Browser, answer: TestResponse) -> str:
    """The address of the consent page to which an answer's page leads."""
    page = Page(browser.follow(answer).text)
    return next(link for link in page.links if not link.startswith(("/", "#")))


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def decide(
    emulator: RunningEmulator,
    address: str,
    *,
    user: str = ADA,
    decision: str = "allow",
    accounts: tuple[str, ...] = (SHOP_ACCOUNT,),
    scopes: tuple[str, ...] | None = None,
) -> str:
    """Where the consent page leads back to, as path and query."""
    with requests.Session() as session:
        session.trust_env = False
        url = f"{address}&user_id={user}"
        page = session.get(url, timeout=20)
        fields = re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text)
        form = [
            (name, unescape(value))
            for name, value in fields
            if name not in ("advertiser_id", "scope", "decision")
        ]
        offered = [unescape(value) for name, value in fields if name == "scope"]
        form += [("advertiser_id", one) for one in accounts]
        form += [("scope", one) for one in (offered if scopes is None else scopes)]
        form.append(("decision", decision))
        back = session.post(
            url, data=form, headers={"Origin": emulator.url}, allow_redirects=False, timeout=20
        )
    assert back.status_code == 303, back.text
    split = urlsplit(back.headers["Location"])
    assert f"{split.scheme}://{split.netloc}{split.path}" == "http://127.0.0.1:8790/oauth/callback"
    return f"{split.path}?{split.query}"
