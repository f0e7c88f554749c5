"""A browser that is watched: what it complains about is kept, and every page can be judged for people who cannot see it."""

import shutil
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

EXECUTABLE = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
_GRAVE = {"serious", "critical"}


@contextmanager
def chromium():
    """The system's Chromium, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """One window."""

    def __init__(self, browser, *, viewport=LAPTOP, dark=False):
        self.context = browser.new_context(
            viewport=viewport,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
        )
        self.page = self.context.new_page()
        self.complaints = []
        self.page.on("console", lambda said: self._note(said.text) if said.type == "error" else None)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("requestfailed", self._failed)

    def _failed(self, request):
        if request.failure != "net::ERR_ABORTED":  # whoever leaves a page leaves what it was asking for
            self._note(f"{request.url.split('?')[0]}: {request.failure}")

    def _note(self, text):
        self.complaints.append(text)

    def close(self):
        self.context.close()

    def grave_findings(self):
        """What axe-core finds serious or critical on the page as it stands: rule and places."""
        return [
            (finding["id"], [node["target"] for node in finding["nodes"]])
            for finding in Axe().run(self.page).response["violations"]
            if finding["impact"] in _GRAVE
        ]

    def judge(self):
        """The page is well: no complaint of the browser, nothing grave, nothing that overflows its width."""
        assert self.complaints == [], f"{self.page.url}: {self.complaints}"
        assert self.grave_findings() == [], self.page.url
        wide = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"
