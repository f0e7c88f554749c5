"""Walks the emulated consent page as a person does: whoever they are, what they tick, and whether they allow it."""

import re
from urllib.parse import urlsplit

import requests

ADMIN, OPERATOR, ANALYST, NEWCOMER = (f"690000000000000000{number}" for number in (2, 1, 3, 4))
SHOP, OUTLET = "7012345678901234567", "7012345678901234568"
APP_ID, APP_SECRET = "7200000000000000001", "emulator-secret-000000000000000000000000"


class Person:
    """One browser."""

    def __init__(self):
        self.session = requests.Session()
        self.session.trust_env = False

    def open(self, address):
        return self.session.get(address, timeout=20)

    def decide(self, consent_address, user_id, *, decision="allow", accounts=None, scopes=None):
        """Answer the consent page; where the browser is led then."""
        address = f"{consent_address}&user_id={user_id}"
        page = self.open(address).text
        accounts = re.findall(r'name="advertiser_id" value="(\d+)"', page) if accounts is None else accounts
        scopes = re.findall(r'name="scope" value="(\d+)"', page) if scopes is None else scopes
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', page)[1]
        form = [("advertiser_id", one) for one in accounts] + [("scope", one) for one in scopes]
        answer = self.session.post(
            address,
            data=[*form, ("decision", decision), ("form_token", token)],
            allow_redirects=False,
            timeout=20,
        )
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]


def query_of(address):
    return dict(pair.partition("=")[::2] for pair in urlsplit(address).query.split("&"))
