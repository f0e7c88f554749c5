"""All lanes of a run, and what holds for every request of it: one gate and one pause for the credential."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugin_spec import About
from tiktok_destination.delivery.gate import Gate
from tiktok_destination.delivery.lane import Lane, Pause
from tiktok_destination.delivery.parts import Filling, Part
from tiktok_destination.delivery.split import Split


class Lanes:
    """One lane for each batch key, made when its first event comes."""

    def __init__(self, about: About, *, coin: Callable[[], bool]) -> None:
        self._about = about
        self._coin = coin
        self._lanes: dict[str, Lane] = {}
        self._busy: dict[str, Lane] = {}
        """Those with something to do, in the order of their turns: a file may name thousands of batch keys."""
        self.gate = Gate()
        self.pause: Pause | None = None

    def __iter__(self) -> Iterator[Lane]:
        """The lanes with something to do."""
        return iter(self._busy.values())

    def of(self, batch_key: str) -> Lane:
        """The lane of a batch key."""
        lane = self._busy.get(batch_key)
        if lane is not None:
            return lane
        lane = self._lanes.get(batch_key)
        if lane is None:
            filling = Filling(max_events=self._about.max_events, max_bytes=self._about.max_bytes)
            lane = self._lanes[batch_key] = Lane(batch_key, filling, coin=self._coin)
        self._busy[batch_key] = lane
        return lane

    def rest_idle(self) -> None:
        """Leave aside the lanes that have nothing to do, until an event of theirs comes."""
        idle = [key for key, lane in self._busy.items() if lane.is_idle() and not lane.held]
        for key in idle:
            del self._busy[key]

    def next_part(self, now_s: float, *, hurry: bool) -> tuple[Lane, Part, Split | None] | None:
        """What may be sent at `now_s` (monotonic), by turns among the lanes.

        With `hurry` a part that is not full goes, too, the one with the oldest event first, where nothing else can.
        """
        if self.gate.opens_at > now_s or (self.gate.is_probing() and any(lane.in_flight for lane in self)):
            return None
        open_lanes = [lane for lane in self if lane.may_send(now_s)]
        for lane in open_lanes:
            found = lane.next_part()
            if found is not None:
                self._busy[lane.batch_key] = self._busy.pop(lane.batch_key)
                return lane, *found
        if hurry:
            filled = [
                (place, lane) for lane in open_lanes if (place := lane.filling.first_place()) is not None
            ]
            for _, lane in sorted(filled, key=lambda pair: pair[0]):
                lane.close_filling()
                found = lane.next_part()
                if found is not None:
                    return lane, *found
        return None

    def close_fillings(self) -> None:
        """Send what is there, though there is room for more."""
        for lane in self:
            lane.close_filling()

    def are_filling(self) -> bool:
        """Some part is not full."""
        return any(lane.filling.first_place() is not None for lane in self)

    def have_work(self) -> bool:
        """Something waits to be sent."""
        return any(lane.has_work() for lane in self)

    def next_opening(self, now_s: float) -> float | None:
        """The next moment after `now_s` (monotonic) at which a lane with work may go on; None: no lane waits for one."""
        openings = (max(lane.gate.opens_at, self.gate.opens_at) for lane in self if lane.has_work())
        return min((opening for opening in openings if opening > now_s), default=None)
