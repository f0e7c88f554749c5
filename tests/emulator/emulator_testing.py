"""Ready-made requests for each event source, and a client for a running emulator."""

from __future__ import annotations

import copy
import html
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

import sample_configs
from tiktok_destination.emulator.server import RunningEmulator

SEED = Path(sample_configs.__file__).parent / "emulator_seed.json"
TOKEN = "emulator-token-0000000000000000000000000"
NOW = 1_795_000_000
"""The frozen clock at the start of each test."""
APP_TOKEN = "emulator-app-000000000000000000000000000"
APP = {"app_id": "7200000000000000001", "secret": "emulator-secret-000000000000000000000000"}
CALLBACK = "http://127.0.0.1:9123/oauth/callback"
SHOP, OUTLET, ARCHIVE = "7012345678901234567", "7012345678901234568", "7012345678901234569"
OPERATOR, ADMIN, ANALYST, NEWCOMER = (f"690000000000000000{number}" for number in range(1, 5))
DIGEST = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f"
PIXEL = "C0PIXELCODE00000001A"

_EVENTS: dict[str, dict[str, Any]] = {
    "web": {"page": {"url": "https://shop.example/thanks"}, "user": {"email": DIGEST}},
    "offline": {"user": {"email": [DIGEST]}},
    "crm": {"user": {"email": DIGEST}, "lead": {"lead_id": "7300000000000000009"}},
    "app": {"app": {"app_id": "com.example.shop"}, "user": {"ip": "203.0.113.9"}},
}
_SOURCE_IDS = {
    "web": PIXEL,
    "offline": "7400000000000000001",
    "crm": "7400000000000000002",
    "app": "7350000000000000003",
}
_NAMES = {"web": "Purchase", "offline": "Purchase", "crm": "Lead", "app": "LaunchAPP"}


def an_event(source: str = "web", event_id: str | None = "ord-1", **members: Any) -> dict[str, Any]:
    """A good event of `source`; `members` replace those at its top level."""
    event = {"event": _NAMES[source], "event_time": NOW - 60, **copy.deepcopy(_EVENTS[source])}
    if event_id is not None and source != "app":
        event["event_id"] = event_id
    return event | members


def a_request(*events: dict[str, Any], source: str = "web", **members: Any) -> dict[str, Any]:
    """A good request of `source`, with one good event if none is given."""
    return {
        "event_source": source,
        "event_source_id": _SOURCE_IDS[source],
        "data": list(events) or [an_event(source)],
        **members,
    }


class Client:
    """Sends requests to an emulator, and reads its books."""

    def __init__(self, emulator: RunningEmulator, ledger: Path) -> None:
        self.emulator = emulator
        self.ledger_file = ledger
        self.session = requests.Session()
        self.session.trust_env = False

    def track(self, body: Any, token: str | None = TOKEN, **headers: str) -> requests.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **headers}
        if token is not None:
            sent["Access-Token"] = token
        return self.session.post(
            f"{self.emulator.url}/open_api/v1.3/event/track/", data=raw, headers=sent, timeout=20
        )

    def answer(self, body: Any, token: str | None = TOKEN) -> tuple[int, str]:
        """Code and message."""
        answer = self.track(body, token)
        assert answer.status_code == 200
        return answer.json()["code"], answer.json()["message"]

    def code(self, body: Any, token: str | None = TOKEN) -> int:
        return self.answer(body, token)[0]

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.emulator.url + path, timeout=20)

    def post(self, path: str, body: Any, **headers: str) -> dict[str, Any]:
        """The envelope that a POST of JSON to TikTok's part is answered with."""
        answer = self.session.post(
            f"{self.emulator.url}/open_api/v1.3{path}", json=body, headers=headers, timeout=20
        )
        assert answer.status_code == 200
        return answer.json()

    def look(self, path: str, query: Any = (), token: str | None = APP_TOKEN) -> dict[str, Any]:
        """The envelope that a look-up is answered with; `query` as `requests` takes its params."""
        headers = {} if token is None else {"Access-Token": token}
        answer = self.session.get(
            f"{self.emulator.url}/open_api/v1.3{path}", params=query, headers=headers, timeout=20
        )
        assert answer.status_code == 200
        assert answer.headers["X-TT-LOGID"] == answer.json()["request_id"]
        return answer.json()

    def consent(self, **query: str) -> str:
        """The path of the consent page."""
        given = {"app_id": APP["app_id"], "state": "s-1", "redirect_uri": CALLBACK} | query
        return f"/portal/auth?{urlencode({name: value for name, value in given.items() if value != '$gone'})}"

    def submit(self, path: str, form: Any, **headers: str) -> requests.Response:
        """Post a form of the page at `path`, with that page's form token, and follow no redirect."""
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', self.get(path).text)
        assert found is not None
        pairs = [*(form.items() if isinstance(form, dict) else form), ("form_token", found[1])]
        return self.session.post(
            self.emulator.url + path, data=pairs, headers=headers, allow_redirects=False, timeout=20
        )

    def allow(self, user_id: str, *advertiser_ids: str, scopes: Any = None, **query: str) -> str:
        """Give consent as `user_id`, with every permission that the page offers, and get the code."""
        path = self.consent(user_id=user_id, **query)
        if scopes is None:
            scopes = re.findall(r'name="scope" value="([0-9]+)"', self.get(path).text)
        form = [("advertiser_id", one) for one in advertiser_ids] + [("scope", one) for one in scopes]
        answer = self.submit(path, [*form, ("decision", "allow")])
        assert answer.status_code == 303, html.unescape(answer.text)
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))["auth_code"]

    def token(self, user_id: str, *advertiser_ids: str, scopes: Any = None) -> str:
        """A token from a whole authorisation."""
        code = self.allow(user_id, *advertiser_ids, scopes=scopes)
        answer = self.post("/oauth2/access_token/", APP | {"auth_code": code})
        assert answer["code"] == 0, answer
        return answer["data"]["access_token"]

    def summary(self) -> dict[str, Any]:
        return self.emulator.admin("summary", method="GET")

    def lines(self) -> list[dict[str, Any]]:
        """The ledger's lines since the last reset."""
        return self.emulator.admin("ledger", method="GET")["lines"]

    def line(self) -> dict[str, Any]:
        """The one line since the last reset."""
        (line,) = self.lines()
        return line
