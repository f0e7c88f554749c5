"""One run of delivery, driven as a host drives it; every figure goes through `drive`, and the queue is chosen here alone."""

from __future__ import annotations

import hashlib
import logging
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import requests

from plugin_spec import (
    About,
    Action,
    Advice,
    Credential,
    Destination,
    DestinationManager,
    EntryOutcome,
    Prepared,
    Reply,
    Sender,
    Services,
    Settled,
    Verdict,
    VerdictStatus,
)
from tests.figures.clocks import Clock
from tests.figures.conservation import Tally, Watch
from tiktok_destination.delivery import DeliverySettings, MemoryQueue, Queue, deliver

READ_AHEAD = 512
"""Entries that a run may have read and not yet looked at (or fewer, where a request holds fewer); one more is in hand."""


def new_queue() -> Queue:
    """The queue of a figure's run."""
    return MemoryQueue()


def services(
    clock: Clock,
    *,
    seed: int,
    base_url: str = "",
    http_session: Callable[[], requests.Session] = requests.Session,
) -> Services:
    """What a host lends, all of it from this clock and seed."""
    return Services(
        clock=clock.wall,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        random=random.Random(seed),
        http_session=http_session,
        logger=logging.getLogger("tests.figures"),
        environ={"TIKTOK_BASE_URL": base_url} if base_url else {},
    )


@dataclass
class Log:
    """What a sender did, told by one that stands before it."""

    requests: int = 0
    batches: int = 0
    """Requests that carried events for the first time."""
    asked_to_wait: int = 0
    """Answers (or the lack of one) after which the same events have to be sent again."""
    uncertain: int = 0
    """Of them those that may have arrived."""
    codes: Counter[str] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)
    """When each request began, in seconds since the start."""
    delivered_at: list[float] = field(default_factory=list)
    """When each request was answered in which something was accepted."""
    digests: dict[str, set[bytes]] = field(default_factory=dict)
    """Event → digests of the bytes that were sent for it."""

    def changed(self) -> list[str]:
        """The events that were sent again in other bytes."""
        return [name for name, digests in self.digests.items() if len(digests) > 1]


class Watched:
    """A sender that keeps a log, and has `before` called ahead of each request."""

    def __init__(
        self,
        sender: Sender,
        clock: Clock,
        *,
        name_of: Callable[[bytes], str] | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> None:
        """Without `name_of` nothing is kept of events, so that a long run can be measured."""
        self._sender = sender
        self._clock = clock
        self._name_of = name_of
        self._before = before
        self._lock = threading.Lock()
        self.log = Log()

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        """As the sender does."""
        names = [] if self._name_of is None else [self._name_of(body) for body in bodies]
        log = self.log
        with self._lock:
            self._before()
            log.requests += 1
            log.batches += bool(names) and names[0] not in log.digests
            log.times.append(self._clock.passed())
            for name, body in zip(names, bodies, strict=False):
                log.digests.setdefault(name, set()).add(hashlib.blake2b(body, digest_size=16).digest())
        reply = self._sender.send(batch_key, bodies)
        with self._lock:
            log.codes[reply.code or ""] += 1
            log.asked_to_wait += reply.advice.action is Action.WAIT
            log.uncertain += reply.ambiguous
            if any(verdict.status is VerdictStatus.DELIVERED for verdict in reply.verdicts):
                log.delivered_at.append(self._clock.passed())
        return reply

    def close(self) -> None:
        self._sender.close()


class _EventId(msgspec.Struct):
    event_id: str


def event_id_of(body: bytes) -> str:
    """The name of an event on the wire."""
    return msgspec.json.decode(body, type=_EventId).event_id


class Receiver:
    """Accepts everything, and keeps what came."""

    def __init__(self) -> None:
        self.came: Counter[bytes] = Counter()

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        del batch_key
        self.came.update(bodies)
        return Reply((Verdict(VerdictStatus.DELIVERED),) * len(bodies), Advice(Action.GO_ON), "0")

    def close(self) -> None:
        """Nothing is open."""


def drive(
    entries: Iterable[Prepared | Settled],
    *,
    sender: Sender,
    about: About,
    services: Services,
    tally: Tally,
    settings: DeliverySettings | None = None,
    on_outcomes: Callable[[Sequence[EntryOutcome]], object] = lambda outcomes: None,
    queue: Queue | None = None,
    keep: bool = True,
    interrupted: bool = False,
) -> list[EntryOutcome]:
    """Run to the end, watched; the outcomes in the order in which they were handed on (none without `keep`).

    `interrupted`: it may end before it has looked at all that it read.
    """
    settings = settings or DeliverySettings()
    outcomes: list[EntryOutcome] = []

    def listen(portion: Sequence[EntryOutcome]) -> None:
        if keep:
            outcomes.extend(portion)
        on_outcomes(portion)

    window = (settings.in_flight + 1) * about.max_events + min(READ_AHEAD, about.max_events) + 1
    watch = Watch(tally, window=window)
    deliver(
        watch.entries(entries),
        sender=sender,
        about=about,
        settings=settings,
        services=services,
        queue=queue or new_queue(),
        on_outcomes=watch.listener(listen),
        stop=threading.Event(),
    )
    watch.end(interrupted=interrupted)
    return outcomes


def tiktok() -> Destination:
    return DestinationManager().load("tiktok")


def web_config(pixel: str) -> dict[str, Any]:
    """Web events by the preset for Segment's calls."""
    return {
        "name": "figures",
        "settings": {"event_source": "web", "pixel_code": pixel},
        "mapping": {"preset": "segment"},
    }


def credential(token: str) -> Credential:
    return Credential("figures", token)
