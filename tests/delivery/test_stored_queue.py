"""What outlives a run: copies in later runs, requests cut off by the end of a process, files that are gone on with."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from scripted_sender import START, Clock, Run, ScriptedSender, about, event, kinds
from stored_books import UNKNOWN, input_ledger

from plugin_spec import EntryOutcome, Note, Outcome, Prepared, Settled
from tiktok_destination.delivery import DeliverySettings, QueueError
from tiktok_destination.delivery.outbox import (
    Incoming,
    InputLedger,
    Origin,
    Outbox,
    OutboxLedger,
    Progress,
    Selection,
    StoredQueue,
    Tally,
    dead_letters,
    progress_of,
    scope_of,
    tally,
)
from tiktok_destination.store import Database

HOUR = START // 3600 * 3600
DAY_S = 86_400.0


class Power(BaseException):
    """The process ends at this moment."""


class Workspace:
    """A data folder, and the runs over it. Each opens everything anew, as a process of its own would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.sender = ScriptedSender(clock=self.clock)
        self.about = about()
        self.settings = DeliverySettings(patience_s=30.0)

    def send(
        self, entries, *, digest=b"file", resume=False, is_pipe=False, force=False, name="shop", **options
    ):
        """One run over an input; its outcomes."""
        with ExitStack() as stack:
            database, scope, queue_of = self._open(stack, name, force=force)
            progress = progress_of(database, scope, digest, is_sorted=False) if resume else None
            ledger = input_ledger(database, scope, digest=digest, is_pipe=is_pipe, resume=progress)
            return self._run(queue_of(ledger), **options).of(ledger.left(iter(entries)))

    def drain(self, *, force=False, **options):
        """One run over the outbox."""
        with ExitStack() as stack:
            _, _, queue_of = self._open(stack, "shop", force=force)
            outbox = self.outbox(stack)
            ledger = OutboxLedger(scope_of(outbox._database, "shop", "r"))
            return self._run(queue_of(ledger), **options).of(map(ledger.hand, outbox.waiting()))

    def outbox(self, stack: ExitStack, **options) -> Outbox:
        database = stack.enter_context(Database(self.folder, synced=True))
        scope = scope_of(database, "shop", "r")
        return Outbox(database, scope, Tally(scope.number, UNKNOWN), self.clock.read, b"chance", **options)

    def accept(self, *events: Prepared | Settled, since=None) -> list[int | None]:
        with ExitStack() as stack:
            incoming = [Incoming(one, Origin("upload", one.position), since=since) for one in events]
            return self.outbox(stack).accept(incoming)

    def progress(self, digest=b"file") -> Progress:
        with Database(self.folder) as database:
            found = progress_of(database, scope_of(database, "shop", "r"), digest, is_sorted=False)
            assert found is not None
            return found

    def letters(self):
        with Database(self.folder) as database:
            return list(dead_letters(database, [1], Selection()))

    def waiting(self):
        with ExitStack() as stack:
            return list(self.outbox(stack).waiting())

    def counted(self):
        with Database(self.folder) as database:
            return {(one.outcome.value, one.code): one.count for one in tally(database, [1], 0)}

    def _open(self, stack, name, *, force):
        database = stack.enter_context(Database(self.folder))
        scope = scope_of(database, name, "r")

        def queue_of(ledger):
            return StoredQueue(
                database, scope, ledger, Tally(scope.number, UNKNOWN), self.clock.read, force=force
            )

        return database, scope, queue_of

    def _run(self, queue, **options) -> Run:
        given = {"sender": self.sender, "clock": self.clock, "about": self.about, "settings": self.settings}
        return Run(**(given | {"queue": queue} | options))


@pytest.fixture
def shop(tmp_path):
    return Workspace(tmp_path / "data")


def some(*numbers, **options):
    return [event(number, **options) for number in numbers]


def rejected(position, code="unfit"):
    return Settled(position, 1, Outcome.REJECTED, code, event_name="Purchase")


# Copies


def test_a_file_that_is_sent_twice_is_delivered_once_whether_its_events_have_keys_or_not(shop):
    entries = [*some(1, 2), *some(3, 4, dedup=False)]
    assert kinds(shop.send(entries)) == {"delivered": [1, 2, 3, 4]}
    assert kinds(shop.send(entries)) == {"duplicate:duplicate": [1, 2, 3, 4]}
    assert set(shop.sender.accepted.values()) == {1}


def test_an_event_with_the_same_key_in_another_file_is_a_copy_and_one_with_other_content_is_told_apart(shop):
    shop.send([event(1, dedup=b"x")])
    outcomes = shop.send([event(7, name="1", dedup=b"x"), event(8, dedup=b"x")], digest=b"other")
    assert kinds(outcomes) == {"duplicate:duplicate": [7], "duplicate:copy_differs": [8]}


def test_an_event_without_a_key_is_known_by_its_place_in_its_file_and_nowhere_else(shop):
    shop.send(some(1, dedup=False))
    assert kinds(shop.send(some(1, dedup=False), digest=b"other")) == {"delivered": [1]}


def test_test_events_are_sent_every_time(shop):
    entries = some(1, test=True)
    assert kinds(shop.send(entries)) == kinds(shop.send(entries)) == {"delivered": [1]}


def test_what_one_destination_sent_says_nothing_of_another(shop):
    shop.send(some(1))
    assert kinds(shop.send(some(1), name="stores")) == {"delivered": [1]}


def test_a_refused_event_may_be_sent_again(shop):
    assert kinds(shop.send([event(1, "bad"), *some(2)])) == {"refused:bad": [1], "delivered": [2]}
    assert kinds(shop.send([event(1), *some(2)], digest=b"mended")) == {
        "delivered": [1],
        "duplicate:duplicate": [2],
    }


def test_a_key_is_forgotten_four_weeks_later_when_its_event_could_not_be_sent_any_more(shop):
    shop.send([event(1, not_after=START + 10)])
    shop.clock.now += 27 * DAY_S
    again = event(7, name="1", dedup=b"1")
    assert kinds(shop.send([again], digest=b"restamped")) == {"duplicate:duplicate": [7]}
    shop.clock.now += 2 * DAY_S
    shop.send(some(2), digest=b"other")  # a day's work: the books are looked through
    with Database(shop.folder) as database:
        assert database.value("SELECT COUNT(*) FROM keys") == 1


def test_on_a_persons_word_what_was_delivered_is_sent_again_but_not_twice_in_one_run(shop):
    shop.send(some(1))
    outcomes = shop.send([event(1), event(2, name="1", dedup=b"1")], force=True)
    assert kinds(outcomes) == {"delivered": [1], "duplicate:duplicate": [2]}


# The end of a process


def ends(after_portions: int):
    """A listener that ends the process when so many portions of outcomes have been written down."""

    class Ending(list):
        def extend(self, outcomes):
            super().extend(outcomes)
            nonlocal after_portions
            after_portions -= 1
            if after_portions <= 0:
                raise Power

    return Ending()


def test_a_run_that_ended_goes_on_behind_the_last_outcome_that_was_written_down(shop):
    entries = some(*range(1, 3001))
    shop.about = about(max_events=100)
    with pytest.raises(Power):
        shop.send(entries, outcomes=ends(3))
    reached = shop.progress().position[0]
    assert 0 < reached < 3000
    outcomes = shop.send(entries, resume=True)
    assert [one.position for one in outcomes] == list(range(reached + 1, 3001))
    assert {one.outcome for one in outcomes} == {Outcome.DELIVERED}
    assert set(shop.sender.accepted) == {str(number) for number in range(1, 3001)}
    assert shop.counted() == {("delivered", ""): 3000}


def cut_off(shop, events, at=START):
    """As a process that ended while a request with these events was under way."""
    with Database(shop.folder) as database:
        scope = scope_of(database, "shop", "r")
        ledger = input_ledger(database, scope)
        queue = StoredQueue(database, scope, ledger, Tally(scope.number, UNKNOWN), shop.clock.read)
        queue.offer(events)
        queue.begin(1, events, at)
        queue.commit([])


def test_events_of_a_request_that_was_cut_off_are_repeated_where_the_receiver_knows_copies(shop):
    entries = some(1, 2, 3)
    cut_off(shop, entries)
    outcomes = shop.send(entries, resume=True)
    assert kinds(outcomes) == {"delivered": [1, 2, 3]}
    assert len(shop.sender.requests) == 1


def test_events_of_a_request_that_was_cut_off_wait_for_a_person_where_copies_would_count_twice(shop):
    entries = some(1, 2, dedup=False)
    cut_off(shop, entries)
    outcomes = shop.send([*entries, *some(3, dedup=False)], resume=True)
    assert kinds(outcomes) == {"pending:uncertain": [1, 2], "delivered": [3]}
    again = shop.send([*entries, *some(3, dedup=False)], resume=True)
    assert kinds(again) == {"pending:uncertain": [1, 2]}
    forced = shop.send([*entries, *some(3, dedup=False)], resume=True, force=True)
    assert kinds(forced) == {"delivered": [1, 2]}
    assert set(shop.sender.accepted.values()) == {1}


def test_after_the_receivers_window_nothing_that_may_have_arrived_is_repeated(shop):
    entries = some(1)
    cut_off(shop, entries)
    shop.clock.now += 172_801
    assert kinds(shop.send(entries, resume=True)) == {"pending:uncertain": [1]}


def test_an_attempt_without_a_certain_end_is_remembered_by_the_next_run(shop):
    entries = [event(1, *["lost"] * 50)]
    assert kinds(shop.send(entries)) == {"pending:no_progress": [1]}
    shop.clock.now += 172_801
    assert kinds(shop.send(entries, resume=True)) == {"pending:uncertain": [1]}


# Going on


def test_pending_entries_are_sent_again_and_everything_else_is_left_alone(shop):
    entries = [event(1), event(2, "stop:batch_key", key="b"), event(3), rejected(4), event(5, key="b")]
    first = shop.send(entries)
    assert kinds(first) == {"delivered": [1, 3], "pending:stopped": [2, 5], "rejected:unfit": [4]}
    assert shop.progress().pending == 2
    second = shop.send(entries, resume=True)
    assert kinds(second) == {"delivered": [2, 5]}
    assert shop.progress().pending == 0
    assert shop.counted() == {("delivered", ""): 4, ("rejected", "unfit"): 1}
    assert len(shop.letters()) == 1


def test_of_a_record_with_two_events_only_the_pending_one_is_sent_again(shop):
    two = Prepared(1, 2, "Lead", "e", "b", b"lead", START + 1e9, b"lead stop:batch_key")
    entries = [event(1), two, event(2)]
    assert [one.outcome for one in shop.send(entries)] == [
        Outcome.DELIVERED,
        Outcome.PENDING,
        Outcome.DELIVERED,
    ]
    assert [(one.position, one.ordinal) for one in shop.send(entries, resume=True)] == [(1, 2)]


def test_a_file_begun_anew_counts_what_was_delivered_as_copies(shop):
    entries = [event(1), event(2, "stop:batch_key", key="b")]
    assert kinds(shop.send(entries)) == {"delivered": [1], "pending:stopped": [2]}
    assert kinds(shop.send(entries)) == {"duplicate:duplicate": [1], "delivered": [2]}


def test_what_is_pending_of_a_pipe_is_in_the_outbox(shop):
    entries = [event(1), event(2, "stop:batch_key", key="b"), event(3, dedup=False, key="b")]
    assert kinds(shop.send(entries, is_pipe=True)) == {"delivered": [1], "pending:stopped": [2, 3]}
    held = shop.waiting()
    assert [(one.event.body, one.origin.record, one.code) for one in held] == [
        (entries[1].body, 2, "stopped"),
        (entries[2].body, 3, "stopped"),
    ]
    assert {one.outcome for one in shop.drain()} == {Outcome.DELIVERED}
    assert shop.waiting() == []


# Dead letters and counts


def test_dead_letters_keep_the_event_and_the_record_and_say_where_they_came_from(shop):
    bad = event(2, "bad")
    old = event(3, not_after=START - 1)
    shop.send([event(1), bad, old, rejected(4), event(5, "bad", test=True)])
    letters = shop.letters()
    assert [(one.outcome.outcome.value, one.outcome.code, one.event) for one in letters] == [
        ("refused", "bad", bad),
        ("expired", "expired", old),
        ("rejected", "unfit", None),
    ]
    assert letters[0].origin == Origin("events.ndjson", 2, 3, source=b"file\0")
    assert letters[0].records[0].body == b'{"position":2}'


def test_a_refused_event_that_may_have_arrived_says_since_when(shop):
    shop.send([event(1), event(2, "lost", "bad", key="b"), event(3, key="b")])
    (letter,) = shop.letters()
    assert (letter.outcome.outcome, letter.since) == (Outcome.REFUSED, START)


def test_names_that_no_rule_knows_are_counted_together(shop):
    unknown = [
        Settled(at, 1, Outcome.REJECTED, "unmapped", event_name=f"someone-{at}@mail.example") for at in (1, 2)
    ]
    shop.send([*unknown, event(3)])
    with Database(shop.folder) as database:
        assert {(one.name, one.count) for one in tally(database, [1], HOUR)} == {
            ("(unknown names)", 2),
            ("Purchase", 1),
        }


# The outbox


def test_an_accepted_event_is_sent_byte_for_byte_with_its_outcome_under_its_number(shop):
    numbers = shop.accept(event(1), event(2, dedup=False), event(3, test=True))
    outcomes = shop.drain()
    assert [one.position for one in outcomes] == numbers
    assert {one.outcome for one in outcomes} == {Outcome.DELIVERED}
    assert shop.sender.accepted == {"1": 1, "2": 1, "3": 1}
    assert shop.waiting() == []
    with Database(shop.folder) as database:
        assert database.value("SELECT COUNT(*) FROM keys") == 1  # a place in the outbox is no key for later


def test_a_settled_entry_needs_no_sending_and_is_counted_at_once(shop):
    assert shop.accept(rejected(1)) == [None]
    assert shop.counted() == {("rejected", "unfit"): 1}
    assert len(shop.letters()) == 1


def test_a_copy_in_the_outbox_is_a_duplicate_and_takes_the_place_of_a_refused_one(shop):
    shop.accept(event(1, dedup=b"x"), event(2, name="1", dedup=b"x"))
    assert kinds(shop.drain()) == {"delivered": [1], "duplicate:duplicate": [2]}
    shop.accept(event(3, "bad", dedup=b"y"), event(4, dedup=b"y"), event(5))
    assert kinds(shop.drain()) == {"refused:bad": [3], "delivered": [4, 5]}


def test_a_file_does_not_send_what_waits_in_the_outbox(shop):
    shop.accept(event(1))
    assert kinds(shop.send([event(7, name="1", dedup=b"1")])) == {"duplicate:duplicate": [7]}


def test_what_stays_pending_keeps_its_reason_and_its_attempts(shop):
    shop.accept(event(1, "busy", "stop:batch_key"))
    shop.drain()
    (held,) = shop.waiting()
    assert (held.attempts, held.code, held.reason) == (2, "stopped", None)


def test_an_event_of_the_outbox_that_was_cut_off_is_known_as_uncertain(shop):
    (number,) = shop.accept(event(1, dedup=False))
    with ExitStack() as stack:
        _, scope, queue_of = shop._open(stack, "shop", force=False)
        ledger = OutboxLedger(scope)
        queue = queue_of(ledger)
        events = [ledger.hand(one) for one in shop.outbox(stack).waiting()]
        queue.offer(events)
        queue.begin(1, events, START)
        queue.commit([])
    assert kinds(shop.drain()) == {"pending:uncertain": [number]}
    (held,) = shop.waiting()
    assert (held.since, held.code) == (START, "uncertain")
    assert kinds(shop.drain(force=True)) == {"delivered": [number]}


def test_a_full_outbox_accepts_nothing_and_says_so(shop):
    with ExitStack() as stack:
        outbox = shop.outbox(stack, most=3)
        outbox.accept([Incoming(one, Origin("upload", 1)) for one in some(1, 2)])
        with pytest.raises(QueueError) as told:
            outbox.accept([Incoming(one, Origin("upload", 1)) for one in some(3, 4)])
        assert told.value.code == "outbox_full"
        outbox.accept([Incoming(one, Origin("upload", 1)) for one in some(5)])
    assert [one.event.body for one in shop.waiting()] == [b"1", b"2", b"5"]


def test_a_damaged_row_is_rejected_counted_and_never_sent(shop):
    shop.accept(event(1), event(2), event(3))
    with Database(shop.folder) as database:
        database.change(
            [
                (
                    "UPDATE events SET event = CAST(REPLACE(event, 'Purchase', 'Purchasf') AS BLOB) WHERE id = ?",
                    [(2,)],
                )
            ]
        )
    assert kinds(shop.drain()) == {"delivered": [1, 3]}
    assert shop.counted() == {("delivered", ""): 2, ("rejected", "damaged"): 1}
    assert shop.waiting() == []


def test_a_note_says_that_an_earlier_run_delivered_it(shop):
    entries = some(1, 2)
    with Database(shop.folder) as database:
        scope = scope_of(database, "shop", "r")
        ledger: InputLedger = input_ledger(database, scope)
        queue = StoredQueue(database, scope, ledger, Tally(scope.number, UNKNOWN), shop.clock.read)
        queue.offer(entries)
        queue.settle(entries[0], Outcome.DELIVERED)
        queue.commit([])
    first, second = shop.send(entries, resume=True)
    assert (first.outcome, first.notes, first.attempts) == (Outcome.DELIVERED, (Note("by_earlier_run"),), 0)
    assert isinstance(second, EntryOutcome)
    assert shop.sender.accepted == {"2": 1}
