"""Calls that ask for something: the `data` of a good answer, or `Denied` with the code that says why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from plugin_spec import Denied
from tiktok_destination.api.client import Answer, Client, Failure
from tiktok_destination.api.envelope import read_envelope
from tiktok_destination.catalog.return_codes import return_codes, row_of, row_of_status

BAD_ANSWER = "bad_answer"
_GOOD = 0
_PATIENCE = 3
"""Look-ups that a quota holds up are asked again so often: a list of many accounts needs more than a second's worth."""


class Asker:
    """Look-ups by one token."""

    def __init__(self, client: Client, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._sleep = sleep

    def get(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | Denied:
        """The data at a path; waits where TikTok asks for it, a second or so at a time."""
        for _ in range(_PATIENCE):
            data = data_of(self._client.get(path, query))
            known = return_codes().get(data.code) if isinstance(data, Denied) else None
            if known is None or known.about != "quota":
                return data
            self._sleep(next((wait for wait in known.advice.waits if wait > 0), 1.0))
        return data


def data_of(outcome: Answer | Failure) -> dict[str, Any] | Denied:
    """What a call that asks came to. Data that are no object are none of TikTok's."""
    if isinstance(outcome, Failure):
        return Denied(outcome.value)
    envelope = read_envelope(outcome)
    if envelope is None:
        return Denied(row_of_status(outcome.status).code.code)
    if envelope.code != _GOOD:
        return Denied(row_of(envelope.code).code.code, envelope.request_id)
    return envelope.data if isinstance(envelope.data, dict) else Denied(BAD_ANSWER, envelope.request_id)


def rows_of(data: dict[str, Any], member: str) -> list[dict[str, Any]]:
    """A list of objects in the data; whatever else stands there is none."""
    return [row for row in list_of(data, member) if isinstance(row, dict)]


def list_of(data: dict[str, Any], member: str) -> list[Any]:
    """A list in the data; whatever else stands there is an empty one."""
    found = data.get(member)
    return found if isinstance(found, list) else []


def text_of(row: dict[str, Any], member: str) -> str:
    """A text member, or an empty text."""
    value = row.get(member)
    return value if isinstance(value, str) else ""
