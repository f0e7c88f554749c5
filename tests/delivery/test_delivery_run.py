"""One run of the host runtime against a receiver that keeps to a script."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence

import pytest
from scripted_sender import (
    DELIVERED,
    START,
    UNDECIDED,
    Clock,
    Run,
    ScriptedSender,
    about,
    event,
    kinds,
    positions,
)

from plugin_spec import (
    Action,
    Advice,
    Note,
    Outcome,
    Prepared,
    Reply,
    Scope,
    Settled,
    Verdict,
    VerdictStatus,
)
from tiktok_destination.delivery import CODES, DeliverySettings, MemoryQueue

GO_ON = Advice(Action.GO_ON)
ONE_AT_A_TIME = DeliverySettings(in_flight=1)


class Replies:
    """A sender that gives prepared replies, one for each request; the last one repeats."""

    def __init__(self, *make) -> None:
        self.make = list(make)
        self.requests: list[int] = []

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        self.requests.append(len(bodies))
        make = self.make.pop(0) if len(self.make) > 1 else self.make[0]
        return make(len(bodies))

    def close(self) -> None:
        """Nothing is open."""


def accepted(count: int) -> Reply:
    return Reply((DELIVERED,) * count, GO_ON, "0", "req")


def asked_to_wait(*waits: float, scope: Scope = Scope.BATCH_KEY):
    return lambda count: Reply((UNDECIDED,) * count, Advice(Action.WAIT, scope, waits, "wait"), "wait")


# What becomes of an entry


def test_a_settled_entry_keeps_everything_it_said():
    settled = Settled(
        position=1,
        ordinal=2,
        outcome=Outcome.REJECTED,
        code="bad_event_name",
        path="event",
        reason="because",
        event_name="Purchas",
        event_id="e1",
        suggestion="Purchase",
        notes=(Note("n", "p"),),
        rows=(1, 2),
    )
    (outcome,) = Run(ScriptedSender()).of([settled])
    for name in ("position", "ordinal", "outcome", "code", "path", "reason", "event_name", "event_id"):
        assert getattr(outcome, name) == getattr(settled, name)
    assert (outcome.suggestion, outcome.notes, outcome.rows) == ("Purchase", (Note("n", "p"),), (1, 2))


def test_a_delivered_event_tells_its_request_its_attempts_and_its_notes():
    sent = Prepared(7, 3, "Lead", "e7", "k", b"7", START + 10, b"7 busy", (Note("own"),), (7, 8), test=True)
    noted = Verdict(VerdictStatus.DELIVERED, notes=(Note("receivers"),))
    replies = Replies(asked_to_wait(), lambda count: Reply((noted,) * count, GO_ON, "0", "req"))
    (outcome,) = Run(replies).of([sent])
    assert outcome.outcome is Outcome.DELIVERED
    assert (outcome.attempts, outcome.request_id, outcome.code) == (2, "req", None)
    assert outcome.notes == (Note("own"), Note("receivers"))
    assert (outcome.position, outcome.ordinal, outcome.rows, outcome.test) == (7, 3, (7, 8), True)


def test_outcomes_come_in_input_order_whatever_the_order_of_answers():
    run = Run(ScriptedSender(), about=about(max_events=3))
    entries = [event(number, *(["busy"] * (number % 3)), key=f"k{number % 4}") for number in range(1, 101)]
    assert [outcome.position for outcome in run.of(entries)] == list(range(1, 101))


def test_no_entries_give_no_outcomes_and_no_request():
    sender = ScriptedSender()
    assert Run(sender).of([]) == []
    assert sender.requests == []


# Duplicates


def test_a_second_copy_is_a_duplicate_while_the_first_is_pending_and_after_it_is_delivered():
    queue = MemoryQueue()
    sender = ScriptedSender()
    copies = [event(number, name="same", dedup=b"x") for number in (1, 2, 3)]
    assert kinds(Run(sender, queue=queue).of(copies[:2])) == {"delivered": [1], "duplicate:duplicate": [2]}
    assert kinds(Run(sender, queue=queue).of(copies[2:])) == {"duplicate:duplicate": [3]}
    assert sender.accepted == {"same": 1}


@pytest.mark.parametrize("step", ["bad", "stop:batch_key"])
def test_a_copy_of_an_event_that_was_not_delivered_may_be_sent_again(step):
    queue = MemoryQueue()
    Run(ScriptedSender(), queue=queue).of([event(1, step, dedup=b"x")])
    assert kinds(Run(ScriptedSender(), queue=queue).of([event(2, dedup=b"x")])) == {"delivered": [2]}


def test_a_copy_of_an_event_that_this_run_left_pending_is_a_duplicate_in_this_run():
    sender = ScriptedSender()
    stopped = ("stop:batch_key",)
    entries = [event(1, *stopped, name="same", dedup=b"x"), event(2), event(3)]
    entries += [event(4, *stopped, name="same", dedup=b"x"), event(5, dedup=b"x")]
    found = kinds(Run(sender, about=about(max_events=1), settings=ONE_AT_A_TIME).of(entries))
    assert found["duplicate:duplicate"] == [4]
    assert found["duplicate:copy_differs"] == [5]


@pytest.mark.parametrize("distance", [0, 1, 8, 200])
@pytest.mark.parametrize("partial", [False, True])
def test_a_copy_of_an_event_that_is_refused_is_sent_however_far_it_stands_behind(distance, partial):
    between = [event(number) for number in range(2, distance + 2)]
    entries = [event(1, "bad", dedup=b"x"), *between, event(1000, dedup=b"x")]
    run = Run(ScriptedSender(partial=partial), about=about(max_events=5))
    assert kinds(run.of(entries)) == {
        "refused:bad": [1],
        "delivered": [*(one.position for one in between), 1000],
    }


def test_a_copy_of_an_event_that_expires_is_sent_in_its_place():
    entries = [event(1, not_after=START - 1, dedup=b"x"), event(2, dedup=b"x")]
    assert kinds(Run(ScriptedSender()).of(entries)) == {"expired:expired": [1], "delivered": [2]}


def test_the_first_copy_takes_the_place_of_a_refused_event_and_the_others_wait_for_it():
    sender = ScriptedSender(partial=True)
    entries = [event(9), event(1, "bad", dedup=b"x"), event(2, "bad", dedup=b"x")]
    entries += [event(3, "busy", name="same", dedup=b"x"), event(4, "busy", name="same", dedup=b"x")]
    entries += [event(5, dedup=b"x")]
    assert kinds(Run(sender).of(entries)) == {
        "delivered": [9, 3],
        "refused:bad": [1, 2],
        "duplicate:duplicate": [4],
        "duplicate:copy_differs": [5],
    }
    assert [names for _, names in sender.requests] == [["9", "1"], ["2"], ["same"], ["same"]]


def test_a_copy_with_other_content_is_told_apart():
    entries = [event(1, dedup=b"x"), event(2, dedup=b"x"), event(3, name="1", dedup=b"x")]
    run = Run(ScriptedSender())
    first = kinds(run.of(entries))
    assert first == {"delivered": [1], "duplicate:copy_differs": [2], "duplicate:duplicate": [3]}
    again = Run(ScriptedSender(), queue=run.queue).of(entries)
    assert kinds(again) == {"duplicate:duplicate": [1, 3], "duplicate:copy_differs": [2]}


@pytest.mark.parametrize("max_events", [1, 4])
def test_a_window_full_of_copies_that_wait_stands_in_nobodys_way(max_events):
    """All wait for an event whose refusal is held, as nothing of its batch key was accepted."""
    entries = [event(number, "bad", dedup=b"x") for number in range(1, 31)] + [event(31, dedup=b"x")]
    run = Run(ScriptedSender(), about=about(max_events=max_events), settings=ONE_AT_A_TIME)
    assert kinds(run.of(entries)) == {"refused:bad": list(range(1, 31)), "delivered": [31]}
    assert max(run.portions) <= 2 * max_events


def test_copies_that_wait_end_with_the_run_that_is_stopped():
    stop = threading.Event()

    class Stops(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            stop.set()
            return super().send(batch_key, bodies)

    entries = [event(1, "bad", dedup=b"x"), event(2, dedup=b"x"), event(3, dedup=b"x")]
    entries += [event(number) for number in range(4, 30)]
    outcomes = Run(Stops(partial=True), stop=stop, about=about(max_events=4), settings=ONE_AT_A_TIME).of(
        entries
    )
    found = kinds(outcomes)
    assert found["refused:bad"] == [1]
    assert found["pending:interrupted"][0] == 2
    assert found["duplicate:copy_differs"] == [3]


def test_what_a_broken_run_left_undecided_may_be_sent_by_the_next():
    def the_first_alone(count: int) -> Reply:
        return Reply((DELIVERED,) + (UNDECIDED,) * (count - 1), Advice(Action.WAIT), "wait")

    def full(outcomes) -> None:
        raise OSError("no space")

    queue = MemoryQueue()
    run = Run(Replies(the_first_alone), queue=queue, about=about(max_events=2))
    run._keep = full
    with pytest.raises(OSError, match="no space"):
        run.of([event(1), event(2, dedup=b"x")])
    found = kinds(Run(ScriptedSender(), queue=queue).of([event(4, dedup=b"x")]))
    assert found == {"delivered": [4]}


def test_test_events_and_events_without_a_key_take_no_part_in_deduplication():
    entries = [event(1, dedup=b"x", test=True), event(2, dedup=b"x", test=True), event(3, dedup=False)]
    entries += [event(4, dedup=False), event(5, dedup=b"x")]
    assert kinds(Run(ScriptedSender()).of(entries)) == {"delivered": [1, 2, 3, 4, 5]}


# Batches


def test_batches_hold_one_batch_key_in_input_order_up_to_the_largest_number():
    sender = ScriptedSender()
    Run(sender, about=about(max_events=4)).of(event(n, key="ab"[n % 2]) for n in range(1, 19))
    assert sorted(sender.requests) == [
        ("a", ["10", "12", "14", "16"]),
        ("a", ["18"]),
        ("a", ["2", "4", "6", "8"]),
        ("b", ["1", "3", "5", "7"]),
        ("b", ["17"]),
        ("b", ["9", "11", "13", "15"]),
    ]


def test_a_batch_holds_no_more_bytes_than_allowed_and_a_larger_event_travels_alone():
    sender = ScriptedSender()
    large = event(3, *["bad"] * 20)
    entries = [event(1), event(2), large, event(4), event(5), event(6)]
    # Bodies of one byte with a separator each: two fit into five bytes, three do not.
    Run(sender, about=about(max_bytes=5), settings=ONE_AT_A_TIME).of(entries)
    assert [names for _, names in sender.requests] == [["1", "2"], ["3"], ["4", "5"], ["6"]]


def test_the_window_bounds_how_far_reading_runs_ahead_of_outcomes():
    read = 0
    ahead = []

    def entries() -> Iterator[Prepared]:
        nonlocal read
        for number in range(1, 301):
            read += 1
            yield event(number, *(["busy", "busy"] if number % 50 == 1 else []))

    class Watching(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            ahead.append(read - len(run.outcomes))
            return super().send(batch_key, bodies)

    run = Run(Watching(), about=about(max_events=5), settings=DeliverySettings(in_flight=2))
    assert len(run.of(entries())) == 300
    window, read_ahead = 3 * 5, 5 + 1
    assert max(ahead) <= window + read_ahead
    assert max(run.portions) <= window


def test_a_full_window_sends_partial_batches_so_that_its_head_can_be_decided():
    sender = ScriptedSender()
    entries = [event(1, key="rare"), *(event(number) for number in range(2, 101))]
    run = Run(sender, about=about(max_events=10), settings=ONE_AT_A_TIME)
    run.of(entries)
    sent = [key for key, _ in sender.requests]
    assert sent.index("rare") <= 3


def test_a_full_window_sends_partial_batches_while_other_requests_are_under_way():
    seen = threading.Event()

    class WaitsForTheRareKey(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            if batch_key == "rare":
                seen.set()
            assert seen.wait(10), "the window is full, a request is possible, and none is made"
            return super().send(batch_key, bodies)

    keys = ["rare"] * 3 + ["other"] * 3 + ["a"] * 14
    run = Run(WaitsForTheRareKey(), about=about(max_events=4), settings=DeliverySettings(in_flight=3))
    outcomes = run.of([event(number, key=key) for number, key in enumerate(keys, start=1)])
    assert kinds(outcomes) == {"delivered": list(range(1, 21))}
    assert {one.attempts for one in outcomes} == {1}


def test_events_of_a_live_input_are_sent_though_the_batch_is_not_full():
    came = threading.Event()

    class Listening(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            came.set()
            return super().send(batch_key, bodies)

    def entries() -> Iterator[Prepared]:
        yield event(1)
        assert came.wait(60), "the first event was not sent while the input was silent"
        yield event(2)

    assert kinds(Run(Listening()).of(entries())) == {"delivered": [1, 2]}


# Waits


def test_a_quota_is_waited_for_by_its_ladder():
    clock = Clock(START - START % 86_400 + 43_200)
    sender = ScriptedSender(clock=clock)
    patient = DeliverySettings(patience_s=1e6)
    outcomes = Run(sender, clock=clock, settings=patient).of(
        [event(1, "throttled", "throttled", "throttled")]
    )
    assert kinds(outcomes) == {"delivered": [1]}
    assert outcomes[0].attempts == 4
    noon = START - START % 86_400 + 43_200
    waited = [round(one - noon, 1) for one in sender.times]
    assert waited[:3] == [0, 1, 301]
    assert waited[3] == 43_200


@pytest.mark.parametrize("scope", list(Scope))
def test_a_success_in_the_scope_begins_the_ladder_anew(scope):
    clock = Clock()
    wait = asked_to_wait(1.0, 300.0, scope=scope)
    run = Run(Replies(wait, wait, accepted, wait, accepted), clock=clock, about=about(max_events=1))
    run.settings = ONE_AT_A_TIME
    assert kinds(run.of([event(1), event(2)])) == {"delivered": [1, 2]}
    assert round(clock.now - START, 1) == 1 + 300 + 1


def test_a_wait_of_one_batch_key_does_not_hold_up_another():
    clock = Clock()
    sender = ScriptedSender(clock=clock)
    slow = asked_to_wait(600.0)

    class OneKeyWaits(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            if batch_key == "slow" and clock.now < START + 600:
                return slow(len(bodies))
            return sender.send(batch_key, bodies)

    entries = [event(n, key="slow" if n == 1 else "quick") for n in range(1, 8)]
    run = Run(OneKeyWaits(), clock=clock, about=about(max_events=2))
    assert kinds(run.of(entries)) == {"delivered": list(range(1, 8))}
    assert [one - START for one in sender.times][:3] == [0, 0, 0]


def test_a_wait_of_the_credential_holds_up_every_batch_key():
    clock = Clock()
    sender = ScriptedSender(clock=clock)
    entries = [event(1, "throttled", key="a"), event(2, key="b")]
    Run(sender, clock=clock, about=about(max_events=1), settings=ONE_AT_A_TIME).of(entries)
    assert [one - START >= 1 for one in sender.times] == [False, True, True]


def test_an_outage_within_the_patience_costs_nothing():
    clock = Clock()

    class Outage(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            if clock.now < START + 600:
                return asked_to_wait()(len(bodies))
            return super().send(batch_key, bodies)

    sender = Outage(clock=clock)
    outcomes = Run(sender, clock=clock).of([event(number) for number in range(1, 3001)])
    assert len(positions(outcomes, Outcome.DELIVERED)) == 3000
    assert clock.now < START + 600 + 61


def test_without_progress_for_the_patience_everything_stays_pending_and_says_why():
    clock = Clock()
    run = Run(
        Replies(asked_to_wait()),
        clock=clock,
        settings=DeliverySettings(patience_s=100),
        about=about(max_events=2),
    )
    outcomes = run.of([event(number) for number in range(1, 51)])
    assert {(one.outcome, one.code, one.reason) for one in outcomes} == {
        (Outcome.PENDING, "no_progress", "wait")
    }
    assert START + 100 <= clock.now < START + 101


def test_a_wait_longer_than_the_patience_is_not_slept_to_its_end():
    clock = Clock()
    run = Run(Replies(asked_to_wait(5000.0)), clock=clock, settings=DeliverySettings(patience_s=100))
    assert kinds(run.of([event(1)])) == {"pending:no_progress": [1]}
    assert START + 100 <= clock.now < START + 101


def test_events_that_never_filled_a_batch_run_out_of_patience_behind_a_closed_gate():
    clock = Clock()

    class AcceptsAndAsksToWait(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            reply = super().send(batch_key, bodies)
            wait = Advice(Action.WAIT, waits=(5000.0,), code="wait")
            return Reply(reply.verdicts, wait, "wait") if batch_key == "slow" else reply

    keys = ["slow"] * 4 + ["quick"] * 30
    run = Run(AcceptsAndAsksToWait(), clock=clock, about=about(max_events=3), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(number, key=key) for number, key in enumerate(keys, start=1)])
    assert [one.outcome for one in outcomes[:3]] == [Outcome.DELIVERED] * 3
    assert (outcomes[3].code, outcomes[3].reason, outcomes[3].attempts) == ("no_progress", "wait", 0)
    assert START + 900 <= clock.now < START + 902


def test_a_part_behind_a_closed_gate_runs_out_of_patience_though_it_was_never_full():
    clock = Clock()

    class SlowKeyWaits(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            return (
                asked_to_wait(5000.0)(len(bodies)) if batch_key == "slow" else super().send(batch_key, bodies)
            )

    entries = [event(n, key="slow") for n in range(1, 5)] + [event(n, key="quick") for n in range(5, 60)]
    run = Run(SlowKeyWaits(), clock=clock, about=about(max_events=3), settings=ONE_AT_A_TIME)
    found = kinds(run.of(entries))
    assert found["pending:no_progress"][:4] == [1, 2, 3, 4]
    assert START + 900 <= clock.now < START + 902


def test_requests_that_are_never_answered_are_the_reason_when_patience_ends():
    clock, gave_up = Clock(), threading.Event()

    class GivesUp(MemoryQueue):
        def settle(self, event: Prepared, outcome: Outcome) -> None:
            super().settle(event, outcome)
            if outcome is Outcome.PENDING:
                gave_up.set()

    class Silent(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            for _ in range(500):
                if gave_up.wait(0.02):
                    break
                clock.now += 1000
            return super().send(batch_key, bodies)

    run = Run(Silent(), clock=clock, queue=GivesUp(), about=about(max_events=1), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(1), event(2)])
    assert kinds(outcomes) == {"delivered": [1], "pending:no_progress": [2]}
    assert outcomes[1].reason == "no_answer"


# Splits


def test_refusals_before_anything_is_accepted_are_final_at_the_end_of_the_input():
    run = Run(ScriptedSender(), about=about(max_events=1))
    assert kinds(run.of([event(number, "bad") for number in range(1, 50)])) == {
        "refused:bad": list(range(1, 50))
    }


def test_fifty_refusals_in_a_row_with_none_accepted_pause_the_batch_key_and_lose_nothing():
    sender = ScriptedSender(partial=True)
    run = Run(sender, about=about(max_events=100), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(number, "bad") for number in range(1, 501)])
    assert kinds(outcomes) == {"pending:nothing_accepted": list(range(1, 501))}
    assert {one.reason for one in outcomes} <= {"bad", "partial"}
    assert len(sender.requests) == 1


def test_refusals_that_fill_the_window_become_final_so_that_reading_goes_on():
    run = Run(ScriptedSender(), about=about(max_events=1), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(n, "bad") if n < 20 else event(n) for n in range(1, 31)])
    assert kinds(outcomes) == {"refused:bad": list(range(1, 20)), "delivered": list(range(20, 31))}


def test_a_wrong_setting_pauses_within_a_handful_of_calls_and_loses_nothing():
    sender = ScriptedSender()
    run = Run(sender, settings=ONE_AT_A_TIME)
    outcomes = run.of([event(number, "bad") for number in range(1, 5001)])
    assert kinds(outcomes) == {"pending:nothing_accepted": list(range(1, 5001))}
    assert len(sender.requests) <= 1 + 20
    assert {one.reason for one in outcomes} == {"bad"}


def test_an_accepted_event_makes_the_held_refusals_final_and_ends_the_suspicion():
    sender = ScriptedSender()
    run = Run(sender, about=about(max_events=32), settings=ONE_AT_A_TIME)
    entries = [event(number, *(["bad"] if number != 9 else [])) for number in range(1, 17)]
    entries += [event(number, "bad") for number in range(17, 201)]
    sender.partial = True
    assert kinds(run.of(entries)) == {
        "delivered": [9],
        "refused:bad": [number for number in range(1, 201) if number != 9],
    }


def test_only_the_batch_key_without_acceptance_is_paused():
    entries = [event(n, "bad", key="wrong") if n % 2 else event(n, key="right") for n in range(1, 201)]
    assert kinds(Run(ScriptedSender(), about=about(max_events=10)).of(entries)) == {
        "pending:nothing_accepted": list(range(1, 201, 2)),
        "delivered": list(range(2, 201, 2)),
    }


def test_a_part_that_meets_a_wait_is_tried_again_and_is_no_call_of_the_search():
    entries = [event(n, *(["bad"] if n == 5 else ["busy", "busy"] if n == 6 else [])) for n in range(1, 9)]
    outcomes = Run(ScriptedSender(), about=about(max_events=8)).of(entries)
    assert kinds(outcomes) == {"delivered": [1, 2, 3, 4, 6, 7, 8], "refused:bad": [5]}


def test_an_answer_that_names_the_bad_events_needs_no_search():
    sender = ScriptedSender(partial=True)
    entries = [event(number, *(["bad"] if number in (3, 4) else [])) for number in range(1, 11)]
    assert kinds(Run(sender).of(entries)) == {"delivered": [1, 2, 5, 6, 7, 8, 9, 10], "refused:bad": [3, 4]}
    assert len(sender.requests) == 1


def test_an_event_left_over_by_a_partial_answer_is_sent_alone():
    def all_but_the_last(count: int) -> Reply:
        return Reply((DELIVERED,) * (count - 1) + (UNDECIDED,), Advice(Action.SPLIT), "part")

    sender = Replies(all_but_the_last, accepted)
    outcomes = Run(sender).of([event(number) for number in range(1, 5)])
    assert kinds(outcomes) == {"delivered": [1, 2, 3, 4]}
    assert sender.requests == [4, 1]
    assert [one.attempts for one in outcomes] == [1, 1, 1, 2]


# Pauses


def test_a_pause_of_one_batch_key_keeps_its_events_and_lets_the_others_go_on():
    entries = [event(n, *(["stop:batch_key"] if n == 1 else []), key="ab"[n % 2]) for n in range(1, 41)]
    outcomes = Run(ScriptedSender(), about=about(max_events=2), settings=ONE_AT_A_TIME).of(entries)
    assert kinds(outcomes) == {
        "pending:stopped": list(range(1, 41, 2)),
        "delivered": list(range(2, 41, 2)),
    }


def test_a_pause_of_the_credential_keeps_every_event_and_still_accounts_for_every_entry():
    sender = ScriptedSender()
    entries = [event(n, *(["stop:credential"] if n == 1 else []), key="ab"[n % 2]) for n in range(1, 41)]
    entries += [event(41, name="40", dedup=b"40"), Settled(42, 1, Outcome.FILTERED, "off")]
    found = kinds(Run(sender, about=about(max_events=20), settings=ONE_AT_A_TIME).of(entries))
    assert found["duplicate:duplicate"] == [41]
    assert found["filtered:off"] == [42]
    assert set(found) <= {"pending:stopped", "delivered", "duplicate:duplicate", "filtered:off"}
    assert 1 in found["pending:stopped"]


def test_a_pause_without_a_known_code_of_its_own_says_the_receivers_code_as_the_reason():
    def pause(count: int) -> Reply:
        return Reply((UNDECIDED,) * count, Advice(Action.PAUSE, code="unknown_4xxxx"), "47777", "req")

    (outcome,) = Run(Replies(pause)).of([event(1)])
    assert (outcome.code, outcome.reason, outcome.request_id) == ("unknown_4xxxx", "47777", "req")


def test_a_pause_says_which_field_the_receiver_blamed_for_every_event_that_it_keeps():
    def pause(count: int) -> Reply:
        return Reply(
            (UNDECIDED,) * count, Advice(Action.PAUSE, code="40002", path="event_source_id"), "40002"
        )

    run = Run(Replies(pause), about=about(max_events=2), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(number) for number in range(1, 10)])
    assert {(one.code, one.path) for one in outcomes} == {("40002", "event_source_id")}


@pytest.mark.parametrize(("others", "path"), [(0, "user.email"), (60, None)])
def test_a_refusal_says_which_field_the_receiver_blamed_unless_it_is_taken_back(others, path):
    def refuse(count: int) -> Reply:
        return Reply((Verdict(VerdictStatus.REFUSED, "40002", path="user.email"),) * count, GO_ON, "40002")

    outcomes = Run(Replies(refuse)).of([event(number) for number in range(1, others + 2)])
    assert {one.path for one in outcomes} == {path}


# Uncertain attempts


def test_an_uncertain_attempt_is_repeated_where_the_receiver_knows_copies():
    sender = ScriptedSender()
    outcomes = Run(sender).of([event(1, "lost"), event(2)])
    assert kinds(outcomes) == {"delivered": [1, 2]}
    assert sender.accepted == {"1": 2, "2": 2}


def test_an_uncertain_attempt_is_not_repeated_where_the_receiver_knows_no_copies():
    sender = ScriptedSender()
    outcomes = Run(sender).of([event(1, "lost", dedup=False), event(2), event(3, test=True, dedup=False)])
    assert kinds(outcomes) == {"pending:uncertain": [1], "delivered": [2, 3]}
    assert sender.accepted["1"] == 1
    assert outcomes[0].reason == "timeout"


def test_nothing_but_test_events_is_repeated_for_a_receiver_that_never_knows_copies():
    run = Run(ScriptedSender(), about=about(repeat_window_s=0))
    assert kinds(run.of([event(1, "lost"), event(2, test=True)])) == {
        "pending:uncertain": [1],
        "delivered": [2],
    }


def test_an_uncertain_attempt_is_repeated_only_while_the_receiver_remembers_it():
    clock = Clock()
    sender = ScriptedSender(clock=clock)
    replies = Replies(
        lambda count: sender.send("k", [b"1 lost"]), asked_to_wait(500.0), asked_to_wait(200.0), accepted
    )
    run = Run(replies, clock=clock, about=about(repeat_window_s=600))
    (outcome,) = run.of([event(1)])
    assert (outcome.outcome, outcome.code, outcome.attempts) == (Outcome.PENDING, "uncertain", 3)


def test_an_event_that_may_have_arrived_says_so_wherever_it_ends():
    run = Run(Replies(_lost), settings=DeliverySettings(patience_s=50))
    (outcome,) = run.of([event(1)])
    assert outcome.code == "no_progress"
    assert outcome.notes == (Note("may_have_arrived"),)


@pytest.mark.parametrize("partial", [False, True])
def test_a_refused_event_that_may_have_arrived_says_so(partial):
    outcomes = Run(ScriptedSender(partial=partial)).of([event(1, "lost", "bad"), event(2)])
    assert kinds(outcomes) == {"refused:bad": [1], "delivered": [2]}
    assert [one.notes for one in outcomes] == [(Note("may_have_arrived"),), ()]


def test_a_refusal_that_was_taken_back_says_that_the_event_may_have_arrived():
    run = Run(ScriptedSender(partial=True), settings=ONE_AT_A_TIME)
    outcomes = run.of([event(1, "lost", "bad"), *(event(number, "bad") for number in range(2, 61))])
    assert {(one.code, one.notes) for one in outcomes} == {("nothing_accepted", (Note("may_have_arrived"),))}


def test_a_copy_of_an_event_that_may_have_arrived_is_sent_only_while_the_receiver_remembers_it():
    clock = Clock()
    replies = Replies(_lost, asked_to_wait(700.0), accepted)
    run = Run(replies, clock=clock, about=about(repeat_window_s=600))
    outcomes = run.of([event(1, not_after=START + 100, dedup=b"x"), event(2, dedup=b"x")])
    assert kinds(outcomes) == {"expired:expired": [1], "pending:uncertain": [2]}
    assert outcomes[0].notes == (Note("may_have_arrived"),)
    assert len(replies.requests) == 2


def test_a_copy_of_an_event_that_may_have_arrived_says_so_too():
    entries = [event(1, "lost", "bad", dedup=b"x"), event(2, "stop:batch_key", dedup=b"x")]
    outcomes = Run(ScriptedSender()).of(entries)
    assert kinds(outcomes) == {"refused:bad": [1], "pending:stopped": [2]}
    assert [one.notes for one in outcomes] == [(Note("may_have_arrived"),)] * 2


def _lost(count: int) -> Reply:
    return Reply((UNDECIDED,) * count, Advice(Action.WAIT, code="timeout"), "timeout", ambiguous=True)


# Expiry


def test_an_event_is_judged_old_just_before_each_sending():
    clock = Clock()
    sender = ScriptedSender(clock=clock)
    entries = [
        event(1, not_after=START - 1),
        event(2, "throttled", "throttled"),
        event(3, not_after=START + 100),
        event(4, not_after=START),
    ]
    outcomes = Run(sender, clock=clock).of(entries)
    assert kinds(outcomes) == {"expired:expired": [1, 3, 4], "delivered": [2]}
    assert [one.attempts for one in outcomes] == [0, 3, 2, 1]


def test_an_expired_half_ends_the_search_without_it():
    clock = Clock()
    entries = [
        event(
            n, *(["bad"] if n == 1 else ["throttled", "throttled"] if n == 4 else []), not_after=START + 100
        )
        for n in range(1, 5)
    ]
    found = kinds(Run(ScriptedSender(clock=clock), clock=clock).of(entries))
    assert sorted(position for them in found.values() for position in them) == [1, 2, 3, 4]
    assert set(found) <= {"expired:expired", "delivered", "refused:bad"}


# Stopping, and what breaks


def test_stop_awaits_what_is_under_way_and_leaves_the_rest_pending():
    stop = threading.Event()

    class Stops(ScriptedSender):
        def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
            stop.set()
            return super().send(batch_key, bodies)

    sender = Stops()
    run = Run(sender, stop=stop, about=about(max_events=5), settings=ONE_AT_A_TIME)
    outcomes = run.of(event(number, key="ab"[number % 2]) for number in range(1, 1001))
    assert [one.position for one in outcomes] == list(range(1, len(outcomes) + 1))
    found = kinds(outcomes)
    assert found["delivered"] == [1, 3, 5, 7, 9]
    assert found["pending:interrupted"][:4] == [2, 4, 6, 8]
    assert len(outcomes) <= 10
    assert len(sender.requests) == 1


def test_stop_ends_a_run_whose_input_is_silent():
    stop, silent = threading.Event(), threading.Event()

    def entries() -> Iterator[Prepared]:
        yield event(1)
        stop.set()
        silent.wait()
        yield event(2)

    try:
        outcomes = Run(ScriptedSender(), stop=stop).of(entries())
    finally:
        silent.set()
    assert len(outcomes) <= 1


def test_stop_ends_a_long_wait():
    stop = threading.Event()

    class StopsWhileAsleep(Clock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if self.now > START + 10:
                stop.set()

    clock = StopsWhileAsleep()
    run = Run(Replies(asked_to_wait(300.0)), clock=clock, stop=stop)
    assert kinds(run.of([event(1)])) == {"pending:interrupted": [1]}
    assert clock.now < START + 12


def test_what_the_input_raises_comes_out_after_every_entry_before_it_is_accounted_for():
    def entries() -> Iterator[Prepared]:
        yield event(1)
        yield event(2)
        raise LookupError("the input broke")

    run = Run(ScriptedSender())
    with pytest.raises(LookupError):
        run.of(entries())
    assert kinds(run.outcomes) == {"delivered": [1, 2]}


def test_what_the_listener_raises_ends_the_run():
    run = Run(ScriptedSender(), about=about(max_events=1))

    def full(outcomes) -> None:
        raise OSError("no space")

    run._keep = full
    with pytest.raises(OSError, match="no space"):
        run.of(event(number) for number in range(1, 100))


def test_a_sender_that_raises_is_an_uncertain_attempt_and_only_the_kind_of_error_is_logged(caplog):
    def broken(count: int) -> Reply:
        raise ValueError("canary-token-and-person")

    with caplog.at_level(logging.DEBUG):
        outcomes = Run(Replies(broken, accepted)).of([event(1), event(2, dedup=False)])
    assert kinds(outcomes) == {"delivered": [1], "pending:uncertain": [2]}
    assert outcomes[1].reason == "sender_failed"
    assert "ValueError" in caplog.text
    assert "canary" not in caplog.text


def test_a_reply_with_too_few_verdicts_decides_nothing():
    outcomes = Run(Replies(lambda count: accepted(count - 1), accepted)).of([event(1), event(2)])
    assert kinds(outcomes) == {"delivered": [1, 2]}
    assert outcomes[0].attempts == 2


@pytest.mark.parametrize("advice", [Advice(Action.GO_ON), Advice(Action.SPLIT)])
def test_advice_that_would_repeat_the_same_request_at_once_is_taken_as_a_wait(advice):
    clock = Clock()
    replies = Replies(lambda count: Reply((UNDECIDED,) * count, advice, "odd"))
    run = Run(replies, clock=clock, settings=DeliverySettings(patience_s=100))
    assert kinds(run.of([event(1)])) == {"pending:no_progress": [1]}
    assert len(replies.requests) < 100


def test_every_code_that_the_runtime_gives_has_a_meaning_and_a_remedy():
    assert set(CODES) == {
        "duplicate",
        "copy_differs",
        "expired",
        "uncertain",
        "may_have_arrived",
        "by_earlier_run",
        "no_progress",
        "no_answer",
        "interrupted",
        "nothing_accepted",
        "sender_failed",
        "waiting",
        "outbox_full",
        "damaged",
        "forgotten",
        "store_full",
        "store_damaged",
        "store_busy",
        "store_newer",
        "store_failed",
    }
    assert all(code.meaning and code.remedy and name == code.code for name, code in CODES.items())
