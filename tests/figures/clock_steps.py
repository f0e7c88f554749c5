"""F16: clocks that are put right during a run, and events at the limits of their age.

Back-off goes by the monotonic clock: a step of the wall clock neither shortens nor lengthens a wait. Expiry goes by the
wall clock, at mapping and again just before each send.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from plugin_spec import (
    About,
    Action,
    Advice,
    Outcome,
    Plan,
    Prepared,
    Record,
    Reply,
    Settled,
    Verdict,
    VerdictStatus,
)
from tests.figures.clocks import Clock
from tests.figures.driving import Watched, drive, services, tiktok, web_config
from tests.figures.figure import Effort, Happened
from tests.figures.records import purchase
from tiktok_destination.delivery import DeliverySettings

START = 1_795_176_000.0
WINDOW_S = 28 * 86_400
FUTURE_S = 300
HOUR_S = 3_600.0
ABOUT = About("figures", "", "", ("web",), max_events=10, max_bytes=1_000_000, repeat_window_s=172_800)
QUOTA = (1.0, 300.0)
LONG_S = 6 * HOUR_S
PATIENCE_S = 1_800.0

STEPS = (
    ("an hour forward", HOUR_S),
    ("an hour back", -HOUR_S),
    ("a second forward", 1.0),
    ("a second back", -1.0),
    ("forty hours forward", 40 * HOUR_S),
    ("a year back", -365 * 24 * HOUR_S),
)
SUMMER_TIME = (
    ("summer time ends", "Europe/Berlin", 1_792_889_995.0),
    ("summer time begins", "Europe/Berlin", 1_774_745_995.0),
    ("summer time ends", "America/New_York", 1_793_512_795.0),
)
"""Time zone of the machine, and a moment five seconds before its clocks change."""

EXPIRIES = (
    # how the clock is put during a wait of ten seconds, the event's last moment from the start, what becomes of it
    ("no step", 0.0, 11.0, Outcome.DELIVERED),
    ("no step, to the second", 0.0, 10.0, Outcome.DELIVERED),
    ("no step, a second too long", 0.0, 9.0, Outcome.EXPIRED),
    ("an hour forward", HOUR_S, 11.0, Outcome.EXPIRED),
    ("an hour forward, to the second", HOUR_S, HOUR_S + 10.0, Outcome.DELIVERED),
    ("an hour forward, a second too long", HOUR_S, HOUR_S + 9.0, Outcome.EXPIRED),
    ("an hour back", -HOUR_S, 5.0, Outcome.DELIVERED),
    ("older than the window before the first send", 0.0, -1.0, Outcome.EXPIRED),
)
AGES = (
    # age in seconds when it is mapped (negative: in the future), outcome or None where it is ready, code
    (WINDOW_S + 1, Outcome.EXPIRED, "expired"),
    (WINDOW_S + 0.5, Outcome.EXPIRED, "expired"),
    (WINDOW_S, None, None),
    (WINDOW_S - 1, None, None),
    (0, None, None),
    (-FUTURE_S + 1, None, None),
    (-FUTURE_S, None, None),
    (-FUTURE_S - 0.5, Outcome.REJECTED, "event_time_future"),
    (-FUTURE_S - 1, Outcome.REJECTED, "event_time_future"),
)
RESENDS = (
    # age when it is mapped and first sent, the wait that follows, what becomes of it
    (WINDOW_S - 1, 1.0, Outcome.DELIVERED),
    (WINDOW_S - 1, 2.0, Outcome.EXPIRED),
    (WINDOW_S, 1.0, Outcome.EXPIRED),
    (WINDOW_S - 300, 300.0, Outcome.DELIVERED),
    (WINDOW_S - 299, 300.0, Outcome.EXPIRED),
)
SETTINGS: dict[str, dict[str, Any]] = {
    "web": web_config("C0PIXELCODE00000001A"),
    "offline": {
        "name": "figures",
        "settings": {"event_source": "offline", "event_set_id": "7400000000000000001"},
        "mapping": {"preset": "segment"},
    },
}


@dataclass(frozen=True)
class _Turn:
    """One case: what it is known by, and what it finds."""

    seed: int
    effort: Effort
    found: Happened


def case(seed: int, effort: Effort) -> Happened:
    found = Happened()
    turn = _Turn(seed, effort, found)
    rng = random.Random(seed)
    _waits(turn, rng)
    if seed % 10 == 0:
        _patience(turn, rng)
    for name, step_s, last_s, wanted in EXPIRIES:
        _expiry(turn, name, step_s, last_s, wanted)
    for age, outcome, code in AGES:
        _age(found, age, outcome, code, START + rng.randrange(-(10**8), 10**8))
    for age, wait_s, wanted in RESENDS:
        _resend(turn, age, wait_s, wanted)
    return found


def tell(whole: Happened) -> dict[str, Any]:
    differences = whole.measured["difference"]
    return {
        "waits that a step changed": sum(difference > 0.001 for difference in differences),
        "largest difference (s)": round(max(differences), 3),
        "wrong verdicts at a limit": len(whole.breaches),
    }


def _waits(turn: _Turn, rng: random.Random) -> None:
    """The same failures with and without a step: the requests begin at the same moments of the monotonic clock."""
    failures = rng.randrange(3, 9)
    waits = rng.choice(((), (), (2.0,), QUOTA)) if failures > 3 else ()
    undisturbed = _moments(turn, Clock(START), failures, waits)
    longest_s, began = max((later - earlier, earlier) for earlier, later in pairwise(undisturbed))
    for name, step_s in STEPS:
        clock = Clock(START)
        # Early in the longest wait: a step in its last half second, which is slept as one, would show in nothing.
        clock.at(
            began + longest_s * rng.uniform(0, 0.4), lambda clock=clock, step_s=step_s: clock.step(step_s)
        )
        _compare(turn.found, name, undisturbed, _moments(turn, clock, failures, waits))
    for name, zone, moment in SUMMER_TIME:
        with local_time(zone):
            moments = _moments(turn, Clock(moment), failures, waits)
        _compare(turn.found, f"{name} in {zone}", undisturbed, moments)


def _patience(turn: _Turn, rng: random.Random) -> None:
    """A run without progress ends by the monotonic clock, too."""
    for name, step_s in STEPS:
        clock = Clock(START)
        clock.at(rng.uniform(1, PATIENCE_S - 1), lambda clock=clock, step_s=step_s: clock.step(step_s))
        event = Prepared(1, 1, "Purchase", "e-1", "k", b"1", START + 1e9, b"e-1")
        _, outcome = _sent(turn, [event], clock, _FailingAtFirst(10**6, (300.0,)), PATIENCE_S)
        turn.found.expect(outcome is Outcome.PENDING, f"{name}: {outcome} after the patience")
        turn.found.expect(
            abs(clock.passed() - PATIENCE_S) < 1, f"{name}: the patience lasted {clock.passed():.0f} s"
        )
        turn.found.counts["steps of the clock"] += 1


def _compare(found: Happened, name: str, undisturbed: Sequence[float], moments: Sequence[float]) -> None:
    found.expect(len(moments) == len(undisturbed), f"{name}: {len(moments)} requests, not {len(undisturbed)}")
    for wanted, moment in zip(undisturbed, moments, strict=False):
        found.measure("difference", abs(moment - wanted))
        found.expect(abs(moment - wanted) < 0.001, f"{name}: a request at {moment:.3f} s, not {wanted:.3f} s")
    found.counts["steps of the clock"] += 1
    found.counts["waits"] += len(moments) - 1


def _moments(turn: _Turn, clock: Clock, failures: int, waits: tuple[float, ...]) -> list[float]:
    """When each request began; one event that is accepted in the end."""
    event = Prepared(1, 1, "Purchase", "e-1", "k", b"1", clock.wall() + 1e9, b"e-1")
    times, outcome = _sent(turn, [event], clock, _FailingAtFirst(failures, waits))
    turn.found.expect(outcome is Outcome.DELIVERED, f"after {failures} failures the event is {outcome}")
    return times


def _expiry(turn: _Turn, name: str, step_s: float, last_s: float, wanted: Outcome) -> None:
    clock = Clock(START)
    clock.at(3.0, lambda: clock.step(step_s))
    event = Prepared(1, 1, "Purchase", "e-1", "k", b"1", START + last_s, b"e-1")
    times, outcome = _sent(turn, [event], clock, _FailingAtFirst(1, (10.0,)))
    turn.found.expect(outcome is wanted, f"{name}: the event is {outcome}, not {wanted}")
    sends = 0 if last_s < 0 else 2 if wanted is Outcome.DELIVERED else 1
    turn.found.expect(len(times) == sends, f"{name}: {len(times)} requests, not {sends}")
    turn.found.counts["verdicts at a limit"] += 1


def _age(found: Happened, age: float, outcome: Outcome | None, code: str | None, now: float) -> None:
    seconds = int(now - age)
    now = seconds + age
    for source in SETTINGS:
        plan = _plan(source)
        records = [_record(source, seconds)]
        (entry,) = plan.prepare(records, now)
        (explained,) = (one.entry for one in plan.explain(records, now))
        told = (entry.outcome, entry.code) if isinstance(entry, Settled) else (None, None)
        found.expect(told == (outcome, code), f"{source}, {age} s old: {told}, not {(outcome, code)}")
        found.expect(entry == explained, f"{source}, {age} s old: explain says something else")
        found.counts["verdicts at a limit"] += 1


def _resend(turn: _Turn, age: float, wait_s: float, wanted: Outcome) -> None:
    clock = Clock(START)
    entries = _plan("web").prepare([_record("web", int(START - age))], clock.wall)
    times, outcome = _sent(turn, entries, clock, _FailingAtFirst(1, (wait_s,)))
    turn.found.expect(
        outcome is wanted, f"{age} s old, then {wait_s:g} s of waiting: {outcome}, not {wanted}"
    )
    turn.found.expect(len(times) == 1 + (wanted is Outcome.DELIVERED), f"{age} s old: {len(times)} requests")
    turn.found.counts["verdicts at a limit"] += 1


@cache
def _plan(source: str) -> Plan:
    return tiktok().compile(SETTINGS[source])


def _record(source: str, seconds: int) -> Record:
    record = purchase(1, "e-1", seconds)
    if source == "web":
        return record
    return Record(1, record.body.replace(b'"EUR"', b'"EUR", "email": "a@shop.example"'))


def _sent(
    turn: _Turn,
    entries: Any,
    clock: Clock,
    failing: _FailingAtFirst,
    patience_s: float = LONG_S,
) -> tuple[list[float], Outcome]:
    sender = Watched(failing, clock)
    outcomes = drive(
        entries,
        sender=sender,
        about=ABOUT,
        services=services(clock, seed=turn.seed),
        tally=turn.effort.tally,
        settings=DeliverySettings(patience_s=patience_s),
    )
    return sender.log.times, outcomes[0].outcome


class _FailingAtFirst:
    """Asks to wait this often, and accepts from then on."""

    def __init__(self, failures: int, waits: tuple[float, ...]) -> None:
        self._left = failures
        self._waits = waits

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        count = len(bodies)
        self._left -= 1
        if self._left >= 0:
            advice = Advice(Action.WAIT, waits=self._waits, code="http_5xx")
            verdicts = (Verdict(VerdictStatus.UNDECIDED),) * count
            return Reply(verdicts, advice, "http_5xx", ambiguous=not self._waits)
        return Reply((Verdict(VerdictStatus.DELIVERED),) * count, Advice(Action.GO_ON), "0")

    def close(self) -> None:
        """Nothing is open."""


@contextmanager
def local_time(zone: str) -> Iterator[None]:
    """The machine's time zone, for a while."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        if before is None:
            del os.environ["TZ"]
        else:
            os.environ["TZ"] = before
        time.tzset()
