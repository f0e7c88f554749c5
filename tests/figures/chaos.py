"""F6: a share of all requests fails, in every way a network and a receiver have; nothing is lost, nothing counts twice.

The real plugin and its client send over loopback HTTP to the emulator, whose clock is the run's. What the emulator
cannot do itself (HTTP 429, a broken handshake) a front before it does.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import requests

import sample_configs
from plugin_spec import Outcome
from tests.figures import checker
from tests.figures.clocks import Clock
from tests.figures.driving import Watched, credential, drive, event_id_of, services, tiktok, web_config
from tests.figures.figure import Effort, Happened
from tests.figures.front import Front, impatient_session, trusting_session
from tests.figures.records import mixed
from tiktok_destination.delivery import DeliverySettings
from tiktok_destination.emulator.server import RunningEmulator, start

SEED = Path(sample_configs.__file__).parent / "emulator_seed.json"
TOKEN = "emulator-token-0000000000000000000000000"
PIXEL = "C0PIXELCODE00000001A"
START = 1_795_176_000.0
"""2026-11-20T12:00:00Z."""
BATCH = 10
"""Events to a request, so that a small share of all requests is still some requests."""
PATIENCE_S = 40 * 86_400.0
"""A receiver that says "too many" three times in a row is waited for until midnight."""
READ_TIMEOUT_S = 0.5

RATES = (0.0, 0.01, 0.05, 0.2, 0.5)
_BATCHES = {0.0: 40, 0.01: 700, 0.05: 200, 0.2: 80, 0.5: 40}
_SHORT_BATCHES = {0.0: 10, 0.01: 60, 0.05: 40, 0.2: 20, 0.5: 20}
KINDS: dict[str, dict[str, Any] | None] = {
    "HTTP 429": None,
    "code 40100 in 200": {"kind": "code", "code": 40100},
    "HTTP 500": {"kind": "http", "status": 500},
    "HTTP 503": {"kind": "http", "status": 503},
    "reset before": {"kind": "reset_before"},
    "reset after": {"kind": "reset_after"},
    "time-out": {"kind": "delay", "seconds": 3 * READ_TIMEOUT_S},
    "truncated 200": {"kind": "truncate"},
    "non-JSON 200": {"kind": "not_json"},
    "code 50000 in 200": {"kind": "code", "code": 50000},
    "data null": {"kind": "data_null"},
    "slow 2 s": {"kind": "delay", "seconds": 2.0},
    "TLS abort": None,
}
_HARMLESS = frozenset({"data null", "slow 2 s"})
"""The answer is good all the same."""


def cell(seed: int) -> tuple[str, float]:
    """Kind and rate of a case: as many cases in a row as there are cells meet each once, as many as kinds each kind."""
    kinds = list(KINDS)
    return kinds[seed % len(kinds)], RATES[seed % len(RATES)]


def case(seed: int, effort: Effort) -> Happened:
    kind, rate = cell(seed)
    found = Happened()
    batches = (_SHORT_BATCHES if effort.short else _BATCHES)[rate]
    if kind == "slow 2 s":
        batches = min(batches, 4 if effort.short else 100)
    clock, destination = Clock(START), tiktok()
    config = web_config(PIXEL)
    plan = destination.compile(config)
    about = dataclasses.replace(destination.about, max_events=BATCH)

    def entries() -> Iterator[Any]:
        records = mixed(random.Random(seed), batches * BATCH, START)
        return plan.prepare(records, clock.wall)

    sent = checker.digests_of(entries())
    with start(SEED) as emulator, _between(emulator, kind, rate, seed) as (url, http_session, fired):
        emulator.admin("clock", {"now": START, "frozen": True})
        lent = services(clock, seed=seed, base_url=url, http_session=http_session)
        sender = Watched(
            destination.open(config, credential(TOKEN), lent),
            clock,
            name_of=event_id_of,
            before=_Following(emulator, clock),
        )
        outcomes = drive(
            entries(),
            sender=sender,
            about=about,
            services=lent,
            tally=effort.tally,
            settings=DeliverySettings(patience_s=PATIENCE_S),
        )
        sender.close()
        lines = _ledger(emulator)
        faults = fired()
    log = sender.log
    arrived = checker.of_ledger(lines)
    found.breaches += [
        f"{kind}, {rate:.0%}: {breach}" for breach in checker.breaches(sent, outcomes, arrived)
    ]
    left = {outcome.outcome for outcome in outcomes} & {Outcome.PENDING, Outcome.EXPIRED, Outcome.REFUSED}
    found.expect(not left, f"{kind}, {rate:.0%}: some events are {', '.join(sorted(left))}")
    copies = sum(not one.counted for one in arrived)
    in_doubt = log.uncertain * BATCH
    found.expect(
        copies <= in_doubt, f"{kind}, {rate:.0%}: {copies} copies arrived, {in_doubt} events were in doubt"
    )
    found.expect(
        log.requests - log.batches <= log.asked_to_wait,
        f"{kind}, {rate:.0%}: {log.requests} requests for {log.batches} batches, of which {log.asked_to_wait} failed",
    )
    found.expect(
        log.asked_to_wait >= faults or kind in _HARMLESS,
        f"{kind}, {rate:.0%}: {faults} faults fired, the sender saw {log.asked_to_wait}",
    )
    found.expect(not log.changed(), f"{kind}, {rate:.0%}: sent again in other bytes: {log.changed()[:3]}")
    found.counts.update(
        events=len(outcomes),
        requests=log.requests,
        faults=faults,
        failures=log.asked_to_wait,
        delivered=sum(outcome.outcome is Outcome.DELIVERED for outcome in outcomes),
    )
    found.counts["copies that the receiver dropped"] += copies
    found.measure(f"calls to a batch at {rate:.0%}", log.requests / log.batches)
    of_quota = kind in ("HTTP 429", "code 40100 in 200")
    found.measure("drain with quotas" if of_quota else "drain", clock.passed())
    return found


def tell(whole: Happened) -> dict[str, Any]:
    measured = whole.measured
    told: dict[str, Any] = {"lost or doubled": len(whole.breaches)}
    most = {rate: max(measured.get(f"calls to a batch at {rate:.0%}", [0.0])) for rate in RATES}
    told["most calls to a batch"] = ", ".join(
        f"{calls:.2f} at {rate:.0%}" for rate, calls in most.items() if calls
    )
    if values := measured.get("drain"):
        told["longest drain (virtual minutes)"] = round(max(values) / 60, 1)
    if values := measured.get("drain with quotas"):
        told["longest drain where quotas are refused (virtual days)"] = round(max(values) / 86_400, 1)
    return told


class _Following:
    """Puts the emulator's clock where the run's is, ahead of each request."""

    def __init__(self, emulator: RunningEmulator, clock: Clock) -> None:
        self._emulator = emulator
        self._clock = clock
        self._shown = clock.wall()

    def __call__(self) -> None:
        if self._shown != self._clock.wall():
            self._shown = self._clock.wall()
            self._emulator.admin("clock", {"now": self._shown})


_Between = tuple[str, Callable[[], requests.Session], Callable[[], int]]


@contextmanager
def _between(emulator: RunningEmulator, kind: str, rate: float, seed: int) -> Iterator[_Between]:
    """Where to send, with which sessions, and how many faults have fired."""
    rule = KINDS[kind]
    if rule is None:
        encrypted = kind == "TLS abort"
        with Front(emulator.port, rate=rate, seed=seed, encrypted=encrypted) as front:
            yield front.url, trusting_session if encrypted else requests.Session, lambda: front.fired
        return
    emulator.admin("faults", [{**rule, "probability": rate, "seed": seed}])
    session = partial(impatient_session, READ_TIMEOUT_S) if kind == "time-out" else requests.Session
    yield emulator.url, session, lambda: _fired(emulator)


def _fired(emulator: RunningEmulator) -> int:
    return sum(emulator.admin("summary", method="GET")["faults_by_kind"].values())


def _ledger(emulator: RunningEmulator) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    while page := emulator.admin(
        f"ledger?after={lines[-1]['sequence'] if lines else 0}&limit=5000", method="GET"
    )["lines"]:
        lines += page
    return lines
