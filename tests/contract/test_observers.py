"""Who hears of outcomes, in which order, and what happens when a listener fails."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from plugin_spec import ContractError, DestinationManager, EntryOutcome, Outcome, hookimpl

CANARY = "canary-secret-77aa"
LOGGER = logging.getLogger("tests.contract.observers")
OUTCOMES = [EntryOutcome(position, 1, outcome) for position, outcome in enumerate(Outcome, start=1)]


class Listener:
    def __init__(self) -> None:
        self.heard: list[tuple[str, EntryOutcome]] = []

    @hookimpl
    def outcomes_observed(self, destination: str, outcomes: Sequence[EntryOutcome]) -> None:
        self.heard += [(destination, outcome) for outcome in outcomes]


class Failing:
    @hookimpl
    def outcomes_observed(self, outcomes):
        raise RuntimeError(CANARY)


class Brief:
    """Takes only one of the two arguments."""

    def __init__(self) -> None:
        self.count = 0

    @hookimpl
    def outcomes_observed(self, outcomes):
        self.count += len(outcomes)


@dataclass
class ComparedByValue:
    """An ordinary dataclass: equal by value, hence without a hash."""

    heard: int = 0

    @hookimpl
    def outcomes_observed(self, outcomes):
        self.heard += len(outcomes)


@dataclass(frozen=True)
class Misspelt:
    token: str

    @hookimpl
    def outcome_observed(self, destination, outcomes):
        raise AssertionError


@dataclass(frozen=True)
class MisspeltArgument:
    token: str

    @hookimpl
    def outcomes_observed(self, outcome):
        raise AssertionError


def test_a_listener_hears_all_outcomes_in_order_and_by_portions() -> None:
    manager, listener = DestinationManager(), Listener()
    manager.observe(listener)
    manager.announce("first", OUTCOMES[:3], LOGGER)
    manager.announce("second", OUTCOMES[3:], LOGGER)
    assert [outcome for _, outcome in listener.heard] == OUTCOMES
    assert [name for name, _ in listener.heard] == ["first"] * 3 + ["second"] * 5


def test_all_listeners_hear_and_each_takes_the_arguments_that_it_needs() -> None:
    manager, listeners = DestinationManager(), (Listener(), Listener(), Brief())
    for listener in listeners:
        manager.observe(listener)
    manager.announce("one", OUTCOMES, LOGGER)
    assert [len(listener.heard) for listener in listeners[:2]] == [8, 8]
    assert listeners[2].count == 8


def test_a_failing_listener_harms_nobody_and_its_text_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    manager, before, after = DestinationManager(), Listener(), Listener()
    for listener in (before, Failing(), after):
        manager.observe(listener)
    with caplog.at_level(logging.DEBUG):
        manager.announce("one", OUTCOMES, LOGGER)
    assert len(before.heard) == len(after.heard) == len(OUTCOMES)
    assert [record.getMessage() for record in caplog.records] == ["an outcome listener failed: RuntimeError"]
    assert CANARY not in caplog.text
    assert [record.exc_info for record in caplog.records] == [None]


def test_without_listeners_nothing_happens(caplog: pytest.LogCaptureFixture) -> None:
    DestinationManager().announce("one", OUTCOMES, LOGGER)
    assert caplog.records == []


def test_a_misspelt_listener_is_refused_when_it_is_registered() -> None:
    manager, good = DestinationManager(), Listener()
    with pytest.raises(ContractError, match="unknown hook 'outcome_observed'"):
        manager.observe(Misspelt("none"))
    manager.observe(good)
    manager.announce("one", OUTCOMES, LOGGER)
    assert len(good.heard) == len(OUTCOMES)


def test_the_refusal_of_a_listener_repeats_nothing_that_it_holds() -> None:
    with pytest.raises(ContractError) as refusal:
        DestinationManager().observe(Misspelt(CANARY))
    assert CANARY not in str(refusal.value)


def test_a_listener_with_a_misspelt_argument_is_refused() -> None:
    with pytest.raises(ContractError, match="'outcome'"):
        DestinationManager().observe(MisspeltArgument(CANARY))


def test_a_listener_needs_no_hash() -> None:
    manager, listener = DestinationManager(), ComparedByValue()
    manager.observe(listener)
    manager.announce("one", OUTCOMES, LOGGER)
    assert listener.heard == len(OUTCOMES)
