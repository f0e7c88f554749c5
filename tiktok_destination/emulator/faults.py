"""Faults on demand: rules that make the emulator fail as TikTok and the network between can fail.

For each request the first armed rule that matches and is due takes effect, and no other. A rule fires once, or as
often as `count` says; with `every` or `probability` it fires until it is deleted, unless it has a `count`.
"""

from __future__ import annotations

import random
from typing import Annotated, Any, Literal

import msgspec

MAX_DELAY_S = 30.0

Positive = Annotated[int, msgspec.Meta(ge=1)]
Index = Annotated[int, msgspec.Meta(ge=0)]


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """Which requests a fault meets."""

    path: str | None = None
    """The request's path; None: any under `/open_api/`."""
    event_source_id: str | None = None
    nth: Positive | None = None
    """The n-th matching request and those after it, as far as `count` goes; from 1."""
    every: Positive | None = None
    """Each n-th matching request."""
    count: Positive | None = None
    """How often it fires at most."""
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    seed: int = 0
    """Of the dice for `probability`, so that a run can be repeated."""


class CodeFault(Rule, frozen=True, tag="code"):
    """An answer with this return code; nothing is processed."""

    code: int


class HttpFault(Rule, frozen=True, tag="http"):
    """A plain answer as of a gateway; nothing is processed."""

    status: Literal[500, 502, 503, 504]


class ResetBeforeFault(Rule, frozen=True, tag="reset_before"):
    """The socket is closed without an answer; nothing is processed."""


class ResetAfterFault(Rule, frozen=True, tag="reset_after"):
    """The request is processed, then the socket is closed without an answer."""


class DelayFault(Rule, frozen=True, tag="delay"):
    """The request is processed at once, and answered `seconds` later."""

    seconds: Annotated[float, msgspec.Meta(gt=0, le=MAX_DELAY_S)]


class TruncateFault(Rule, frozen=True, tag="truncate"):
    """Processed; only half of the announced answer arrives before the connection ends."""


class NotJsonFault(Rule, frozen=True, tag="not_json"):
    """Processed; the answer is a whole HTML page in place of JSON."""


class DataNullFault(Rule, frozen=True, tag="data_null"):
    """Processed; the answer's `data` is null, as the app endpoints were seen to answer (tiktok-api.md C.1)."""


class PartialFault(Rule, frozen=True, tag="partial"):
    """20001: these events of the request are refused, the others stored."""

    indexes: tuple[Index, ...] = ()
    """Places in `data`, from 0."""
    every_event: Positive | None = None
    """Each n-th event of the request."""
    detail: bool = True
    """Name the refused events in `data.failed_events`."""

    def refuses(self, index: int) -> bool:
        return index in self.indexes or (self.every_event is not None and (index + 1) % self.every_event == 0)


AnyFault = (
    CodeFault
    | HttpFault
    | ResetBeforeFault
    | ResetAfterFault
    | DelayFault
    | TruncateFault
    | NotJsonFault
    | DataNullFault
    | PartialFault
)


def read_rules(payload: Any) -> list[AnyFault]:
    """The rules in a list of JSON objects. Raises msgspec.ValidationError."""
    return msgspec.convert(payload, list[AnyFault])


def kind_of(rule: AnyFault) -> str:
    kind: str = type(rule).__struct_config__.tag  # type: ignore[assignment]  # every rule here has a text for a tag
    return kind


class _Armed:
    """A rule and how far it has got."""

    def __init__(self, rule: AnyFault) -> None:
        self.rule = rule
        self.seen = 0
        self.fired = 0
        self._dice = random.Random(rule.seed)  # noqa: S311 - repeatable dice for tests, nothing secret
        self._most = rule.count
        if self._most is None and rule.every is None and rule.probability is None:
            self._most = 1

    @property
    def used_up(self) -> bool:
        return self._most is not None and self.fired >= self._most

    def fires(self, path: str, event_source_id: str | None) -> bool:
        rule = self.rule
        if rule.path not in (None, path) or rule.event_source_id not in (None, event_source_id):
            return False
        if isinstance(rule, PartialFault) and event_source_id is None:
            return False  # nothing in this request could be refused in part
        self.seen += 1
        if rule.nth is not None and self.seen < rule.nth:
            return False
        if rule.every is not None and self.seen % rule.every:
            return False
        if rule.probability is not None and self._dice.random() >= rule.probability:
            return False
        self.fired += 1
        return True


class Faults:
    """The rules now armed, in the order in which they came. Its owner's lock guards it."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def arm(self, rules: list[AnyFault]) -> None:
        self._armed.extend(_Armed(rule) for rule in rules)

    def clear(self) -> None:
        self._armed.clear()

    def take(self, path: str, event_source_id: str | None) -> AnyFault | None:
        """The fault for this request, if any is due. A rule that is used up leaves the list."""
        for armed in self._armed:
            if armed.fires(path, event_source_id):
                if armed.used_up:
                    self._armed.remove(armed)
                return armed.rule
        return None

    def shown(self) -> list[dict[str, Any]]:
        """The armed rules as JSON objects, with how often each was met and fired."""
        return [
            {
                **{
                    name: value
                    for name, value in msgspec.to_builtins(armed.rule).items()
                    if value is not None
                },
                "seen": armed.seen,
                "fired": armed.fired,
            }
            for armed in self._armed
        ]
