"""The search for bad events: exact, bounded, and quick to say when it is not the events."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from scripted_sender import Run, ScriptedSender, event, kinds

from plugin_spec import Prepared
from tiktok_destination.delivery.parts import Part
from tiktok_destination.delivery.split import Split

N = 1000


def _part(size: int) -> Part:
    return Part([event(number) for number in range(size)], list(range(size)))


def _search(
    size: int, bad: set[int], *, eager: bool, coin: Callable[[], bool]
) -> tuple[set[int], set[int], Split]:
    """Everything that a receiver accepts and refuses on the way, starting from a part already refused once."""
    split = Split(_part(size), coin=coin)
    accepted: set[int] = set()
    refused: set[int] = set()
    while (pair := split.next_pair(eager=eager)) is not None:
        for half in pair:
            found = bad.intersection(half.places)
            if not found:
                accepted.update(half.places)
            elif len(half) == 1:
                refused.update(half.places)
            split.answered(half if found and len(half) > 1 else None)
    assert split.is_finished()
    return accepted, refused, split


def _bound(size: int, bad: int) -> int:
    return 2 * bad * (size - 1).bit_length()


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 8, 9, 31, 100, 999, 1000])
@pytest.mark.parametrize("eager", [False, True])
def test_any_set_of_bad_events_is_found_exactly_within_the_bound(size, eager):
    chance = random.Random(size)
    for count in sorted({1, 2, 3, min(20, size), size}):
        bad = set(chance.sample(range(size), min(count, size)))
        accepted, refused, split = _search(size, bad, eager=eager, coin=lambda: chance.random() < 0.5)
        assert refused == bad
        assert accepted == set(range(size)) - bad
        assert split.calls <= _bound(size, len(bad))


def test_both_halves_are_tried_before_either_is_divided():
    split = Split(_part(8), coin=lambda: False)
    first, second = split.next_pair(eager=False) or pytest.fail("nothing to try")
    assert (first.places, second.places) == ([0, 1, 2, 3], [4, 5, 6, 7])
    split.answered(first)
    assert split.next_pair(eager=False) is None
    split.answered(second)
    third, fourth = split.next_pair(eager=False) or pytest.fail("nothing to try")
    assert third.places + fourth.places in (first.places, second.places)


@pytest.mark.parametrize("heads", [False, True])
def test_the_coin_decides_which_failed_half_is_divided_first(heads):
    split = Split(_part(4), coin=lambda: heads)
    for half in split.next_pair(eager=False) or pytest.fail("nothing to try"):
        split.answered(half)
    first, second = split.next_pair(eager=False) or pytest.fail("nothing to try")
    assert first.places + second.places == ([0, 1] if heads else [2, 3])


def test_a_search_that_never_meets_a_good_event_reaches_its_limit_on_the_way_to_the_first_single():
    split = Split(_part(N), coin=lambda: False)
    while split.calls < split.limit:
        for half in split.next_pair(eager=False) or pytest.fail("the search ended before its limit"):
            split.answered(half if len(half) > 1 else None)
    assert split.limit == 20
    assert split.give_up()
    assert split.is_finished()


def _positions(name: str, count: int) -> set[int]:
    chance = random.Random(f"{name}{count}")
    return {
        "random": lambda: set(chance.sample(range(1, N + 1), count)),
        "first": lambda: set(range(1, count + 1)),
        "last": lambda: set(range(N - count + 1, N + 1)),
        "middle": lambda: set(range(N // 2 - count // 2, N // 2 - count // 2 + count)),
        "evenly": lambda: {1 + index * N // count for index in range(count)},
        "powers of two": lambda: (
            set([1, *(1 + 2**power for power in range(10))][:count])
            | set(range(600, 600 + max(0, count - 11)))
        ),
        "one for each block of 31": lambda: {1 + 31 * index for index in range(count)},
    }[name]()


ARRANGEMENTS = ["random", "first", "last", "middle", "evenly", "powers of two", "one for each block of 31"]


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_up_to_twenty_bad_events_in_a_thousand_cost_no_good_one_and_stay_within_the_bound(arrangement):
    for count in range(1, 21):
        bad = _positions(arrangement, count)
        assert len(bad) == count
        sender = ScriptedSender()
        run = Run(sender, seed=count)
        found = kinds(run.of(_thousand(bad)))
        assert set(found["refused:bad"]) == bad, (arrangement, count)
        assert len(found["delivered"]) == N - count
        assert set(found) == {"delivered", "refused:bad"}
        assert len(sender.requests) - 1 <= _bound(N, count)
        assert set(sender.accepted.values()) == {1}


def test_twenty_random_bad_events_are_found_wherever_they_are():
    for seed in range(40):
        bad = set(random.Random(seed).sample(range(1, N + 1), 20))
        sender = ScriptedSender()
        found = kinds(Run(sender, seed=seed).of(_thousand(bad)))
        assert set(found["refused:bad"]) == bad, seed
        assert len(sender.requests) - 1 <= _bound(N, 20)


def _thousand(bad: set[int]) -> list[Prepared]:
    return [event(number, *(["bad"] if number in bad else [])) for number in range(1, N + 1)]
