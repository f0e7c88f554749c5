"""One destination's deliveries in the background: nothing lost, nothing twice, and every sum right at every moment."""

import io
import random
import threading
from dataclasses import replace

import msgspec
import pytest
from scripted_route import Scripted

from tiktok_destination.formats import RecordFile
from tiktok_destination.harness import register, sending
from tiktok_destination.harness.deliveries import NotAcceptedError
from tiktok_destination.harness.route import NotOpenedError
from tiktok_destination.harness.standing import State


@pytest.fixture
def scripted(tmp_path):
    made = []

    def make(**options):
        made.append(Scripted(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.deliveries.stop()


def idle(now):
    read = all(one.state not in ("waiting", "reading") for one in now.inputs)
    return read and now.state is State.IDLE and not now.in_line


def paused(now):
    return now.state is State.PAUSED and all(one.state == "read" for one in now.inputs)


def outcomes(now):
    return {outcome: count for outcome, count in now.outcomes.items() if count}


def test_each_entry_gets_its_outcome_in_the_background_and_all_sums_are_right_meanwhile(scripted):
    it = scripted()
    it.take("a", "b busy busy", "unfit", "c bad", "d twin")
    now = it.until(lambda now: idle(now) and now.entries == 6)
    assert outcomes(now) == {"delivered": 4, "rejected": 1, "refused": 1}
    assert (now.leading_records, now.further_events) == (5, 1)
    assert it.receiver.accepted == dict.fromkeys(("a", "b", "d", "d-twin"), 1)
    assert len(it.announced) == 6


def test_a_copy_that_comes_in_a_later_input_is_a_duplicate(scripted):
    it = scripted()
    it.take("a")
    it.until(lambda now: now.outcomes["delivered"] == 1)
    it.take("a")
    now = it.until(lambda now: idle(now) and now.entries == 2)
    assert outcomes(now) == {"delivered": 1, "duplicate": 1}
    assert it.receiver.accepted == {"a": 1}


def test_a_pause_keeps_everything_and_says_why_and_no_call_is_made_meanwhile(scripted):
    it = scripted()
    it.receiver.revoked = True
    it.take("a", "b")
    now = it.until(lambda now: paused(now) and now.in_line == 2)
    assert [reason.code for reason in now.reasons] == ["stopped"]
    calls, opened = len(it.receiver.requests), it.opened
    it.take("c", "unfit", "d")
    now = it.until(lambda now: now.entries == 5)
    assert outcomes(now) == {"pending": 4, "rejected": 1}
    assert {one.code for one in now.codes if one.count and one.outcome == "pending"} == {"stopped"}
    assert (len(it.receiver.requests), it.opened) == (calls, opened)


def test_what_was_held_goes_first_in_order_when_it_is_resumed_and_once_only(scripted):
    it = scripted(max_events=1)
    it.receiver.revoked = True
    it.take("a", "b", "c")
    it.until(lambda now: paused(now) and now.entries == 3)
    it.take("d", "a", "e")
    it.until(lambda now: now.entries == 6)
    it.receiver.revoked = False
    it.receiver.requests.clear()
    it.deliveries.resume()
    now = it.until(idle)
    assert outcomes(now) == {"delivered": 5, "duplicate": 1}
    assert [names for _, names in it.receiver.requests] == [["a"], ["b"], ["c"], ["d"], ["e"]]


def test_a_credential_that_is_renewed_while_the_old_one_still_sends_is_tried_at_once(scripted):
    it = scripted()
    it.receiver.revoked = True

    def renewed_during_the_first_request():
        it.receiver.at_each_request = lambda: setattr(it.receiver, "revoked", False)
        it.deliveries.resume()

    it.receiver.at_each_request = renewed_during_the_first_request
    it.take("a")
    now = it.until(lambda now: idle(now) and now.entries == 1)
    assert outcomes(now) == {"delivered": 1}
    assert it.opened == 2


def test_attempts_of_all_runs_are_counted_together(scripted):
    it = scripted()
    it.take("a stop:credential stop:credential")
    it.until(lambda now: paused(now) and now.in_line == 1)
    it.deliveries.resume()
    it.until(lambda now: paused(now) and now.in_line == 1 and it.opened == 2)
    it.deliveries.resume()
    it.until(lambda now: now.outcomes["delivered"] == 1)
    entry, _ = it.deliveries.entry(1)
    assert entry.outcome.attempts == 3


def test_a_receiver_that_was_not_to_be_reached_is_tried_again_by_itself(scripted):
    it = scripted(patience_s=2.0, retry_after_s=0.0)
    it.take("a " + "busy " * 12)
    now = it.until(lambda now: idle(now) and now.entries == 1)
    assert outcomes(now) == {"delivered": 1}
    assert it.opened > 1


def test_while_it_waits_to_try_again_the_reason_is_told_and_resuming_does_not_wait(scripted):
    it = scripted(patience_s=2.0, retry_after_s=1e9)
    it.take("a " + "busy " * 5)
    now = it.until(lambda now: now.state is State.RETRYING)
    assert [(one.code, one.behind_code) for one in now.reasons] == [("no_progress", None)]
    assert now.retry_in_s
    while it.balance().state is not State.IDLE or it.balance().in_line:
        it.deliveries.resume()
    assert outcomes(it.balance()) == {"delivered": 1}


def test_an_event_that_may_have_arrived_is_sent_again_on_a_persons_word_alone(scripted):
    it = scripted()
    it.take("a vanished unrepeatable", "b")
    now = it.until(lambda now: idle(now) and now.entries == 2)
    assert (outcomes(now), now.set_aside) == ({"delivered": 1, "pending": 1}, 1)
    it.deliveries.resume()
    it.take("c")
    now = it.until(lambda now: idle(now) and now.entries == 3)
    assert (now.set_aside, it.receiver.accepted) == (1, {"b": 1, "c": 1})
    assert it.deliveries.waits_for_a_word(1)
    assert it.deliveries.send_again(1)
    assert not it.deliveries.send_again(1)
    now = it.until(lambda now: now.outcomes["delivered"] == 3)
    assert now.set_aside == 0


def test_an_event_that_may_have_arrived_is_set_aside_once_the_receiver_has_forgotten_it(scripted):
    it = scripted()
    it.take("a vanished stop:credential")
    now = it.until(lambda now: paused(now) and now.in_line == 1)
    assert [one.code for one in now.notes] == ["may_have_arrived"]
    it.clock.now += it.route.about.repeat_window_s
    it.deliveries.resume()
    now = it.until(lambda now: idle(now) and now.set_aside == 1)
    assert not it.receiver.accepted


def test_test_events_are_counted_apart(scripted):
    it = scripted()
    it.take("a test", "a test", "b")
    now = it.until(lambda now: idle(now) and now.entries == 3)
    assert (now.outcomes["delivered"], now.test_outcomes["delivered"]) == (1, 2)


def test_in_test_mode_what_would_count_is_held_back_and_test_events_are_sent(scripted):
    it, mode = scripted(), [True]
    it.receiver.revoked = True
    it.take("a", "b test")
    it.until(lambda now: paused(now) and now.in_line == 2)
    it.deliveries.reroute(replace(it.route, in_test_mode=lambda: bool(mode)))
    it.receiver.revoked = False
    it.deliveries.resume()
    it.take("made before", "c test")
    now = it.until(lambda now: idle(now) and now.entries == 4)
    assert (now.held_back, outcomes(now), now.test_outcomes["delivered"]) == (2, {"pending": 2}, 2)
    assert [(one.code, one.count) for one in now.codes if one.count and not one.test] == [("test_mode", 2)]
    it.deliveries.resume()
    it.until(lambda now: idle(now) and now.held_back == 2)
    assert it.receiver.accepted == {"b": 1, "c": 1}
    mode.clear()  # by an editor, say: nobody tells the deliveries
    it.take("e")
    now = it.until(lambda now: idle(now) and now.entries == 5)
    assert (outcomes(now), now.held_back) == ({"delivered": 3}, 0)
    assert set(it.receiver.accepted.values()) == {1}


def test_test_mode_that_begins_during_a_run_holds_back_what_it_has_not_sent(scripted):
    it, mode = scripted(max_events=1), []

    def begin():
        mode.append(True)
        it.deliveries.open_anew()

    it.deliveries.reroute(replace(it.route, in_test_mode=lambda: bool(mode)))
    it.receiver.at_each_request = begin
    it.take(*"abcdefgh")
    now = it.until(lambda now: idle(now) and now.entries == 8)
    assert (outcomes(now), now.held_back) == ({"delivered": 1, "pending": 7}, 7)
    mode.clear()
    it.receiver.at_each_request = it.balance
    it.deliveries.resume()
    assert outcomes(it.until(lambda now: idle(now) and not now.held_back)) == {"delivered": 8}


def test_without_a_sender_events_are_held_with_the_reason_until_there_is_one(scripted):
    it = scripted()
    missing = [True]

    def open_sender(services):
        if missing[0]:
            raise NotOpenedError("There is no credential: connect.")
        return it.receiver

    it.deliveries.reroute(replace(it.route, open_sender=open_sender))
    it.take("a")
    now = it.until(lambda now: now.state is State.PAUSED)
    assert [(one.code, one.detail) for one in now.reasons] == [
        ("not_opened", "There is no credential: connect.")
    ]
    missing.clear()
    missing.append(False)
    it.deliveries.resume()
    assert outcomes(it.until(lambda now: idle(now) and now.entries)) == {"delivered": 1}


def test_a_configuration_that_is_changed_ends_the_run_and_what_is_left_waits_for_the_next(scripted):
    it = scripted(max_events=1)
    switched_off = []

    def open_sender(services):
        if switched_off:
            raise NotOpenedError("It is switched off.")
        return it.receiver

    def switch_off():
        switched_off.append(True)
        it.deliveries.open_anew()

    it.deliveries.reroute(replace(it.route, open_sender=open_sender))
    it.receiver.at_each_request = switch_off
    it.take(*"abcdefgh")
    now = it.until(lambda now: now.state is State.PAUSED and now.entries == 8)
    assert outcomes(now) == {"delivered": 1, "pending": 7}
    switched_off.clear()
    it.receiver.at_each_request = it.balance
    it.deliveries.open_anew()
    assert outcomes(it.until(lambda now: idle(now) and now.outcomes["delivered"] == 8)) == {"delivered": 8}
    assert it.receiver.accepted == dict.fromkeys("abcdefgh", 1)


def test_a_file_is_read_as_it_is_sent_and_closed_at_its_end(scripted):
    it = scripted()
    stream = io.BytesIO(b"".join(b'{"n":%d}\n' % n for n in range(100)))
    records = RecordFile("events.ndjson", stream, stream.close)
    it.deliveries.accept_file(records, it.plan)
    now = it.until(lambda now: idle(now) and now.entries == 100)
    assert stream.closed
    (one,) = now.inputs
    assert (one.name, one.state, one.records_read, one.records_accounted) == (
        "events.ndjson",
        "read",
        100,
        100,
    )


def test_a_file_that_breaks_off_costs_itself_alone_and_says_how_far_it_was_read(scripted):
    it = scripted()
    stream = io.BytesIO(b'[{"n":1},{"n":2} {"n":3}]')
    it.deliveries.accept_file(RecordFile("events.json", stream, stream.close), it.plan)
    it.take("a")
    now = it.until(lambda now: idle(now) and now.outcomes["delivered"] >= 2 and len(now.inputs) == 2)
    broken = now.inputs[1]
    assert broken.state == "broken off"
    assert "events.json" in broken.problem
    assert broken.records_accounted == broken.entries == sum(broken.outcomes.values())


def test_a_defect_while_delivering_pauses_and_loses_nothing(scripted, monkeypatch):
    it = scripted()
    real, broken = sending.deliver, [True]

    def deliver(entries, **given):
        if broken:
            next(iter(entries))
            raise ZeroDivisionError
        real(entries, **given)

    monkeypatch.setattr(sending, "deliver", deliver)
    it.take("a", "b")
    now = it.until(lambda now: now.state is State.PAUSED and now.entries == 2)
    assert [one.code for one in now.reasons] == ["broke_off"]
    broken.clear()
    it.deliveries.resume()
    assert outcomes(it.until(lambda now: idle(now) and now.entries == 2)) == {"delivered": 2}


def test_nothing_is_lost_or_sent_twice_while_several_give_and_the_token_comes_and_goes(scripted):
    it = scripted(max_events=7)
    chance = random.Random(4)

    def at_each_request():
        it.balance()
        it.receiver.revoked = chance.random() < 0.2

    def give(giver):
        for number in range(60):
            it.take(f"{giver}-{number} busy", f"{giver}-{number}")

    it.receiver.at_each_request = at_each_request
    givers = [threading.Thread(target=give, args=(giver,)) for giver in "xyz"]
    for one in givers:
        one.start()
    while any(one.is_alive() for one in givers) or not idle(it.balance()):
        it.deliveries.resume()
    for one in givers:
        one.join()
    now = it.balance()
    assert outcomes(now) == {"delivered": 180, "duplicate": 180}
    assert set(it.receiver.accepted.values()) == {1}
    assert len(it.receiver.accepted) == 180


@pytest.mark.parametrize("position", [0, 7])
def test_a_plan_that_tells_of_a_record_that_was_not_there_costs_its_input_alone(scripted, position):
    it = scripted()
    real = it.plan.prepare
    it.plan.prepare = lambda records, now: (
        msgspec.structs.replace(entry, position=position) for entry in real(records, now)
    )
    it.take("a")
    now = it.until(lambda now: now.inputs[0].state == "broken off")
    assert now.entries == 0
    it.plan.prepare = real
    it.take("b")
    assert outcomes(it.until(lambda now: idle(now) and now.entries == 1)) == {"delivered": 1}


def test_stopping_waits_for_what_is_in_flight_and_says_what_stays(scripted):
    it = scripted(max_events=1)
    it.receiver.at_each_request = it.stop.set
    it.take("a", "b", "c")
    assert it.deliveries.stop() + it.receiver.accepted.total() == it.balance().entries
    assert it.balance().state is State.STOPPED
    with pytest.raises(NotAcceptedError):
        it.take("d")


def test_the_entries_that_can_be_looked_at_are_bounded_and_the_counts_are_not(scripted, monkeypatch):
    monkeypatch.setattr("tiktok_destination.harness.entries.MAX_DECIDED", 5)
    monkeypatch.setattr("tiktok_destination.harness.entries.MAX_STORIES", 2)
    it = scripted()
    it.take(*(f"e{number}" for number in range(9)))
    now = it.until(lambda now: now.outcomes["delivered"] == 9)
    assert [entry.number for entry in it.deliveries.entries(lambda entry: True, 100)] == [9, 8, 7, 6, 5]
    assert it.deliveries.entry(1) is None
    assert it.deliveries.entry(7)[1] is None
    assert it.deliveries.entry(9)[1].records[0].body == b"e8"
    assert now.entries == 9


def test_more_is_not_read_than_may_be_held(scripted, monkeypatch):
    monkeypatch.setattr(register, "MAX_HELD", 3)
    it = scripted(max_events=1)
    it.receiver.revoked = True
    it.take(*(f"e{number}" for number in range(8)))
    now = it.until(lambda now: now.state is State.PAUSED and now.entries >= 3)
    assert now.entries < 8
    assert now.is_full
    it.receiver.revoked = False
    it.deliveries.resume()
    now = it.until(lambda now: idle(now) and now.entries == 8)
    assert outcomes(now) == {"delivered": 8}
    assert set(it.receiver.accepted.values()) == {1}
