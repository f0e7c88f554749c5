"""F8: a few bad events among a thousand, which the receiver refuses as a whole: exactly they are found, in few calls.

One case in seven goes the whole way over HTTP; the others ask a sender in memory, which is the same to delivery and quicker.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from plugin_spec import (
    About,
    Action,
    Advice,
    Outcome,
    Prepared,
    Reply,
    Sender,
    Services,
    Verdict,
    VerdictStatus,
)
from tests.figures.clocks import Clock
from tests.figures.conservation import Tally
from tests.figures.driving import Watched, credential, drive, services, tiktok, web_config
from tests.figures.figure import Effort, Happened
from tests.figures.records import purchase
from tests.figures.scripted_receiver import ScriptedReceiver

START = 1_795_176_000.0
AMONG = 1000
MOST_BAD = 20
PLACES: dict[str, Callable[[random.Random, int], Sequence[int]]] = {
    "by chance": lambda rng, bad: rng.sample(range(AMONG), bad),
    "evenly": lambda rng, bad: range(rng.randrange(AMONG // bad), AMONG, AMONG // bad)[:bad],
    "first": lambda rng, bad: range(bad),
    "last": lambda rng, bad: range(AMONG - bad, AMONG),
}
_OVER_HTTP = 7


def case(seed: int, effort: Effort) -> Happened:
    rng = random.Random(seed)
    bad = 1 + seed % MOST_BAD
    place = list(PLACES)[(seed + seed // MOST_BAD) % len(PLACES)]
    found = Happened()
    poisoned = {f"e-{index}" for index in PLACES[place](rng, bad)}
    run = _over_http if seed % _OVER_HTTP == 0 else _in_memory
    refused, delivered, calls = run(poisoned, seed, effort.tally)
    most = 2 * bad * math.ceil(math.log2(AMONG))
    found.expect(
        refused == poisoned,
        f"{bad} bad, {place}: {len(refused - poisoned)} good ones refused, {len(poisoned - refused)} not found",
    )
    found.expect(len(delivered) == AMONG - bad, f"{bad} bad, {place}: {len(delivered)} delivered")
    found.expect(calls - 1 <= most, f"{bad} bad, {place}: {calls - 1} further calls, at most {most}")
    found.counts.update(searches=1, found=len(refused), calls=calls)
    found.counts["searches over HTTP"] += run is _over_http
    found.counts[f"placed {place}"] += 1
    found.measure("share of the bound", (calls - 1) / most)
    return found


def tell(whole: Happened) -> dict[str, Any]:
    shares = whole.measured["share of the bound"]
    return {
        "searches that missed or accused one": len(whole.breaches),
        "further calls, of 2·k·⌈log2 n⌉: at most": f"{max(shares):.0%}",
        "on average": f"{sum(shares) / len(shares):.0%}",
    }


def _of(outcomes: Sequence[Any], outcome: Outcome) -> set[str]:
    return {one.event_id for one in outcomes if one.outcome is outcome}


_Ran = tuple[set[str], set[str], int]
"""Refused, delivered, calls."""


def _over_http(poisoned: set[str], seed: int, tally: Tally) -> _Ran:
    clock, destination, config = Clock(START), tiktok(), web_config("C0PIXELCODE00000001A")
    with ScriptedReceiver(dict.fromkeys(poisoned, ("40002",))) as receiver:
        lent = services(clock, seed=seed, base_url=receiver.url)
        records = (purchase(index + 1, f"e-{index}", int(START) - index) for index in range(AMONG))
        entries = destination.compile(config).prepare(records, clock.wall)
        return _ran(
            entries,
            destination.open(config, credential("figures-token"), lent),
            destination.about,
            lent,
            clock=clock,
            tally=tally,
        )


def _in_memory(poisoned: set[str], seed: int, tally: Tally) -> _Ran:
    clock = Clock(START)
    bodies = {f"e-{index}".encode() for index in range(AMONG)}
    sender = _Refusing({one.encode() for one in poisoned} & bodies)
    return _ran(_events(), sender, about(), services(clock, seed=seed), clock=clock, tally=tally)


def about() -> About:
    """A receiver of any events."""
    return About("figures", "", "", ("web",), max_events=AMONG, max_bytes=1_000_000, repeat_window_s=0)


def _ran(entries: Any, sender: Sender, about: About, lent: Services, *, clock: Clock, tally: Tally) -> _Ran:
    watched = Watched(sender, clock)
    outcomes = drive(entries, sender=watched, about=about, services=lent, tally=tally)
    watched.close()
    return _of(outcomes, Outcome.REFUSED), _of(outcomes, Outcome.DELIVERED), watched.log.requests


def _events() -> Iterator[Prepared]:
    for index in range(AMONG):
        name = f"e-{index}"
        yield Prepared(index + 1, 1, "Purchase", name, "k", name.encode(), START + 1e6, name.encode())


class _Refusing:
    """Accepts a request as a whole, or refuses it as a whole."""

    def __init__(self, bad: set[bytes]) -> None:
        self._bad = bad

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        count = len(bodies)
        if self._bad.isdisjoint(bodies):
            return Reply((Verdict(VerdictStatus.DELIVERED),) * count, Advice(Action.GO_ON), "0")
        if count == 1:
            return Reply((Verdict(VerdictStatus.REFUSED, "40002"),), Advice(Action.GO_ON), "40002")
        return Reply((Verdict(VerdictStatus.UNDECIDED),) * count, Advice(Action.SPLIT), "40002")

    def close(self) -> None:
        """Nothing is open."""
