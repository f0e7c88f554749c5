"""A moment on the command line: ISO 8601 with an offset, or Unix seconds. Nothing is guessed; what is shown is UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

_LATEST_UNIX_S = 253_402_300_799.0  # the end of the year 9999, the last that ISO 8601 writes with four digits


class Instant(click.ParamType[float]):
    """Converts to Unix seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        try:
            seconds = _seconds(str(value))
        except (ValueError, OverflowError):
            seconds = None
        if seconds is None or not 0 <= seconds <= _LATEST_UNIX_S:
            self.fail("write it as 2026-11-21T09:30:00Z (with an offset) or as Unix seconds", param, ctx)
        return seconds


def iso(seconds: float) -> str:
    """For machines: ISO 8601, to the second."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _seconds(text: str) -> float | None:
    if text.replace(".", "", 1).isdecimal() and not (len(text) == 8 and text.startswith(("19", "20"))):
        return float(text)  # eight digits beginning a century are a date written short, not a second of 1970
    moment = datetime.fromisoformat(text)
    return None if moment.tzinfo is None else moment.timestamp()
