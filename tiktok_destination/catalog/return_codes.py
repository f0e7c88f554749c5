"""TikTok's return codes, HTTP statuses and our own names for failed calls: what each says about the events of a request.

One row of `return_codes.json` is one code, with its source and date. The rows are read once, at first use.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from plugin_spec import UTC_MIDNIGHT, Action, Advice, Code, Scope
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


@cache
def _envelope_faults() -> tuple[frozenset[str], frozenset[str], tuple[re.Pattern[str], ...]]:
    table = read("return_codes")["envelope_faults"]
    shapes = tuple(re.compile(shape) for shape in table["shapes"])
    return frozenset(table["codes"]), frozenset(table["fields"]), shapes


def blames_envelope(code: str, message: str) -> bool:
    """Whether the message of an answer names a field beside the events, so that no event is at fault."""
    codes_, fields, shapes = _envelope_faults()
    if code not in codes_:
        return False
    matches = (shape.match(message[:_READ_CHARS]) for shape in shapes)
    named = {name.strip(" .") for match in matches if match for name in match["fields"].split(",")}
    return not named.isdisjoint(fields)


# Long messages hold lists of values; the fields that they name come first.
_READ_CHARS = 500


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
    )


def _code(row: dict[str, Any]) -> Code:
    return Code(row["code"], row["meaning"], row["remedy"])
