"""Which dead letters go back, as what, and which stay: judged over a store, with a plan that is told what to make."""

import msgspec
import pytest

from plugin_spec import About, EntryOutcome, Note, Outcome, Overview, Prepared, Settled
from tiktok_destination.delivery.outbox import (
    Incoming,
    KeptRecord,
    Origin,
    Outbox,
    Selection,
    Tally,
    dead_letters,
    scope_of,
)
from tiktok_destination.delivery.outbox.dead_letters import Letter, entering
from tiktok_destination.delivery.outbox.stored import key_of
from tiktok_destination.delivery.queue import QueueError
from tiktok_destination.hosting.replaying import LEFT_CODES, Left, Replaying, move
from tiktok_destination.store import Database

NOW = 1_800_000_000.0
HOUR_S = 3600
ABOUT = About("fake", "Fake", "", ("web",), 1000, 1_000_000, repeat_window_s=48 * HOUR_S)
ROW = KeptRecord(b'{"n": 1}')


def event(position=1, ordinal=1, key=b"k", **changes):
    made = Prepared(position, ordinal, "Purchase", "id-1", "lane", key, NOW + 10, b"{}")
    return msgspec.structs.replace(made, **changes)


def rejected(position=1, ordinal=1, outcome=Outcome.REJECTED):
    return Settled(position, ordinal, outcome, "no_identifier")


class FakePlan:
    def __init__(self, *entries, test_mode=False):
        self.entries = entries
        self.test_mode = test_mode
        self.seen = []

    def overview(self):
        return Overview(test_mode=self.test_mode)

    def prepare(self, records, now):
        assert now() == NOW
        self.seen.append(list(records))
        yield from self.entries


@pytest.fixture
def database(tmp_path):
    with Database(tmp_path) as opened:
        yield opened


@pytest.fixture
def scope(database):
    return scope_of(database, "shop", "")


@pytest.fixture
def outbox(database, scope):
    return Outbox(database, scope, Tally(scope.number, ()), lambda: NOW, b"c" * 16)


@pytest.fixture
def letter(database, scope):
    """Makes a dead letter."""

    def enter(event=None, *, records=(), since=None, record=1, ordinal=1, rows=(), source="a.csv"):
        outcome = EntryOutcome(record, ordinal, Outcome.REFUSED if event else Outcome.REJECTED, code="why")
        origin = Origin(source, record, record + 1, ordinal, rows)
        database.change([entering(scope.number, [Letter(outcome, origin, since, event, records)], NOW)])

    return enter


@pytest.fixture
def judge(database, scope):
    def judged(plan, selection=Selection(), *, force=False):  # noqa: B008 - frozen
        replaying = Replaying(database, scope, plan, ABOUT, lambda: NOW, force=force)
        return [replay for portion in replaying.portions(selection) for replay in portion]

    return judged


@pytest.fixture
def delivered(database, scope):
    """A key whose event was delivered."""
    row = (scope.number, key_of(b"delivered"), NOW + 10)
    database.change([("INSERT INTO keys VALUES (?, ?, 0, ?, 1, 1)", [row])])


def test_an_event_goes_back_byte_for_byte(letter, judge):
    letter(event(body=b'{"a": 1}'))
    (replay,) = judge(FakePlan())
    assert replay.entries == (Incoming(event(body=b'{"a": 1}'), Origin("a.csv", 1, 2)),)


@pytest.mark.parametrize(
    ("made", "since", "left"),
    [
        (event(not_after=NOW - 1), None, Left.TOO_OLD),
        (event(), NOW - 47 * HOUR_S, None),
        (event(), NOW - 49 * HOUR_S, Left.MAY_HAVE_ARRIVED),
        (event(key=None), NOW - 1, Left.MAY_HAVE_ARRIVED),
        (event(repeatable=False), NOW - 1, Left.MAY_HAVE_ARRIVED),
        (None, None, Left.NOT_KEPT),
    ],
)
def test_what_stays_and_why(letter, judge, made, since, left):
    letter(made, since=since)
    (replay,) = judge(FakePlan())
    assert replay.left is left
    if left is Left.MAY_HAVE_ARRIVED:
        (forced,) = judge(FakePlan(), force=True)
        assert (forced.left, forced.entries[0].since) == (None, None)
    elif left is not None:
        assert [one.left for one in judge(FakePlan(), force=True)] == [left]
    else:
        assert replay.entries[0].since == since


def test_records_are_made_anew_with_what_a_host_added_to_them(letter, judge):
    fault = Note("unreadable_record")
    letter(records=(KeptRecord(b"{}", None, fault), ROW), rows=(4, 5), record=4)
    plan = FakePlan(event(rows=(1, 2)))
    (replay,) = judge(plan)
    ((first, second),) = plan.seen
    assert (first.position, first.fault, second.position, second.body) == (1, fault, 2, ROW.body)
    assert replay.entries[0].origin == Origin("a.csv", 4, 5, 1, (4, 5))
    assert len(replay.entries[0].records) == 2


def test_rows_that_stand_alone_now_keep_their_own_record(letter, judge):
    second = KeptRecord(b'{"n": 2}')
    letter(records=(ROW, second), rows=(4, 5), record=4)
    (replay,) = judge(FakePlan(event(), event(position=2, key=b"l")))
    assert [(one.origin, one.records) for one in replay.entries] == [
        (Origin("a.csv", 4, 5, 1, ()), (ROW,)),
        (Origin("a.csv", 5, None, 1, ()), (second,)),
    ]


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ([rejected()], Left.STILL_REJECTED),
        ([rejected(outcome=Outcome.EXPIRED)], Left.TOO_OLD),
        ([rejected(outcome=Outcome.FILTERED)], None),
        ([rejected(), event(ordinal=2)], None),
        ([rejected(), event(ordinal=2, key=b"delivered")], Left.STILL_REJECTED),
        ([event(key=b"delivered")], None),
        ([event(test=True)], Left.TEST_MODE),
    ],
)
@pytest.mark.usefixtures("delivered")
def test_what_became_of_a_record_made_anew(letter, judge, entries, left):
    letter(records=(ROW,))
    (replay,) = judge(FakePlan(*entries))
    assert replay.left is left
    assert len(replay.entries) == (len(entries) if left is None else 0)


def test_in_test_mode_everything_stays(letter, judge):
    letter(event())
    letter(records=(ROW,), record=2)
    assert {one.left for one in judge(FakePlan(event(), test_mode=True))} == {Left.TEST_MODE}


def test_a_sibling_that_nobody_could_recognise_is_not_sent_again(letter, judge):
    letter(records=(ROW,), ordinal=2)
    (replay,) = judge(FakePlan(event(key=None), event(ordinal=2, key=None)))
    assert [one.entry.ordinal for one in replay.entries] == [2]


def test_where_only_such_siblings_come_a_person_decides(letter, judge):
    letter(records=(ROW,), ordinal=2)
    plan = FakePlan(event(key=None))
    assert [one.left for one in judge(plan)] == [Left.MAY_HAVE_ARRIVED]
    assert [len(one.entries) for one in judge(plan, force=True)] == [1]


@pytest.mark.parametrize(("key", "left"), [(b"k", None), (b"another", Left.MAY_HAVE_ARRIVED)])
def test_an_event_made_anew_under_another_id_would_be_no_copy(letter, judge, key, left):
    letter(event(), records=(ROW,), since=NOW - 1)
    (replay,) = judge(FakePlan(event(key=key)))
    assert replay.left is left
    if left is None:
        assert replay.entries[0].since == NOW - 1
    (forced,) = judge(FakePlan(event(key=key)), force=True)
    assert forced.left is None


def test_letters_of_one_record_go_together_whichever_is_selected(letter, judge):
    letter(records=(ROW,), ordinal=1)
    letter(records=(ROW,), record=2)
    letter(records=(ROW,), ordinal=2)
    letter(records=(ROW,), source="b.csv")
    (replay,) = judge(FakePlan(event()), Selection(numbers=(3,)))
    assert [one.number for one in replay.letters] == [1, 3]


def test_a_letter_whose_origin_was_damaged_is_replayed_all_the_same(letter, judge, database):
    letter(records=(ROW, ROW), rows=(4, 5), record=4)
    database.change([("UPDATE dead_letters SET origin = x'00'", None)])
    (replay,) = judge(FakePlan(event(rows=(1, 2))))
    assert replay.entries[0].origin == Origin("", 0, None, 1, (0, 1))


def test_a_move_is_one_change(letter, judge, outbox, database, scope):
    letter(event())
    letter(event(not_after=NOW - 1))
    letter(records=(ROW,), record=3)
    replays = judge(FakePlan(rejected(outcome=Outcome.FILTERED)))
    database.change(
        [
            (
                "CREATE TEMP TRIGGER no BEFORE DELETE ON main.dead_letters BEGIN SELECT RAISE(ABORT, 'no'); END",
                None,
            )
        ]
    )
    with pytest.raises(QueueError):
        move(outbox, scope, replays)
    assert list(outbox.waiting()) == []
    database.change([("DROP TRIGGER no", None)])
    (settled,) = move(outbox, scope, replays)
    assert (settled.outcome, settled.position) == (Outcome.FILTERED, 3)
    assert [one.origin.record for one in outbox.waiting()] == [1]
    assert [one.number for one in dead_letters(database, [scope.number], Selection())] == [2]


def test_every_reason_has_words():
    assert set(LEFT_CODES) == {left.value for left in Left}
    assert all(code.meaning and code.remedy for code in LEFT_CODES.values())
