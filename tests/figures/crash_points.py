"""F3: the process ends at a named point; whatever it had begun has then happened, or it has not.

A case takes one point. The next process finds everything that was accepted, sends it, and only what was in a request that was
under way comes in again.
"""

from __future__ import annotations

from typing import Any

from tests.figures.figure import Effort, Happened
from tests.figures.hosts import Workplace, workplace
from tests.figures.outbox_child import CRASHED, POINTS

_EVENTS = 120
_NTH = (1, 3)
"""The passing of the point at which the process ends; what is met once in a life has the first alone."""
_ONCE = ("schema", "old keys", "filing")


def case(seed: int, effort: Effort) -> Happened:
    del effort
    found = Happened()
    point = POINTS[seed % len(POINTS)]
    nth = _NTH[seed // len(POINTS) % len(_NTH)]
    once = any(word in point for word in _ONCE)
    with workplace() as place:
        _end_there(place, point, 1 if once else nth, found)
        last = place.begin(first=_EVENTS, count=0)
        found.expect(last.await_ready() and last.wait() == 0, f"{point}: the next process did not end well")
        before = place.doubled
        place.look()
        again = place.doubled - before
        found.expect(
            again <= place.allowed_again,
            f"{point}: {again} came in again, {place.allowed_again} were under way",
        )
        lost = set(place.accepted()) - set(place.arrived)
        found.expect(not lost, f"{point}: {len(lost)} lost")
        found.expect(not place.in_flight(), f"{point}: requests are known as under way after the end")
        found.counts.update(arrived=len(place.arrived), again=place.doubled)
        found.measure("lost", len(lost))
    return found


def _end_there(place: Workplace, point: str, nth: int, found: Happened) -> None:
    host = place.begin(count=_EVENTS, crash=point, nth=nth)
    code = host.wait()
    found.counts["points passed"] += code == CRASHED
    found.expect(code == CRASHED, f"{point}: the process ended with {code} and not there")
    place.look()
    place.allowed_again = sum(place.in_flight())


def tell(whole: Happened) -> dict[str, Any]:
    return {
        "points": ", ".join(POINTS),
        "lost": int(sum(whole.measured["lost"])),
        "came in again": whole.counts["again"],
    }
