"""The log of delivered keys: nothing that was delivered is unknown, whether it is filed, logged, or both are cut off in between."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from scripted_sender import Clock, Run, ScriptedSender, about, event, kinds
from stored_books import stored_queue

from plugin_spec import Outcome
from tiktok_destination.delivery import QueueError
from tiktok_destination.delivery.outbox import Fate, fates, known_events, scope_of
from tiktok_destination.delivery.outbox import stored_queue as room
from tiktok_destination.delivery.queue import Offer
from tiktok_destination.store import Database, StoreError

SOURCE = b"file\0"


@pytest.fixture
def stack():
    with ExitStack() as stack:
        yield stack


def some(*numbers, **options):
    return [event(number, **options) for number in numbers]


def deliver_without_an_end(folder, stack, events):
    """What a process leaves that was killed after its commit."""
    queue = stored_queue(folder, stack)
    assert set(queue.offer(events)) == {Offer.TAKEN}
    for one in events:
        queue.settle(one, Outcome.DELIVERED)
    queue.commit([])
    return queue


def sizes(folder):
    """How many keys are filed, and how many rows the log has."""
    with Database(folder) as database:
        return tuple(database.value(f"SELECT COUNT(*) FROM {table}") for table in ("keys", "key_log"))


def test_a_run_that_ends_leaves_every_key_filed(tmp_path, stack):
    run = Run(ScriptedSender(), queue=stored_queue(tmp_path, stack), about=about(max_events=10))
    run.of(some(*range(1, 101)))
    assert sizes(tmp_path) == (100, 0)


def test_what_a_killed_run_has_logged_is_known_to_those_who_look_and_filed_by_the_next_run(tmp_path, stack):
    deliver_without_an_end(tmp_path, stack, some(1, 2, 3))
    assert sizes(tmp_path) == (0, 1)
    asked = some(1, 2, 3, 4)
    with Database(tmp_path) as database:
        scope = scope_of(database, "shop", "https://receiver.example")
        assert known_events(database, scope, asked) == [True, True, True, False]
        assert fates(database, scope, asked, SOURCE) == [Fate.SENT_BEFORE] * 3 + [Fate.TO_SEND]
    queue = stored_queue(tmp_path, stack)
    assert sizes(tmp_path) == (3, 0)
    copies = [event(7, name="1", dedup=b"1"), event(8, dedup=b"2")]
    assert list(queue.offer(copies)) == [Offer.COPY, Offer.DIFFERS]


@pytest.mark.parametrize("filed_at_once", [1, 7, 1 << 16])
@pytest.mark.parametrize("known_before", [False, True])
def test_copies_are_known_across_every_filing_of_a_run(
    tmp_path, stack, monkeypatch, filed_at_once, known_before
):
    monkeypatch.setattr(room, "_FILED_AT_ONCE", filed_at_once)
    if known_before:
        Run(ScriptedSender(), queue=stored_queue(tmp_path, stack)).of(some(1_000))
    sender = ScriptedSender()
    run = Run(sender, queue=stored_queue(tmp_path, stack), about=about(max_events=5))
    copies = [event(100 + number, name=str(number), dedup=str(number).encode()) for number in range(1, 41)]
    outcomes = kinds(run.of([*some(*range(1, 41)), *copies]))
    assert outcomes == {"delivered": [*range(1, 41)], "duplicate:duplicate": [*range(101, 141)]}
    assert sizes(tmp_path) == (40 + known_before, 0)


def test_a_filing_that_fails_loses_no_key(tmp_path, stack, monkeypatch):
    monkeypatch.setattr(room, "_FILED_AT_ONCE", 5)
    queue = deliver_without_an_end(tmp_path, stack, some(1, 2, 3))
    real = Database.change

    def full(*_args, **_given):
        raise StoreError("store_full", "the disk is full")

    events = some(4, 5, 6)
    queue.offer(events)
    for one in events:
        queue.settle(one, Outcome.DELIVERED)
    monkeypatch.setattr(Database, "change", full)
    with pytest.raises(QueueError):
        queue.commit([])
    copies = [event(20 + number, name=str(number), dedup=str(number).encode()) for number in range(1, 7)]
    assert list(queue.offer(copies)) == [Offer.COPY] * 6
    monkeypatch.setattr(Database, "change", real)
    queue.commit([])
    assert sizes(tmp_path) == (6, 0)
    assert list(queue.offer(copies)) == [Offer.COPY] * 6


def test_keys_that_could_not_be_filed_at_the_end_are_filed_later(tmp_path, stack, monkeypatch):
    queue = deliver_without_an_end(tmp_path, stack, some(1, 2))

    def full(*_args, **_given):
        raise StoreError("store_full", "the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(Database, "change", full)
        queue.end_run()
    assert sizes(tmp_path) == (0, 1)
    assert list(stored_queue(tmp_path, stack).offer(some(1, 2))) == [Offer.COPY] * 2
    assert sizes(tmp_path) == (2, 0)


def test_one_scope_leaves_the_log_of_another_alone(tmp_path, stack):
    deliver_without_an_end(tmp_path, stack, some(1))
    with Database(tmp_path) as database:
        database.change([("UPDATE key_log SET scope = 99", None)])
    assert list(stored_queue(tmp_path, stack).offer(some(1))) == [Offer.TAKEN]
    assert sizes(tmp_path) == (0, 1)


@pytest.mark.parametrize("damaged", ["x'0102'", "'text'", "17", "substr(keys, 1, 41)"])
def test_a_damaged_row_of_the_log_stops_nobody(tmp_path, stack, damaged):
    deliver_without_an_end(tmp_path, stack, some(1, 2))
    with Database(tmp_path) as database:
        database.change([(f"UPDATE key_log SET keys = {damaged}", None)])
    queue = stored_queue(tmp_path, stack)
    known = Offer.COPY if damaged.startswith("substr") else Offer.TAKEN
    assert list(queue.offer(some(1, 2))) == [known, Offer.TAKEN]


def test_how_long_a_key_is_kept_survives_the_log(tmp_path, stack):
    clock = Clock()
    queue = stored_queue(tmp_path, stack, clock)
    late = event(1, not_after=clock.now + 50 * 86_400)
    queue.offer([late])
    queue.settle(late, Outcome.DELIVERED)
    queue.commit([])
    queue.end_run()
    with Database(tmp_path) as database:
        assert database.value("SELECT kept_until FROM keys") == late.not_after
