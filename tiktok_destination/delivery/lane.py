"""A lane: everything that waits to be sent under one batch key, and what the run has learned about that key.

- While nothing of the key has been accepted and a refused part is being searched, nothing else of the key is sent: if
  a setting is wrong, it shows within a few calls.
- Refusals that come before anything of the key was accepted are held, not final: they may be a setting's fault.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from plugin_spec import Prepared
from tiktok_destination.delivery.gate import Gate
from tiktok_destination.delivery.parts import Filling, Part
from tiktok_destination.delivery.split import Split

REFUSALS_WITHOUT_ACCEPTANCE = 50
"""Refused in a row with none accepted: then the key is paused instead."""


@dataclass(frozen=True)
class Pause:
    """Why nothing (more) is sent."""

    code: str
    reason: str | None = None
    path: str | None = None
    """The field that the receiver names as the cause."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One event that was refused."""

    event: Prepared
    place: int
    code: str | None
    attempts: int
    request_id: str | None
    path: str | None
    """The field that the receiver names as the cause."""
    uncertain_since: float | None
    """As in `Part`: set if an earlier attempt may have arrived."""


class Lane:
    """What waits under one batch key. Decides what goes next, never what becomes of it."""

    def __init__(self, batch_key: str, filling: Filling, *, coin: Callable[[], bool]) -> None:
        self.batch_key = batch_key
        self.filling = filling
        self.gate = Gate()
        self.pause: Pause | None = None
        self.proven = False
        """Something of this key was accepted in this run."""
        self.held: list[Refusal] = []
        self.in_flight = 0
        self._refusals = 0
        self._coin = coin
        self._batches: deque[Part] = deque()
        self._halves: deque[tuple[Part, Split]] = deque()
        self._splits: list[Split] = []

    def add(self, part: Part) -> None:
        """A batch that is ready to go, behind those that are."""
        self._batches.append(part)

    def close_filling(self) -> None:
        """Send what is there, though there is room for more."""
        part = self.filling.close()
        if part is not None:
            self._batches.append(part)

    def next_part(self) -> tuple[Part, Split | None] | None:
        """What may be sent now, and the search it belongs to; the gate is the caller's business."""
        if not self._halves:
            self._divide()
        if self._halves:
            return self._halves.popleft()
        if self._batches and (self.proven or not self._splits):
            return self._batches.popleft(), None
        return None

    def may_send(self, now_s: float) -> bool:
        """Whether the gate lets a request through at `now_s` (monotonic): after a wait one alone, to see how it goes."""
        return self.gate.opens_at <= now_s and not (self.in_flight and self.gate.is_probing())

    def has_work(self) -> bool:
        """Something is ready to go, now or after the answers that are awaited."""
        return bool(self._batches or self._halves or self._splits)

    def is_idle(self) -> bool:
        """Nothing of this key is ready, being filled, searched or under way."""
        return not self.has_work() and not self.in_flight and self.filling.first_place() is None

    def try_again(self, part: Part, split: Split | None) -> None:
        """The part goes before those that were not tried yet."""
        if split is None:
            self._batches.appendleft(part)
        else:
            self._halves.appendleft((part, split))

    def refused_as_a_whole(self, part: Part, split: Split | None) -> None:
        """A part of two or more events needs dividing."""
        if split is None:
            self._splits.append(Split(part, coin=self._coin))
        else:
            split.answered(part)

    def leaves_split(self, split: Split | None, *, answered: bool) -> None:
        """A half has nothing left to try."""
        if split is None:
            return
        if answered:
            split.answered(None)
        else:
            split.withdrawn()

    def refused(self, refusals: list[Refusal]) -> None:
        """Hold what was refused while nothing has been accepted."""
        self._refusals += len(refusals)
        self.held += refusals

    def nothing_is_accepted(self) -> bool:
        """It is not the events: so many answers, and none of them good."""
        if self.proven:
            return False
        return self._refusals >= REFUSALS_WITHOUT_ACCEPTANCE or any(
            split.calls >= split.limit for split in self._splits
        )

    def forget_finished(self) -> None:
        """Drop the searches that are over."""
        if self._splits:
            self._splits = [split for split in self._splits if not split.is_finished()]

    def release_held(self) -> list[Refusal]:
        """The held refusals, which are no longer held."""
        held, self.held = self.held, []
        return held

    def clear(self) -> list[Part]:
        """Everything that waits, taken out."""
        self.close_filling()
        parts = [*self._batches, *(part for part, _ in self._halves)]
        for split in self._splits:
            parts += split.give_up()
        self._batches.clear()
        self._halves.clear()
        self._splits.clear()
        return parts

    def _divide(self) -> None:
        splits = self._splits if self.proven else self._splits[:1]
        for split in splits:
            pair = split.next_pair(eager=self.proven)
            if pair is not None:
                self._halves.extend((half, split) for half in pair)
                return
