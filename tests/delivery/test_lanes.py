"""What goes next: by turns among the batch keys, and nothing beside a search that has met nothing good."""

from __future__ import annotations

from random import Random

from scripted_sender import about, event

from tiktok_destination.delivery.lanes import Lanes
from tiktok_destination.delivery.parts import Part


def _lanes(*keys: str, batches: int = 3) -> Lanes:
    lanes = Lanes(about(), coin=lambda: False)
    for key in keys:
        for batch in range(batches):
            first = batch * 4
            lanes.of(key).add(
                Part([event(first + n, key=key) for n in range(4)], list(range(first, first + 4)))
            )
    return lanes


def _next(lanes: Lanes) -> tuple[str, list[int]] | None:
    found = lanes.next_part(0.0, hurry=False)
    return None if found is None else (found[0].batch_key, found[1].places)


def test_lanes_take_turns():
    lanes = _lanes("a", "b")
    order = [_next(lanes) for _ in range(7)]
    assert [one[0] for one in order if one] == ["a", "b", "a", "b", "a", "b"]
    assert order[6] is None


def test_while_nothing_is_accepted_nothing_else_of_the_key_is_sent_beside_a_search():
    lanes = _lanes("a")
    lane, part, split = lanes.next_part(0.0, hurry=False)
    lane.refused_as_a_whole(part, split)
    halves = [lanes.next_part(0.0, hurry=False) for _ in range(2)]
    assert [half.places for _, half, _ in halves] == [[0, 1], [2, 3]]
    assert _next(lanes) is None
    for _, half, split in halves:
        lane.refused_as_a_whole(half, split)
    assert _next(lanes) == ("a", [2])
    lane.proven = True
    assert [_next(lanes) for _ in range(5)] == [
        ("a", [3]),
        ("a", [0]),
        ("a", [1]),
        ("a", [4, 5, 6, 7]),
        ("a", [8, 9, 10, 11]),
    ]


def test_a_second_search_waits_for_the_first_while_nothing_is_accepted():
    lanes = _lanes("a", batches=2)
    both = [lanes.next_part(0.0, hurry=False) for _ in range(2)]
    for lane, part, split in both:
        lane.refused_as_a_whole(part, split)
    assert [_next(lanes) for _ in range(3)] == [("a", [0, 1]), ("a", [2, 3]), None]


def test_a_lane_hands_out_everything_that_waits_when_it_is_cleared():
    lanes = _lanes("a")
    lane, part, split = lanes.next_part(0.0, hurry=False)
    lane.refused_as_a_whole(part, split)
    _, half, split = lanes.next_part(0.0, hurry=False)
    lane.refused_as_a_whole(half, split)
    lane.filling.add(event(12, key="a"), 12)
    assert sorted(place for one in lane.clear() for place in one.places) == list(range(13))
    assert not lane.has_work()


def test_a_lane_without_work_rests_and_comes_back_as_it_was():
    lanes = _lanes()
    lane = lanes.of("a")
    lane.proven = True
    lanes.rest_idle()
    assert list(lanes) == []
    assert lanes.of("a") is lane
    assert list(lanes) == [lane]


def test_a_lane_that_is_being_filled_or_awaits_an_answer_does_not_rest():
    lanes = _lanes()
    filling, flying = lanes.of("a"), lanes.of("b")
    filling.filling.add(event(1, key="a"), 0)
    flying.in_flight = 1
    lanes.rest_idle()
    assert list(lanes) == [filling, flying]


def _told_to_wait(gate, number):
    gate.close((1.0,), number=number, last_begun=number, monotonic_s=0.0, clock_s=0.0, random=Random(1))


def test_after_a_wait_one_request_alone_goes_through_until_it_is_answered_well():
    lanes = _lanes("a", "b")
    lane, _, _ = lanes.next_part(0.0, hurry=False)
    _told_to_wait(lane.gate, 1)
    assert [_next_at(lanes, 2.0) for _ in range(2)] == ["b", "a"]
    lane.in_flight = 1
    assert [_next_at(lanes, 2.0) for _ in range(2)] == ["b", "b"]
    lane.in_flight = 0
    lane.gate.answered(2)
    lane.in_flight = 1
    assert _next_at(lanes, 2.0) == "a"


def test_after_a_wait_for_the_credential_one_request_alone_goes_through():
    lanes = _lanes("a", "b")
    _told_to_wait(lanes.gate, 1)
    assert _next_at(lanes, 2.0) == "a"
    lanes.of("a").in_flight = 1
    assert _next_at(lanes, 2.0) is None
    lanes.gate.answered(2)
    assert _next_at(lanes, 2.0) == "b"


def _next_at(lanes: Lanes, now_s: float) -> str | None:
    found = lanes.next_part(now_s, hurry=False)
    return None if found is None else found[0].batch_key
