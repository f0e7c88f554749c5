"""Lanes with nothing to do cost nothing, and are the same lanes when their next event comes."""

from plugin_spec import About, Prepared
from tiktok_destination.delivery.lanes import Lanes

ABOUT = About("toy", "Toy", "", ("web",), max_events=2, max_bytes=1000, repeat_window_s=0)
EVENT = Prepared(1, 1, "Purchase", "e-1", "key", b"e-1", 9e9, b"{}")


def test_a_lane_without_work_rests_and_comes_back_as_it_was():
    lanes = Lanes(ABOUT, coin=lambda: True)
    lane = lanes.of("key")
    lane.proven = True
    lanes.rest_idle()
    assert list(lanes) == []
    assert lanes.of("key") is lane
    assert list(lanes) == [lane]


def test_a_lane_that_is_being_filled_or_awaits_an_answer_does_not_rest():
    lanes = Lanes(ABOUT, coin=lambda: True)
    filling, flying = lanes.of("filling"), lanes.of("flying")
    filling.filling.add(EVENT, 0)
    flying.in_flight = 1
    lanes.rest_idle()
    assert list(lanes) == [filling, flying]
