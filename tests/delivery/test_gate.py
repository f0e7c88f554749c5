"""Waits: the receiver's ladder, our own back-off, and which answers climb."""

from __future__ import annotations

from random import Random

import pytest

from plugin_spec import UTC_MIDNIGHT
from tiktok_destination.delivery.gate import Gate, wait_s

LADDER = (1.0, 300.0, UTC_MIDNIGHT)
NOON = 86_400.0 * 20_000 + 43_200.0


def _told_to_wait(
    gate: Gate, number: int, *, newest: int, now: float, waits: tuple[float, ...] = LADDER
) -> float:
    gate.close(waits, number=number, last_begun=newest, monotonic_s=now, clock_s=NOON, random=Random(1))
    return gate.opens_at - now


@pytest.mark.parametrize(
    ("step", "seconds"), [(0, 1.0), (1, 300.0), (2, 43_200.0), (3, 43_200.0), (50, 43_200.0)]
)
def test_each_wait_in_a_row_takes_the_next_rung_and_the_last_repeats(step, seconds):
    assert wait_s(LADDER, step, clock_s=NOON, random=Random(1)) == seconds


@pytest.mark.parametrize(
    ("clock_s", "seconds"), [(0.0, 86_400.0), (86_399.0, 1.0), (86_400.0, 86_400.0), (86_401.5, 86_398.5)]
)
def test_midnight_is_the_next_one_in_utc(clock_s, seconds):
    assert wait_s((UTC_MIDNIGHT,), 0, clock_s=clock_s, random=Random(1)) == seconds


def test_our_own_back_off_is_spread_over_a_bound_that_doubles_up_to_a_minute():
    chance = Random(7)
    for step, bound in enumerate([1, 2, 4, 8, 16, 32, 60, 60, 60]):
        waits = [wait_s((), step, clock_s=NOON, random=chance) for _ in range(400)]
        assert 0 <= min(waits) < bound * 0.05
        assert bound * 0.95 < max(waits) <= bound
    assert wait_s((), 10_000, clock_s=NOON, random=chance) <= 60


def test_requests_under_way_when_a_wait_began_do_not_climb_again():
    gate = Gate()
    assert _told_to_wait(gate, 1, newest=4, now=0.0) == 1.0
    for number in (2, 3, 4):
        assert _told_to_wait(gate, number, newest=4, now=0.5) == 0.5
    assert _told_to_wait(gate, 5, newest=5, now=1.0) == 300.0


def test_an_answer_that_asks_for_no_wait_begins_the_ladder_anew():
    gate = Gate()
    _told_to_wait(gate, 1, newest=1, now=0.0)
    gate.answered(2)
    assert _told_to_wait(gate, 3, newest=3, now=10.0) == 1.0


def test_an_answer_to_a_request_from_before_the_wait_does_not_begin_it_anew():
    gate = Gate()
    _told_to_wait(gate, 1, newest=2, now=0.0)
    gate.answered(2)
    assert _told_to_wait(gate, 3, newest=3, now=10.0) == 300.0


def test_waits_of_another_kind_have_their_own_ladder():
    gate = Gate()
    _told_to_wait(gate, 1, newest=1, now=0.0)
    assert _told_to_wait(gate, 2, newest=2, now=5.0, waits=(7.0,)) == 7.0
    assert _told_to_wait(gate, 3, newest=3, now=20.0) == 1.0


def test_a_wait_of_another_kind_that_was_under_way_can_prolong():
    gate = Gate()
    _told_to_wait(gate, 1, newest=2, now=0.0)
    assert _told_to_wait(gate, 2, newest=2, now=0.0, waits=(7.0,)) == 7.0
    assert _told_to_wait(gate, 3, newest=3, now=7.0) == 300.0


def test_a_gate_is_open_until_it_is_closed():
    assert Gate().opens_at == float("-inf")
