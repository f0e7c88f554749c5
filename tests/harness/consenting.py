"""The way of an account's owner: out of a page, through the emulated consent page, and home."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from harness_testing import ORIGIN, Browser
from pages import Page
from werkzeug.test import TestResponse

from tests.portal_walk import ADMIN, APP_ID, APP_SECRET, SHOP, Person

APP = {"client_id": APP_ID, "client_secret": APP_SECRET, "app": "typed", "name": "main"}


def way_out(browser: Browser, answer: TestResponse) -> str:
    """The address of the consent page to which an answer's page leads."""
    page = Page(browser.follow(answer).text)
    return next(link for link in page.links if not link.startswith(("/", "#")))


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def decide(
    address: str,
    *,
    user: str = ADMIN,
    decision: str = "allow",
    accounts: tuple[str, ...] = (SHOP,),
    scopes: tuple[str, ...] | None = None,
) -> str:
    """Where the consent page leads back to, as path and query."""
    person = Person()
    with person.session:
        back = urlsplit(person.decide(address, user, decision=decision, accounts=accounts, scopes=scopes))
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{ORIGIN}/oauth/callback"
    return f"{back.path}?{back.query}"
