"""Calls that ask for something: the `data` of a good answer, or `Denied` with the code that says why there is none."""

from __future__ import annotations

from typing import Any

from plugin_spec import Denied
from tiktok_destination.api.client import Answer, Failure
from tiktok_destination.api.envelope import read_envelope
from tiktok_destination.catalog.return_codes import row_of, row_of_status

BAD_ANSWER = "bad_answer"
_GOOD = 0


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
    rows = data.get(member)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def text_of(row: dict[str, Any], member: str) -> str:
    """A text member, or an empty text."""
    value = row.get(member)
    return value if isinstance(value, str) else ""
