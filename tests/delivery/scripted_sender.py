"""A receiver that keeps to a script written in each event, a clock that passes only while somebody sleeps, and a run.

An event's body is `NAME STEP STEP …`. Each request that carries the event uses up its first step:

- `busy`, `throttled`, `lost` (processed, no answer), `vanished` (not processed, no answer): the whole request ends so;
- `stop:SCOPE`: the whole request is told to pause;
- `bad` (never used up): refused when alone, the request needs splitting otherwise;
- no step left: accepted.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import requests

from plugin_spec import (
    UTC_MIDNIGHT,
    About,
    Action,
    Advice,
    EntryOutcome,
    Outcome,
    Prepared,
    Reply,
    Scope,
    Sender,
    Services,
    Settled,
    Verdict,
    VerdictStatus,
)
from tiktok_destination.delivery import DeliverySettings, MemoryQueue, Queue, deliver

START = 1_700_000_000.0
THROTTLE = (1.0, 300.0, UTC_MIDNIGHT)
DELIVERED = Verdict(VerdictStatus.DELIVERED)
UNDECIDED = Verdict(VerdictStatus.UNDECIDED)


class Clock:
    """Time that passes only by sleeping. Both clocks go together."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class ScriptedSender:
    """See the module's header. What it accepted and what it was sent stand in its ledger."""

    def __init__(self, *, partial: bool = False, clock: Clock | None = None) -> None:
        self.partial = partial
        """Names the bad events of a request (as code 20001 does) instead of refusing it as a whole."""
        self.clock = clock
        self.requests: list[tuple[str, list[str]]] = []
        self.times: list[float] = []
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.used: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        with self._lock:
            names = [body.split()[0].decode() for body in bodies]
            self.requests.append((batch_key, names))
            self.times.append(self.clock.now if self.clock else 0.0)
            return self._answer(bodies, names, f"r{len(self.requests)}")

    def close(self) -> None:
        """Nothing is open."""

    def _answer(self, bodies: Sequence[bytes], names: list[str], request_id: str) -> Reply:
        steps = {body: self._step(body) for body in bodies}
        count = len(bodies)
        for body, step in steps.items():
            if step in (None, "bad"):
                continue
            self.used[body] += 1
            if step == "lost":
                # Processed but for those events that would have had to be refused.
                self.accepted.update(
                    name for one, name in zip(bodies, names, strict=True) if steps[one] in (None, "lost")
                )
            return _whole(step, count, request_id)
        bad = [step == "bad" for step in steps.values()]
        if not any(bad):
            self.accepted.update(names)
            return Reply((DELIVERED,) * count, Advice(Action.GO_ON), "0", request_id)
        if self.partial:
            self.accepted.update(name for name, unfit in zip(names, bad, strict=True) if not unfit)
            self.refused.update(name for name, unfit in zip(names, bad, strict=True) if unfit)
            verdicts = tuple(Verdict(VerdictStatus.REFUSED, "bad") if unfit else DELIVERED for unfit in bad)
            return Reply(verdicts, Advice(Action.GO_ON), "partial", request_id)
        if count == 1:
            self.refused.update(names)
            return Reply((Verdict(VerdictStatus.REFUSED, "bad"),), Advice(Action.GO_ON), "bad", request_id)
        return Reply((UNDECIDED,) * count, Advice(Action.SPLIT), "bad", request_id)

    def _step(self, body: bytes) -> str | None:
        steps = body.split()[1:]
        used = self.used[body]
        return steps[used].decode() if used < len(steps) else None


def _whole(step: str, count: int, request_id: str) -> Reply:
    undecided = (UNDECIDED,) * count
    if step == "busy":
        return Reply(undecided, Advice(Action.WAIT, code="busy"), "busy", request_id)
    if step == "throttled":
        return Reply(undecided, Advice(Action.WAIT, Scope.CREDENTIAL, THROTTLE, "throttled"), "throttled")
    if step in ("lost", "vanished"):
        return Reply(undecided, Advice(Action.WAIT, code="timeout"), "timeout", ambiguous=True)
    if step.startswith("stop:"):
        scope = Scope(step.removeprefix("stop:"))
        return Reply(undecided, Advice(Action.PAUSE, scope, code="stopped"), "stopped", request_id)
    raise AssertionError(step)


def event(
    position: int,
    *steps: str,
    key: str = "k",
    dedup: bytes | bool | None = True,
    test: bool = False,
    not_after: float = START + 1e9,
    name: str | None = None,
) -> Prepared:
    """Event number `position`, which is also its name unless given; so is its dedup key.

    Two events of one name and script are equal in content.
    """
    return Prepared(
        position=position,
        ordinal=1,
        event_name="Purchase",
        event_id=f"e{position}",
        batch_key=key,
        dedup_key=str(position).encode() if dedup is True else (None if dedup is False else dedup),
        not_after=not_after,
        body=" ".join([name or str(position), *steps]).encode(),
        test=test,
    )


def about(**changes: object) -> About:
    given: dict[str, object] = {
        "name": "scripted",
        "title": "",
        "description": "",
        "event_sources": ("web",),
        "max_events": 1000,
        "max_bytes": 1_000_000,
        "repeat_window_s": 172_800,
    }
    return About(**(given | changes))  # type: ignore[arg-type] # each test names members of About


new_queue: Callable[[], Queue] = MemoryQueue
"""What a run without a queue of its own gets. `conftest` holds every test of a run with each kind."""
inputs_may_wait = True
"""The same of whether its input is read in a thread of its own."""


@dataclass
class Run:
    """One run of `deliver` and everything it handed on."""

    sender: Sender
    clock: Clock = field(default_factory=Clock)
    about: About = field(default_factory=about)
    settings: DeliverySettings = field(default_factory=DeliverySettings)
    queue: Queue = field(default_factory=lambda: new_queue())  # noqa: PLW0108 - looked up at each run
    stop: threading.Event = field(default_factory=threading.Event)
    seed: int = 1
    outcomes: list[EntryOutcome] = field(default_factory=list)
    portions: list[int] = field(default_factory=list)
    may_wait: bool = field(default_factory=lambda: inputs_may_wait)

    def of(self, entries: Iterable[Prepared | Settled]) -> list[EntryOutcome]:
        deliver(
            entries,
            sender=self.sender,
            about=self.about,
            settings=self.settings,
            services=self.services(),
            queue=self.queue,
            on_outcomes=self._keep,
            stop=self.stop,
            may_wait=self.may_wait,
        )
        return self.outcomes

    def services(self) -> Services:
        return Services(
            clock=self.clock.read,
            monotonic=self.clock.read,
            sleep=self.clock.sleep,
            random=random.Random(self.seed),
            http_session=requests.Session,
            logger=logging.getLogger("tests.delivery"),
            environ={},
        )

    def _keep(self, outcomes: Sequence[EntryOutcome]) -> None:
        self.portions.append(len(outcomes))
        self.outcomes.extend(outcomes)


def kinds(outcomes: Iterable[EntryOutcome]) -> dict[str, list[int]]:
    """Outcome (with its code, if any) → the positions that have it."""
    found: dict[str, list[int]] = {}
    for one in outcomes:
        name = one.outcome.value if one.code is None else f"{one.outcome.value}:{one.code}"
        found.setdefault(name, []).append(one.position)
    return found


def positions(outcomes: Iterable[EntryOutcome], outcome: Outcome) -> set[int]:
    return {one.position for one in outcomes if one.outcome is outcome}
