"""What each answer means for the events that travelled, and for what would follow them.

- A verdict is final, except a refusal before anything of its batch key was accepted: that one is held.
- Advice reaches as far as its scope: a wait closes a gate, a pause ends sending in the scope and keeps the events.
- After an attempt without a certain end an event is repeated only where the receiver knows copies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugin_spec import Action, Advice, Note, Prepared, Reply, Scope, Services, Verdict, VerdictStatus
from tiktok_destination.delivery.books import Books
from tiktok_destination.delivery.codes import NOTHING_ACCEPTED, SENDER_FAILED
from tiktok_destination.delivery.lane import Lane, Pause, Refusal
from tiktok_destination.delivery.lanes import Lanes
from tiktok_destination.delivery.parts import Part
from tiktok_destination.delivery.queue import Queue
from tiktok_destination.delivery.split import Split


@dataclass(frozen=True, slots=True)
class Flight:
    """One request under way."""

    number: int
    """From 1, in the order in which requests began."""
    began_at: float
    """Unix seconds."""
    lane: Lane
    part: Part
    split: Split | None


class Answers:
    """Applies answers, one after another."""

    def __init__(
        self, *, lanes: Lanes, books: Books, queue: Queue, services: Services, repeat_window_s: float
    ) -> None:
        self._lanes = lanes
        self._books = books
        self._queue = queue
        self._services = services
        self._repeat_window_s = repeat_window_s
        self.last_reason: str | None = None
        """The code of the last answer that asked for a wait."""

    def take(self, flight: Flight, reply: Reply, *, last_begun: int) -> bool:
        """Apply one answer; whether anything moved by it. `last_begun` is the newest request's number."""
        lane, part = flight.lane, flight.part
        part.attempts += 1
        undecided = self._apply_verdicts(flight, reply)
        waiting = _must_wait(reply.advice, carried=len(part), undecided=len(undecided))
        self._apply_advice(flight, reply, waiting=waiting, last_begun=last_begun)
        left = part if len(undecided) == len(part) else part.only(undecided)
        if reply.ambiguous and undecided:
            self._queue.doubt(left.events, flight.began_at)
            left = self._repeatable(left, flight, reply)
        self._send_on(flight, reply, left, waiting=waiting, judged=len(undecided) < len(part))
        if not self._pause_of(lane) and lane.nothing_is_accepted():
            self.pause_lane(lane, Pause(NOTHING_ACCEPTED, reply.code))
        lane.forget_finished()
        self._queue.land(flight.number)
        return not waiting or len(undecided) < len(part)

    def pause_lane(self, lane: Lane, pause: Pause) -> None:
        """Send nothing more of this batch key; what is undecided and not under way becomes pending."""
        if lane.pause is None:
            lane.pause = pause
        for part in lane.clear():
            self._books.pending(part, lane.pause)
        for refusal in lane.release_held():
            self._books.held_back(refusal, lane.pause)

    def pause_all(self, pause: Pause) -> None:
        """Send nothing more at all."""
        if self._lanes.pause is None:
            self._lanes.pause = pause
        for lane in self._lanes:
            self.pause_lane(lane, pause)

    def refuse_held(self, lane: Lane) -> None:
        """Nothing speaks against the held refusals any more."""
        for refusal in lane.release_held():
            self._books.refused(refusal)

    def may_repeat(self, event: Prepared) -> bool:
        """Whether a second copy does no harm: it does not count, or the receiver knows it for a copy."""
        known = event.repeatable and event.dedup_key is not None and self._repeat_window_s > 0
        return known or event.test

    def _pause_of(self, lane: Lane) -> Pause | None:
        return lane.pause or self._lanes.pause

    def _apply_verdicts(self, flight: Flight, reply: Reply) -> list[int]:
        """The indexes of the events that are still undecided."""
        lane, part, request_id = flight.lane, flight.part, reply.request_id
        if _all_alike(reply.verdicts):  # the answer to most requests: all accepted
            self._books.delivered(
                part, range(len(part)), notes=reply.verdicts[0].notes, request_id=request_id
            )
            lane.proven = True
            self.refuse_held(lane)
            return []
        undecided: list[int] = []
        refusals: list[Refusal] = []
        accepted: dict[tuple[Note, ...], list[int]] = {}
        for index, verdict in enumerate(reply.verdicts):
            if verdict.status is VerdictStatus.DELIVERED:
                accepted.setdefault(verdict.notes, []).append(index)
            elif verdict.status is VerdictStatus.REFUSED:
                code = verdict.code or reply.code
                refusals.append(
                    Refusal(
                        event=part.events[index],
                        place=part.places[index],
                        code=code,
                        attempts=part.attempts,
                        request_id=request_id,
                        path=verdict.path,
                        uncertain_since=part.uncertain_since,
                    )
                )
            else:
                undecided.append(index)
        for notes, indexes in accepted.items():
            self._books.delivered(part, indexes, notes=notes, request_id=request_id)
        if accepted:
            lane.proven = True
            self.refuse_held(lane)
        pause = self._pause_of(lane)
        if lane.proven:
            for refusal in refusals:
                self._books.refused(refusal)
        elif pause:
            for refusal in refusals:
                self._books.held_back(refusal, pause)
        else:
            lane.refused(refusals)
        return undecided

    def _apply_advice(self, flight: Flight, reply: Reply, *, waiting: bool, last_begun: int) -> None:
        lane, advice = flight.lane, reply.advice
        everything = advice.scope is Scope.CREDENTIAL
        if waiting:
            self.last_reason = reply.code or advice.code
            gate = self._lanes.gate if everything else lane.gate
            gate.close(
                advice.waits,
                number=flight.number,
                last_begun=last_begun,
                monotonic_s=self._services.monotonic(),
                clock_s=self._services.clock(),
                random=self._services.random,
            )
            return
        lane.gate.answered(flight.number)
        self._lanes.gate.answered(flight.number)
        if advice.action is Action.PAUSE:
            code = advice.code or reply.code or SENDER_FAILED
            pause = Pause(code, reply.code if reply.code != code else None, advice.path)
            if everything:
                self.pause_all(pause)
            else:
                self.pause_lane(lane, pause)

    def _repeatable(self, part: Part, flight: Flight, reply: Reply) -> Part:
        """The events that may be sent again after an attempt without a certain end; the others wait for a person."""
        again: list[int] = []
        not_again: list[int] = []
        for index, event in enumerate(part.events):
            (again if self.may_repeat(event) else not_again).append(index)
        if not_again:
            self._books.uncertain(part.only(not_again), reply.code, reply.request_id)
            part = part.only(again)
        if part.uncertain_since is None:
            part.uncertain_since = flight.began_at
        return part

    def _send_on(self, flight: Flight, reply: Reply, left: Part, *, waiting: bool, judged: bool) -> None:
        """Put what is left of a part where it will be tried again, divided, or kept."""
        lane, split = flight.lane, flight.split
        pause = self._pause_of(lane)
        if not left:
            lane.leaves_split(split, answered=judged)
        elif pause:
            self._books.pending(left, pause, reply.request_id)
            lane.leaves_split(split, answered=judged)
        elif waiting or len(left) == 1:
            lane.try_again(left, split)
        else:
            lane.refused_as_a_whole(left, split)


def _must_wait(advice: Advice, *, carried: int, undecided: int) -> bool:
    """Whether the next request has to wait: as advised, or because the same request would only be repeated at once."""
    if advice.action is Action.WAIT:
        return True
    if advice.action is Action.GO_ON:
        return undecided > 0
    return advice.action is Action.SPLIT and undecided == carried == 1


def _all_alike(verdicts: Sequence[Verdict]) -> bool:
    """Every event was accepted, with the same notes."""
    first = verdicts[0]
    return first.status is VerdictStatus.DELIVERED and all(verdict is first for verdict in verdicts)


def failed_reply(count: int) -> Reply:
    """The reply in place of one that a sender owes: nothing is known of the events."""
    undecided = Verdict(VerdictStatus.UNDECIDED)
    advice = Advice(Action.WAIT, code=SENDER_FAILED)
    return Reply((undecided,) * count, advice, SENDER_FAILED, ambiguous=True)
