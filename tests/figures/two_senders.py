"""F15: two processes and one data folder: of one destination one sends, of two destinations both do."""

from __future__ import annotations

import signal
from typing import Any

from tests.figures.figure import Effort, Happened
from tests.figures.hosts import workplace
from tests.figures.outbox_child import REFUSED

_EVENTS = 300


def case(seed: int, effort: Effort) -> Happened:
    del effort
    found = Happened()
    with workplace() as place:
        first = place.begin(count=_EVENTS, seed=seed, stays=True)
        found.expect(first.await_ready(), "the first process did not begin")
        other = place.begin(name="m", count=_EVENTS, seed=seed + 1)
        second = place.begin(first=_EVENTS, count=_EVENTS)
        found.expect(second.wait() == REFUSED, "a second process sends for the same destination")
        found.expect(
            f"process {first.process.pid} is sending" in second.out,
            "the second process is not told who sends",
        )
        found.counts["refused"] += 1
        found.expect(other.wait() == 0, "another destination did not end well beside it")
        first.end(signal.SIGKILL if seed % 2 else signal.SIGTERM)
        place.look()
        known, place.allowed_again = place.doubled, sum(place.in_flight())
        third = place.begin(first=2 * _EVENTS, count=_EVENTS)
        found.expect(third.await_ready() and third.wait() == 0, "after it no other process can send")
        place.look()
        found.expect(known == 0, f"{known} events came in twice while two processes ran")
        found.expect(place.doubled <= place.allowed_again, f"{place.doubled} events came in again")
        lost = set(place.accepted()) - set(place.arrived)
        found.expect(not lost, f"{len(lost)} lost")
        found.counts.update(accepted=len(place.accepted()), killed=seed % 2)
        found.measure("lost", len(lost))
        found.measure("again", place.doubled)
    return found


def tell(whole: Happened) -> dict[str, Any]:
    return {
        "batches of two senders": 0 if not whole.breaches else len(whole.breaches),
        "lost": int(sum(whole.measured["lost"])),
        "came in again after a kill": int(sum(whole.measured["again"])),
    }
