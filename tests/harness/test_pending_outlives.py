"""What a destination has accepted outlives its harness: it is there at the next start, and is sent without being given again."""

import io
import shutil
import sqlite3
from dataclasses import replace

import pytest
from scripted_route import Scripted

from plugin_spec import Outcome
from tiktok_destination.delivery.outbox import Outbox, Selection, dead_letters, scopes
from tiktok_destination.formats import RecordFile
from tiktok_destination.harness import register
from tiktok_destination.harness.standing import State
from tiktok_destination.store import FILE, Database, SenderLock, SenderLockedError, StoreError


@pytest.fixture
def start(tmp_path):
    """Starts the deliveries over one data folder, as often as a test likes; one ends before the next begins."""
    made = []

    def begin(folder=tmp_path, **options):
        made.append(Scripted(folder, **options))
        return made[-1]

    yield begin
    for one in made:
        one.deliveries.stop()


def rested(now):
    read = all(one.state not in ("waiting", "reading") for one in now.inputs)
    return read and now.state is State.IDLE and not now.in_line and not now.further


def held(count):
    return lambda now: now.state is State.PAUSED and now.in_line == count


def outcomes(now):
    return {outcome: count for outcome, count in now.outcomes.items() if count}


def file_of(count, name="orders.ndjson"):
    stream = io.BytesIO(b"".join(b'{"n":%d}\n' % number for number in range(count)))
    return RecordFile(name, stream, stream.close)


def kept_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}


def letters(folder):
    with Database(folder) as database:
        numbers = [scope.number for scope in scopes(database)]
        return list(dead_letters(database, numbers, Selection()))


def test_what_waits_when_it_ends_is_there_again_by_input_and_record_and_is_sent_once(start):
    first = start()
    first.receiver.revoked = True
    first.deliveries.accept_file(file_of(3), first.plan)
    first.until(held(3))
    assert first.deliveries.stop() == 3

    second = start()
    now = second.until(lambda now: rested(now) and now.entries == 3)
    assert outcomes(now) == {"delivered": 3}
    (one,) = now.inputs
    assert (one.name, one.state, one.records_accounted) == ("orders.ndjson", "accepted earlier", 3)
    assert [entry.place.record for entry in second.deliveries.entries(lambda entry: True, 9)] == [3, 2, 1]
    assert sorted(second.receiver.accepted.values()) == [1, 1, 1]


def test_what_still_cannot_be_sent_is_held_again_with_its_reason_and_its_attempts(start):
    first = start()
    first.receiver.revoked = True
    first.take("a")
    first.until(held(1))
    first.deliveries.stop()

    second = start()
    second.receiver.revoked = True
    now = second.until(held(1))
    assert [one.code for one in now.reasons] == ["stopped"]
    second.receiver.revoked = False
    second.deliveries.resume()
    second.until(lambda now: outcomes(now) == {"delivered": 1})
    entry, story = second.deliveries.entry(1)
    assert (entry.outcome.attempts, story) == (3, None)


def test_a_copy_of_what_an_earlier_start_delivered_is_a_duplicate(start):
    first = start()
    first.take("a")
    first.until(lambda now: rested(now) and now.entries == 1)
    first.deliveries.stop()

    second = start()
    second.take("a")
    now = second.until(lambda now: rested(now) and now.entries == 1)
    assert outcomes(now) == {"duplicate": 1}
    assert not second.receiver.accepted


def test_an_event_that_may_have_arrived_still_waits_for_a_persons_word_after_a_new_start(start):
    first = start()
    first.take("a vanished unrepeatable")
    first.until(lambda now: now.set_aside == 1)
    first.deliveries.stop()

    second = start(receiver=first.receiver)
    second.take("b")
    now = second.until(lambda now: rested(now) and now.entries == 2)
    assert (now.set_aside, second.receiver.accepted) == (1, {"b": 1})
    assert second.deliveries.waits_for_a_word(1)
    assert second.deliveries.send_again(1)
    now = second.until(lambda now: outcomes(now) == {"delivered": 2})
    assert second.receiver.accepted == {"a": 1, "b": 1}


def test_of_a_request_that_was_under_way_at_a_crash_only_what_may_be_repeated_is_sent_by_itself(
    start, tmp_path
):
    crashed = tmp_path / "as it was during the request"
    first = start(tmp_path / "data")

    def crash():
        first.receiver.at_each_request = lambda: None
        shutil.copytree(tmp_path / "data", crashed)

    first.receiver.at_each_request = crash
    first.deliveries.accept_records([b"a", b"b unrepeatable"], "orders.ndjson", first.plan)
    first.until(lambda now: rested(now) and now.entries == 2)

    second = start(crashed, receiver=first.receiver)
    now = second.until(lambda now: rested(now) and now.entries == 2)
    assert (outcomes(now), now.set_aside) == ({"delivered": 1, "pending": 1}, 1)
    assert second.receiver.accepted == {"a": 2, "b": 1}
    assert second.deliveries.waits_for_a_word(2)


def test_a_word_that_comes_while_a_run_is_under_way_is_heeded_at_once(start):
    it = start(max_events=1)
    it.take("a vanished unrepeatable")
    it.until(lambda now: now.set_aside == 1)

    def give_the_word():
        it.receiver.at_each_request = lambda: None
        assert it.deliveries.send_again(1)

    it.receiver.at_each_request = give_the_word
    it.deliveries.accept_records([b"b", b"c", b"d", b"e"], "pasted", it.plan)
    now = it.until(lambda now: rested(now) and now.outcomes["delivered"] == 5)
    assert now.set_aside == 0
    assert [names for _, names in it.receiver.requests] == [["a"], ["b"], ["a"], ["c"], ["d"], ["e"]]


def test_of_an_input_that_was_not_accepted_to_its_end_the_next_start_says_how_far(start, monkeypatch):
    monkeypatch.setattr(register, "MAX_HELD", 100)
    first = start()
    first.receiver.revoked = True
    first.deliveries.accept_file(file_of(1_200), first.plan)
    first.until(held(500))
    first.deliveries.stop()
    (told,) = first.balance().inputs
    assert (told.state, told.records_accounted) == ("broken off", 500)
    assert "Its first 500 records were accepted" in told.problem

    second = start()
    now = second.until(lambda now: rested(now) and now.entries == 500)
    (told,) = now.inputs
    assert (told.name, told.state) == ("orders.ndjson", "broken off")
    assert "Its first 500 records were accepted; the rest is to be given again." in told.problem
    assert outcomes(now) == {"delivered": 500}


def test_an_input_that_was_accepted_to_its_end_is_not_told_of_again(start):
    first = start()
    first.deliveries.accept_file(file_of(1_200), first.plan)
    first.until(lambda now: rested(now) and now.entries == 1_200)
    first.deliveries.stop()
    second = start()
    second.take("a")
    now = second.until(lambda now: rested(now) and now.entries == 1)
    assert [one.name for one in now.inputs] == ["pasted"]


def test_more_than_may_be_held_waits_in_the_outbox_and_is_entered_as_others_are_sent(start, monkeypatch):
    first = start()
    first.receiver.revoked = True
    first.deliveries.accept_file(file_of(1_700), first.plan)
    first.until(held(1_700))
    first.deliveries.stop()

    monkeypatch.setattr(register, "MAX_HELD", 400)
    second = start()
    second.receiver.revoked = True
    second.take("later")
    now = second.until(held(500))
    assert (now.entries, now.further) == (500, 1_200)
    second.receiver.revoked = False
    second.deliveries.resume()
    now = second.until(lambda now: rested(now) and now.entries == 1_701)
    assert outcomes(now) == {"delivered": 1_701}
    assert set(second.receiver.accepted.values()) == {1}


def test_where_nothing_waits_a_start_leaves_even_the_log_that_a_killed_process_left(start, tmp_path):
    data, killed = tmp_path / "data", tmp_path / "killed"
    first = start(data)
    first.take("a")
    first.until(lambda now: rested(now) and now.entries == 1)
    shutil.copytree(data, killed)
    before = kept_in(killed)
    assert before[f"{FILE}-wal"]
    start(killed).until(lambda now: now.state is State.IDLE)
    assert kept_in(killed) == before


def test_nobody_else_sends_for_the_destination_meanwhile(start, tmp_path):
    it = start()
    it.take("a")
    it.until(lambda now: rested(now) and now.entries == 1)
    with pytest.raises(SenderLockedError):
        SenderLock(tmp_path, "scripted")
    it.deliveries.stop()
    SenderLock(tmp_path, "scripted").close()


def test_while_somebody_else_sends_it_says_so_and_goes_on_afterwards_by_itself(start, tmp_path):
    lock = SenderLock(tmp_path, "scripted")
    it = start(retry_after_s=0.0)
    (number,) = it.take("a")
    now = it.until(lambda now: now.state is State.RETRYING)
    assert [one.code for one in now.reasons] == ["locked"]
    assert "sending for this destination already" in now.reasons[0].detail
    assert it.deliveries.await_input(number, 60)
    assert now.entries == 0
    lock.close()
    now = it.until(lambda now: rested(now) and now.entries == 1)
    assert outcomes(now) == {"delivered": 1}
    assert not now.reasons


def test_a_destination_that_nobody_uses_leaves_the_lock_to_others(start, tmp_path):
    it = start()
    it.balance()
    with SenderLock(tmp_path, "scripted"):
        it.take("a")
        it.until(lambda now: now.state is State.RETRYING)
    it.deliveries.resume()
    it.until(lambda now: rested(now) and now.entries == 1)


def test_where_the_outbox_is_full_inputs_wait_with_the_reason_and_none_is_lost(start, monkeypatch):
    monkeypatch.setitem(Outbox.__init__.__kwdefaults__, "most", 3)
    it = start(max_events=1, retry_after_s=1e9)
    it.receiver.revoked = True
    it.take("a", "b", "c", "d", "e")
    now = it.until(lambda now: now.withheld is not None and now.state is State.PAUSED)
    assert (now.withheld.code, now.in_line, now.entries) == ("outbox_full", 3, 3)
    assert [one.state for one in now.inputs] == ["waiting", "reading", "read", "read", "read"]
    it.receiver.revoked = False

    def all_delivered(now):
        it.deliveries.resume()
        return rested(now) and now.outcomes["delivered"] == 5

    now = it.until(all_delivered)
    assert now.withheld is None
    assert it.receiver.accepted == dict.fromkeys("abcde", 1)


def test_where_the_disk_is_full_nothing_is_accepted_or_sent_and_all_goes_on_when_there_is_room(
    start, monkeypatch
):
    real, full = Database.change, [False]

    def change(self, statements, **given):
        if full[0]:
            raise StoreError("store_full", "outbox.sqlite: the disk is full.")
        return real(self, statements, **given)

    monkeypatch.setattr(Database, "change", change)
    it = start(retry_after_s=10.0, max_events=1)

    def delivered(count):
        def fits(now):
            it.clock.sleep(10.0)
            return rested(now) and now.outcomes["delivered"] == count

        return fits

    it.take("a")
    it.until(delivered(1))
    full[0] = True
    it.take("b", "c")
    now = it.until(lambda now: now.withheld is not None)
    assert (now.withheld.code, now.entries) == ("store_full", 1)
    full[0] = False
    it.until(delivered(3))

    it.receiver.at_each_request = lambda: full.__setitem__(0, True)
    it.take("d busy", "e", "f")
    now = it.until(lambda now: now.state is State.RETRYING)
    assert "store_full" in {one.code for one in now.reasons}
    it.receiver.at_each_request = it.balance
    full[0] = False
    now = it.until(delivered(6))
    assert outcomes(now) == {"delivered": 6}


def test_a_defect_while_taking_in_is_told_and_what_was_in_hand_is_accepted_afterwards(start, monkeypatch):
    real, broken = Outbox.accept, [True]

    def accept(self, entries, **given):
        if broken:
            raise ZeroDivisionError
        return real(self, entries, **given)

    monkeypatch.setattr(Outbox, "accept", accept)
    it = start(retry_after_s=0.0)
    it.take("a", "b")
    now = it.until(lambda now: now.withheld is not None)
    assert (now.withheld.code, now.entries) == ("broke_off", 0)
    broken.clear()
    now = it.until(lambda now: rested(now) and now.entries == 2)
    assert outcomes(now) == {"delivered": 2}


def test_an_event_that_is_damaged_on_the_disk_is_rejected_and_the_others_are_sent(start, tmp_path):
    it = start()
    it.receiver.revoked = True
    it.take("a", "b", "c")
    it.until(held(3))
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE events SET event = x'00' WHERE id = 2")
    database.close()
    it.receiver.revoked = False
    it.deliveries.resume()
    now = it.until(lambda now: rested(now) and now.entries == 3)
    assert outcomes(now) == {"delivered": 2, "rejected": 1}
    entry, _ = it.deliveries.entry(2)
    assert (entry.outcome.code, it.receiver.accepted) == ("damaged", {"a": 1, "c": 1})


@pytest.mark.parametrize("keeps", [False, True])
def test_dead_letters_say_where_they_are_from_and_keep_the_record_where_that_is_configured(
    start, tmp_path, keeps
):
    it = start()
    settings = replace(it.route.settings, keep_records=keeps)
    it.deliveries.reroute(replace(it.route, settings=settings))
    it.take("unfit", "a bad", "b")
    it.until(lambda now: rested(now) and now.entries == 3)
    found = letters(tmp_path)
    assert [(one.outcome.outcome, one.origin.input, one.origin.record) for one in found] == [
        (Outcome.REJECTED, "pasted", 1),
        (Outcome.REFUSED, "pasted", 1),
    ]
    assert [[kept.body for kept in one.records] for one in found] == (
        [[b"unfit"], [b"a bad"]] if keeps else [[], []]
    )


def test_dead_letters_end_after_the_days_that_are_configured_while_the_harness_goes_on(start, tmp_path):
    it = start()
    it.deliveries.reroute(replace(it.route, settings=replace(it.route.settings, retention_days=5)))
    it.take("unfit", "a")
    it.until(lambda now: rested(now) and now.entries == 2)
    for days, left in ((4, 1), (2, 0)):
        it.clock.now += days * 86_400
        it.take(f"b-{days}")
        it.until(rested)
        assert len(letters(tmp_path)) == left
