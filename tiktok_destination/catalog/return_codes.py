"""TikTok's return codes, HTTP statuses and our own names for failed calls: what each says about the events of a request.

One row of `return_codes.json` is one code, with its source and date. The rows are read once, at first use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from plugin_spec import UTC_MIDNIGHT, Action, Advice, Code, Scope
from tiktok_destination.catalog.fields import fields, item_fields
from tiktok_destination.catalog.reading import read


@dataclass(frozen=True)
class ReturnCode:
    """One row: what a code means, what it is about, and what it advises for events without a verdict."""

    code: Code
    about: str
    """`event`, `request`, `credential`, `quota`, `service` or `done`."""
    advice: Advice
    ambiguous: bool
    """The request may have been processed although no answer says so."""
    answer: str | None
    """What a code of the kind `done` says of the events: `accepted`, `partial` or `duplicated_request`."""


@cache
def return_codes() -> dict[str, ReturnCode]:
    """Every row, by its code."""
    return {row["code"]: _return_code(row) for row in read("return_codes")["rows"]}


@cache
def codes() -> dict[str, Code]:
    """Every code, and every note, that a reply can hold, as a host shows it."""
    shown = {code: row.code for code, row in return_codes().items()}
    return shown | {row["code"]: _code(row) for row in read("return_codes")["notes"]}


def row_of(number: int) -> ReturnCode:
    """The row of a code from the body of an answer; a code that TikTok does not list takes the row of its kind."""
    known = return_codes()
    if str(number) in known:
        return known[str(number)]
    return known.get(f"unknown_{number // 10_000}xxxx", known["unknown_code"])


def row_of_status(status: int) -> ReturnCode:
    """The row of an HTTP status whose body is not an answer of the API."""
    known = return_codes()
    if 300 <= status < 400:
        return known["redirected"]
    if f"http_{status}" in known:
        return known[f"http_{status}"]
    return known.get(f"http_{status // 100}xx", known["bad_answer"])


def fields_named(message: str) -> tuple[str, ...]:
    """The fields that a message blames, as we write them; only names that the catalog knows, never other text of it."""
    envelope, shapes = _faults_in_messages()
    matches = (shape.match(message[:_READ_CHARS]) for shape in shapes)
    found: list[str] = []
    for given in (name.strip(" .") for match in matches if match for name in match["fields"].split(",")):
        name = _PLACE_IN_LIST.sub("[]", _PLACE_IN_BATCH.sub("", given))
        if name in _fields_of_events() or (name == given and name in envelope):
            found.append(name)
    return tuple(found)


def is_of_envelope(name: str) -> bool:
    """Whether a field stands beside the events, so that no event is at fault."""
    return name in _faults_in_messages()[0]


@cache
def _faults_in_messages() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    table = read("return_codes")["faults_in_messages"]
    return frozenset(table["envelope_fields"]), tuple(re.compile(shape) for shape in table["shapes"])


@cache
def _fields_of_events() -> frozenset[str]:
    items = {f"properties.contents[].{item.name}" for item in item_fields()}
    return frozenset(fields()) | items | {"event", "event_time", "event_id", "user", "page"}


# `data.0.properties.contents.1.price` is `properties.contents[].price`.
_PLACE_IN_BATCH = re.compile(r"^(?:data|batch)\.\d+\.", re.IGNORECASE)
_PLACE_IN_LIST = re.compile(r"\.\d+(?=\.|$)")
_READ_CHARS = 500
"""Long messages hold lists of values; the fields that they name come first."""


def _return_code(row: dict[str, Any]) -> ReturnCode:
    advice = row["advice"]
    action = Action(advice["action"])
    return ReturnCode(
        code=_code(row),
        about=row["about"],
        advice=Advice(
            action=action,
            scope=Scope(advice.get("scope", Scope.BATCH_KEY)),
            waits=tuple(
                UTC_MIDNIGHT if wait == "utc_midnight" else float(wait) for wait in advice.get("waits", ())
            ),
            code=row["code"] if action in (Action.WAIT, Action.PAUSE) else None,
        ),
        ambiguous=row.get("ambiguous", False),
        answer=row.get("answer"),
    )


def _code(row: dict[str, Any]) -> Code:
    return Code(row["code"], row["meaning"], row["remedy"])
