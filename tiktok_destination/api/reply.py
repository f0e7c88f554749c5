"""From an answer, or the lack of one, to a `Reply`: pure, and ruled by the table of return codes alone.

- The body's code goes before the HTTP status (TikTok portal doc 1749734684478466, 2026-08).
- The message of an answer may echo a person's data: it is matched, and never kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from plugin_spec import Action, Advice, Note, Reply, Verdict, VerdictStatus
from tiktok_destination.api.client import Answer, Failure
from tiktok_destination.api.envelope import Envelope, read_envelope
from tiktok_destination.catalog.return_codes import (
    ReturnCode,
    fields_named,
    is_of_envelope,
    return_codes,
    row_of,
    row_of_status,
)

_TOKEN_MISSING = 40104
"""TikTok's own code for a request without a token."""

_DELIVERED = Verdict(VerdictStatus.DELIVERED)
_UNDECIDED = Verdict(VerdictStatus.UNDECIDED)
_NOTED = {
    note: Verdict(VerdictStatus.DELIVERED, notes=(Note(note),))
    for note in ("partial_unspecified", "duplicated_request")
}
_GO_ON = Advice(Action.GO_ON)
_SPLIT = Advice(Action.SPLIT)


class _EventId(msgspec.Struct):
    event_id: Any = None


def reply_to(outcome: Answer | Failure, bodies: Sequence[bytes]) -> Reply:
    """What came of one request that carried `bodies`, the wire events in the order of sending."""
    if isinstance(outcome, Failure):
        return _undecided(return_codes()[outcome.value], len(bodies))
    envelope = read_envelope(outcome)
    if envelope is None:
        return _undecided(row_of_status(outcome.status), len(bodies))
    request_id, number = envelope.request_id, envelope.code
    count = len(bodies)
    row = row_of(number)
    if row.answer == "accepted":
        return Reply((_DELIVERED,) * count, _GO_ON, row.code.code, request_id)
    if row.answer == "duplicated_request":
        return Reply((_NOTED["duplicated_request"],) * count, _GO_ON, row.code.code, request_id)
    if row.answer == "partial":
        return _partial(row, envelope, bodies, request_id)
    if row.about == "event":
        return _about_events(row, envelope, count, request_id)
    return _undecided(row, count, code=str(number), request_id=request_id)


def without_token(count: int) -> Reply:
    """The reply for events that no request carried, since no token is there yet."""
    return _undecided(row_of(_TOKEN_MISSING), count)


def _undecided(
    row: ReturnCode, count: int, *, code: str | None = None, request_id: str | None = None
) -> Reply:
    return Reply((_UNDECIDED,) * count, row.advice, code or row.code.code, request_id, row.ambiguous)


def _about_events(row: ReturnCode, envelope: Envelope, count: int, request_id: str | None) -> Reply:
    code = row.code.code
    named = fields_named(envelope.message)
    beside = next(filter(is_of_envelope, named), None)
    if beside is not None:
        return Reply((_UNDECIDED,) * count, Advice(Action.PAUSE, code=code, path=beside), code, request_id)
    if count == 1:
        refused = Verdict(VerdictStatus.REFUSED, code, path=next(iter(named), None))
        return Reply((refused,), _GO_ON, code, request_id)
    return Reply((_UNDECIDED,) * count, _SPLIT, code, request_id)


def _partial(row: ReturnCode, envelope: Envelope, bodies: Sequence[bytes], request_id: str | None) -> Reply:
    code = row.code.code
    failed = _failed_indexes(envelope.data, len(bodies))
    if failed:
        refused = Verdict(VerdictStatus.REFUSED, code)
        verdicts = tuple(refused if index in failed else _DELIVERED for index in range(len(bodies)))
        return Reply(verdicts, _GO_ON, code, request_id)
    if len(bodies) > 1 and all(map(_has_event_id, bodies)):
        return Reply((_UNDECIDED,) * len(bodies), _SPLIT, code, request_id)
    return Reply((_NOTED["partial_unspecified"],) * len(bodies), _GO_ON, code, request_id)


def _failed_indexes(data: object, count: int) -> frozenset[int]:
    """The positions that `failed_events` lists, from zero (TikTok's own iOS SDK reads them so); empty: no usable detail."""
    rows = data.get("failed_events") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        return frozenset()
    indexes = [row.get("order_in_batch") if isinstance(row, dict) else None for row in rows]
    usable = [i for i in indexes if isinstance(i, int) and not isinstance(i, bool) and 0 <= i < count]
    return frozenset(usable) if len(usable) == len(indexes) else frozenset()


def _has_event_id(body: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(body, type=_EventId).event_id, str)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
