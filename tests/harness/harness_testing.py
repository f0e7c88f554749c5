"""What the tests of the harness share: a workspace, a browser of it, and its clock."""

from __future__ import annotations

import itertools
import logging
import random
import re
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
from flask import Flask
from werkzeug.test import TestResponse

from plugin_spec import DestinationManager, Services
from tiktok_destination.harness.app import create_app
from tiktok_destination.harness.dispatch import Dispatch
from tiktok_destination.harness.workspace import Workspace

ORIGIN = "http://127.0.0.1:8790"
EMULATOR_TOKEN = "emulator-token-0000000000000000000000000"
TOKEN = "canary-access-token-5f3c9a1b7e2d4086"
SHOP = """\
# the shop's own remark
version: 1
destination: tiktok
name: shop
credential:
  access_token: ${TIKTOK_ACCESS_TOKEN}
settings:
  event_source: web
  pixel_code: C0PIXELCODE00000001A
mapping:
  preset: segment
"""
HOSTILE = "\"><script>alert(1)</script>'&<img src=x onerror=alert(2)>{{ 7*7 }}${x}"


@dataclass
class Clock:
    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class House:
    """One harness under test."""

    folder: Path
    environ: dict[str, str] = field(default_factory=lambda: {"TIKTOK_ACCESS_TOKEN": TOKEN})
    manager: DestinationManager = field(default_factory=DestinationManager)
    clock: Clock = field(default_factory=Clock)
    monotonic: Clock = field(default_factory=Clock)
    stop: threading.Event = field(default_factory=threading.Event)
    origin: str = ORIGIN

    def __post_init__(self) -> None:
        self.app = self.app_for(self.origin)

    def app_for(self, origin: str) -> Flask:
        self.origin = origin
        self.workspace = Workspace(self.folder, self.environ, self.manager)
        services = Services(
            clock=self.clock,
            monotonic=self.monotonic,
            sleep=lambda _: None,
            random=random.Random(1),
            http_session=requests.Session,
            logger=logging.getLogger("tests.harness"),
            environ=self.environ,
        )
        ids = itertools.count(1)
        self.dispatch = Dispatch(self.workspace, services, self.stop)
        self.app = create_app(self.workspace, services, lambda: f"id-{next(ids):030d}", self.dispatch, origin)
        return self.app

    def browser(self) -> Browser:
        return Browser(self)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class Browser:
    """A browser session: it keeps cookies, sends forms with their token, and follows no redirect by itself."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._client = house.app.test_client()
        self._token = ""

    def get(self, path: str, **headers: str) -> TestResponse:
        return self._client.get(path, base_url=self._house.origin, headers=_named(headers), buffered=True)

    def form_token(self) -> str:
        if not self._token:
            found = re.search(r'name="form-token" content="([0-9a-f]+)"', self.get("/oauth/done").text)
            assert found
            self._token = found[1]
        return self._token

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        form = {"form_token": self.form_token(), **(data or {})}
        return self._client.post(
            path, base_url=self._house.origin, data=form, headers=_named(headers), buffered=True
        )

    def follow(self, answer: TestResponse) -> TestResponse:
        """The page to which an answer redirects."""
        assert answer.status_code == 303, answer.text
        return self.get(answer.headers["Location"])

    def submit(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        """Send a form and see the page that it ends at."""
        answer = self.post(path, data)
        return self.follow(answer) if answer.status_code == 303 else answer


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
