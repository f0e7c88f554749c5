import os

import pytest

from tests.browser.watching import EXECUTABLE, LAPTOP, PHONE, Watched, chromium

NO_BROWSER = "there is no Chromium on this machine: install the package chromium"


@pytest.fixture(scope="session")
def browser():
    if EXECUTABLE is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"The browser tests have to run under CI, and {NO_BROWSER}.")
        pytest.skip(NO_BROWSER)
    with chromium() as running:
        yield running


@pytest.fixture
def window(browser):
    """A laptop's window, in the light."""
    watched = Watched(browser)
    yield watched
    watched.close()


@pytest.fixture(params=["phone-dark", "laptop-light"])
def any_window(browser, request):
    """A phone's in the dark, and a laptop's in the light: both sizes and both schemes."""
    size, scheme = request.param.split("-")
    watched = Watched(browser, viewport=PHONE if size == "phone" else LAPTOP, dark=scheme == "dark")
    yield watched
    watched.close()
