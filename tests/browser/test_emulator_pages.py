"""The emulator's pages in a browser: the books, the accounts, the consent page, in light and dark, on phone and laptop."""

import pytest

from tests.credentials.conftest import SEED
from tests.portal_walk import ADMIN, APP_ID
from tiktok_destination.emulator.server import start

CONSENT = (
    f"/portal/auth?app_id={APP_ID}&state=s&redirect_uri=http%3A%2F%2F127.0.0.1%3A8791%2Foauth%2Fcallback"
)


@pytest.fixture(scope="module")
def emulator():
    with start(SEED) as running:
        yield running


@pytest.mark.parametrize("path", ["/", "/accounts", CONSENT, f"{CONSENT}&user_id={ADMIN}", "/portal/auth"])
def test_a_page_of_the_emulator_is_well(any_window, emulator, path):
    any_window.page.goto(emulator.url + path)
    if path == "/portal/auth":
        any_window.complaints.clear()  # the browser remarks on every answer of status 400
    any_window.judge()
