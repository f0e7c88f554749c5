"""One-time states: of one browser session, good once, for ten minutes; whatever comes back otherwise is not taken."""

import itertools

import pytest

from tiktok_destination.credentials import STATE_LIFE_S, Authorisations, Forged


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def states(clock):
    numbers = itertools.count(1)
    return Authorisations(clock, lambda: f"state-{next(numbers)}")


def test_the_way_back_gives_code_and_purpose_once(states):
    state = states.begin("mine", "shop")
    way, code = states.come_back("mine", {"state": [state], "auth_code": ["c-1"], "code": ["c-1"]})
    assert (way.purpose, code) == ("shop", "c-1")
    assert states.come_back("mine", {"state": [state], "auth_code": ["c-1"]}) is Forged.STATE_UNKNOWN


@pytest.mark.parametrize(
    ("session", "query", "expected"),
    [
        ("mine", {}, Forged.STATE_MISSING),
        ("mine", {"state": [""], "auth_code": ["c"]}, Forged.STATE_MISSING),
        ("mine", {"state": ["forged"], "auth_code": ["c"]}, Forged.STATE_UNKNOWN),
        ("mine", {"state": ["st\u00e4te"], "auth_code": ["c"]}, Forged.STATE_UNKNOWN),
        ("another", {"state": ["state-1"], "auth_code": ["c"]}, Forged.STATE_UNKNOWN),
        ("", {"state": ["state-1"], "auth_code": ["c"]}, Forged.STATE_UNKNOWN),
        ("mine", {"state": ["state-1", "state-1"], "auth_code": ["c"]}, Forged.REPEATED),
        ("mine", {"state": ["state-1"], "auth_code": ["c", "d"]}, Forged.REPEATED),
        ("mine", {"state": ["state-1"]}, Forged.CODE_MISSING),
        ("mine", {"state": ["state-1"], "auth_code": [""]}, Forged.CODE_MISSING),
        ("mine", {"state": ["state-1"], "error": ["access_denied"]}, Forged.REFUSED_BY_OWNER),
        (
            "mine",
            {"state": ["state-1"], "error": ["access_denied"], "auth_code": ["c"]},
            Forged.REFUSED_BY_OWNER,
        ),
    ],
)
def test_what_does_not_fit_is_not_taken(states, session, query, expected):
    states.begin("mine", "shop")
    assert states.come_back(session, query) is expected


def test_a_state_that_was_shown_in_another_session_is_spent(states):
    state = states.begin("mine", "shop")
    assert states.come_back("another", {"state": [state], "auth_code": ["c"]}) is Forged.STATE_UNKNOWN
    assert states.come_back("mine", {"state": [state], "auth_code": ["c"]}) is Forged.STATE_UNKNOWN


@pytest.mark.parametrize(("later_s", "taken"), [(STATE_LIFE_S, True), (STATE_LIFE_S + 1, False)])
def test_a_state_lives_ten_minutes(states, clock, later_s, taken):
    state = states.begin("mine", "shop")
    clock.now += later_s
    found = states.come_back("mine", {"state": [state], "auth_code": ["c"]})
    assert (found is not Forged.STATE_EXPIRED) is taken


def test_two_ways_of_one_session_are_kept_apart(states):
    first, second = states.begin("mine", "shop"), states.begin("mine", "outlet")
    assert states.come_back("mine", {"state": [second], "auth_code": ["c"]})[0].purpose == "outlet"
    assert states.come_back("mine", {"state": [first], "auth_code": ["d"]})[0].purpose == "shop"


def test_ways_that_nobody_ends_are_bounded(states):
    first = states.begin("mine", "shop")
    for _ in range(500):
        states.begin("mine", "shop")
    assert len(states._ways) <= 200
    assert states.come_back("mine", {"state": [first], "auth_code": ["c"]}) is Forged.STATE_UNKNOWN
