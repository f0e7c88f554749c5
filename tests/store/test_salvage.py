"""What a damaged database still gives: bits flipped, pages lost, the file cut off, the header gone. All by seeds."""

import random
import sqlite3
from collections import Counter

import msgspec
import pytest
from earlier_versions import of_version

from plugin_spec import Outcome, Prepared
from tiktok_destination.delivery.codes import DAMAGED
from tiktok_destination.delivery.outbox import (
    Incoming,
    Origin,
    Outbox,
    Tally,
    scope_of,
    scopes,
    soundness,
    tally,
)
from tiktok_destination.store import FILE, Database, SenderLock, SenderLockedError, StoreError, salvage

PAGE = 4096
EVENTS = 600
NOW = 1_790_000_000.0


def event(number, chance):
    body = b'{"x":"' + b"y" * chance.randrange(50, 600) + b'"}'
    return Prepared(number, 1, "Purchase", f"id-{number}", "b", number.to_bytes(16, "big"), 1e10, body)


def outbox_of(database):
    scope = scope_of(database, "shop", "https://receiver.example")
    return Outbox(database, scope, Tally(scope.number, ()), lambda: NOW, bytes(16))


@pytest.fixture
def folder(tmp_path):
    """A store with events that wait, keys, and files that were sent."""
    chance = random.Random(7)
    with Database(tmp_path) as database:
        outbox_of(database).accept(
            [Incoming(event(number, chance), Origin("pipe", number)) for number in range(1, EVENTS + 1)]
        )
        keys = [(chance.randbytes(16), number, number) for number in range(EVENTS)]
        database.change(
            [
                ("INSERT INTO keys VALUES (1, ?, ?, 1e10, 9, ?)", keys),
                (
                    "INSERT INTO inputs (id, scope, digest, sorted, name, began_at, changed_at) VALUES (?, 1, ?, 0, '', 1, 1)",
                    [(number, chance.randbytes(16)) for number in (3, 9)],
                ),
                ("INSERT INTO pending VALUES (9, ?, 1)", [(number,) for number in range(1, 400)]),
                ("DELETE FROM inputs WHERE id = 9", None),
            ]
        )
    return tmp_path


def root(folder, name):
    with sqlite3.connect(folder / FILE) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (name,)).fetchone()
    connection.close()
    return page


def lose_page(folder, page, seed=0):
    data = bytearray((folder / FILE).read_bytes())
    data[PAGE * (page - 1) : PAGE * page] = random.Random(seed).randbytes(PAGE)
    (folder / FILE).write_bytes(data)


def leaves(folder, name):
    """The leaf pages of a table, by what its root says."""
    data = (folder / FILE).read_bytes()
    at = PAGE * (root(folder, name) - 1)
    cells = int.from_bytes(data[at + 3 : at + 5], "big")
    starts = [int.from_bytes(data[at + 12 + 2 * cell : at + 14 + 2 * cell], "big") for cell in range(cells)]
    return [int.from_bytes(data[at + start : at + start + 4], "big") for start in starts]


def rows_of(saved, name):
    return next(table for table in saved.tables if table.name == name)


def numbers(folder):
    with Database(folder) as database:
        return [number for (number,) in database.rows("SELECT id FROM events WHERE event <> x'' ORDER BY id")]


def test_a_header_that_is_gone_loses_nothing(folder):
    path = folder / FILE
    path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:])
    saved = salvage(folder, NOW)
    assert rows_of(saved, "events").rows == EVENTS
    assert not any(table.gaps or table.unfit for table in saved.tables)
    with Database(folder, check=True) as database:
        assert soundness(database).good
        assert len(list(outbox_of(database).waiting())) == EVENTS


def test_lost_pages_lose_what_stood_on_them_and_nothing_else(folder):
    pages = leaves(folder, "events")
    for page in pages[3], pages[7], pages[-2]:
        lose_page(folder, page)
    saved = salvage(folder, NOW)
    events = rows_of(saved, "events")
    assert events.gaps == 3
    assert 0 < saved.lost_events < 90
    assert len(numbers(folder)) == EVENTS - saved.lost_events
    assert rows_of(saved, "keys").rows == EVENTS
    assert not saved.files_anew


def test_an_event_whose_content_is_gone_ends_as_damaged_and_is_counted(folder):
    lose_page(folder, leaves(folder, "events")[3])
    saved = salvage(folder, NOW)
    with Database(folder) as database:
        outbox = outbox_of(database)
        assert len(list(outbox.waiting())) == EVENTS - saved.lost_events
        assert database.value("SELECT COUNT(*) FROM events") == EVENTS - saved.lost_events
        (counted,) = tally(database, [1], 0)
    assert (counted.outcome, counted.code, counted.count) == (Outcome.REJECTED, DAMAGED, saved.lost_events)


def test_an_index_that_is_damaged_is_made_anew(folder):
    lose_page(folder, root(folder, "events_of_scope"))
    saved = salvage(folder, NOW)
    assert (rows_of(saved, "events").rows, saved.lost_events) == (EVENTS, 0)
    with Database(folder, check=True) as database:
        assert database.value("PRAGMA integrity_check") == "ok"


def test_an_entry_of_the_index_alone_invents_no_event(folder):
    data = (folder / FILE).read_bytes()
    entry, other = (
        b"\x03\x09\x02\x02\x58",
        b"\x03\x09\x02\x03\x58",
    )  # of scope 1: event 600, and one that never was
    assert data.count(entry) == 1
    (folder / FILE).write_bytes(data.replace(entry, other))
    saved = salvage(folder, NOW)
    assert (rows_of(saved, "events").rows, saved.lost_events) == (EVENTS, 0)


def test_a_row_that_holds_what_its_column_never_does_is_not_taken_over(folder):
    with Database(folder) as database:
        database.change([("UPDATE keys SET digest = 'no number' WHERE digest = 5", None)])
    lose_page(folder, leaves(folder, "events")[3])
    keys = rows_of(salvage(folder, NOW), "keys")
    assert (keys.rows, keys.unfit, keys.gaps) == (EVENTS - 1, 1, 0)


def test_keys_are_saved_from_both_sides_of_what_is_lost(folder):
    pages = leaves(folder, "keys")
    lose_page(folder, pages[len(pages) // 2])
    keys = rows_of(salvage(folder, NOW), "keys")
    assert keys.gaps >= 1
    assert EVENTS * 0.6 < keys.rows < EVENTS


def test_where_it_is_not_certain_what_is_pending_files_begin_anew(folder):
    lose_page(folder, root(folder, "pending"))
    saved = salvage(folder, NOW)
    assert saved.files_anew
    with Database(folder) as database:
        assert database.value("SELECT COUNT(*) FROM inputs") == 0
        database.change(
            [
                (
                    "INSERT INTO inputs (scope, digest, sorted, name, began_at, changed_at) VALUES (1, x'00', 0, '', 1, 1)",
                    None,
                )
            ]
        )
        assert database.value("SELECT MAX(id) FROM inputs") == 10, "a number that was used is not used again"


def test_no_number_is_given_twice_even_where_the_counter_is_lost(folder):
    lose_page(folder, root(folder, "sqlite_sequence"))
    salvage(folder, NOW)
    with Database(folder) as database:
        database.change(
            [
                (
                    "INSERT INTO inputs (scope, digest, sorted, name, began_at, changed_at) VALUES (1, x'00', 0, '', 1, 1)",
                    None,
                )
            ]
        )
        assert database.value("SELECT MAX(id) FROM inputs") == 10


def test_what_is_of_a_lost_destination_goes_to_no_other(folder):
    lose_page(folder, root(folder, "scopes"))
    saved = salvage(folder, NOW)
    assert saved.lost_names == 1
    with Database(folder) as database:
        assert [(scope.number, scope.name) for scope in scopes(database)] == [(1, "(lost 1)")]
        assert scope_of(database, "another", "").number == 2


def test_a_file_that_was_cut_off_gives_what_is_before(folder):
    path = folder / FILE
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // PAGE * PAGE + 100])
    saved = salvage(folder, NOW)
    assert 0 < rows_of(saved, "events").rows < EVENTS
    assert rows_of(saved, "events").gaps == 1
    with Database(folder, check=True) as database:
        found = soundness(database)
        assert found.structure


def event_itself(waiting):
    """Without its number, by which nothing is sent, and which may be where a bit was flipped."""
    return msgspec.structs.replace(waiting.event, position=0)


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bits_never_give_a_wrong_event(folder, seed):
    chance = random.Random(seed)
    with Database(folder) as database:
        before = Counter(map(event_itself, outbox_of(database).waiting()))
    path = folder / FILE
    data = bytearray(path.read_bytes())
    for _ in range(40):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)
    saved = salvage(folder, NOW)
    with Database(folder, check=True) as database:
        (scope,) = database.rows("SELECT MIN(id), name, receiver FROM scopes")
        waiting = Outbox(
            database,
            scope_of(database, *scope[1:]),
            Tally(scope[0], ()),
            lambda: NOW,
            bytes(16),
        ).waiting()
        after = Counter(map(event_itself, waiting))
    assert after <= before
    if saved is not None:
        assert (folder / f"{FILE}.damaged-1").read_bytes() == data
        assert after.total() > EVENTS * 0.5


def test_a_second_salvage_keeps_what_the_first_put_aside(folder):
    for number in (1, 2):
        lose_page(folder, leaves(folder, "events")[number])
        before = (folder / FILE).read_bytes()
        assert salvage(folder, NOW).aside.name == f"{FILE}.damaged-{number}"
        assert (folder / f"{FILE}.damaged-{number}").read_bytes() == before
    assert not list(folder.glob("salvage-*"))


def test_the_copies_of_a_salvage_that_was_killed_go_with_the_next_one(folder):
    left = folder / "salvage-killed"
    left.mkdir()
    (left / "damaged").write_bytes((folder / FILE).read_bytes())
    assert salvage(folder, NOW) is None
    assert not left.exists()


def test_what_stands_in_the_log_alone_is_saved_too(folder, tmp_path_factory):
    living = Database(folder)
    lost = leaves(folder, "events")[3]
    living.change([("INSERT INTO keys VALUES (1, x'0102', 1, 1e10, 9, 1)", None)])
    copy = tmp_path_factory.mktemp("copy")
    for name in (FILE, f"{FILE}-wal"):
        (copy / name).write_bytes((folder / name).read_bytes())
    living.close()
    lose_page(copy, lost)
    saved = salvage(copy, NOW)
    assert rows_of(saved, "keys").rows == EVENTS + 1
    assert (copy / f"{FILE}.damaged-1-wal").exists()
    assert not (copy / f"{FILE}-wal").exists()


def test_a_salvage_that_was_cut_off_while_putting_in_place_finds_the_log_again(folder):
    living = Database(folder)
    living.change([("INSERT INTO keys VALUES (1, x'0102', 1, 1e10, 9, 1)", None)])
    log = (folder / f"{FILE}-wal").read_bytes()
    main = (folder / FILE).read_bytes()
    living.close()
    (folder / FILE).write_bytes(main)
    lose_page(folder, 3)
    (folder / f"{FILE}.damaged-1").hardlink_to(folder / FILE)
    (folder / f"{FILE}.damaged-1-wal").write_bytes(log)
    assert rows_of(salvage(folder, NOW), "keys").rows == EVENTS + 1


def test_a_whole_database_is_left_alone(folder):
    before = (folder / FILE).read_bytes()
    assert salvage(folder, NOW) is None
    assert (folder / FILE).read_bytes() == before
    assert [path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))] == [FILE]


def test_nobody_sends_meanwhile(folder):
    with SenderLock(folder, "shop"), pytest.raises(SenderLockedError):
        salvage(folder, NOW)


def test_of_the_first_version_all_that_it_had_is_saved(tmp_path):
    of_version(tmp_path, 1)
    assert salvage(tmp_path, NOW) is None
    lose_page(tmp_path, root(tmp_path, "tally"))
    saved = salvage(tmp_path, NOW)
    assert {table.name for table in saved.tables if table.gaps or table.unfit} == {"tally"}
    assert [table.rows for table in saved.tables if table.name not in ("tally", "key_log")] == [1] * 8
    Database(tmp_path, check=True).close()


def test_keys_that_are_only_logged_are_saved_row_by_row(folder):
    with Database(folder) as database:
        chance = random.Random(3)
        rows = [(chance.randbytes(40_000),) for _ in range(30)]
        database.change([("INSERT INTO key_log (scope, input, keys) VALUES (1, 9, ?)", rows)])
    lose_page(
        folder, (folder / FILE).stat().st_size // PAGE - 50
    )  # what one of them holds beyond its first page
    saved = salvage(folder, NOW)
    assert (rows_of(saved, "key_log").rows, rows_of(saved, "key_log").gaps) == (29, 1)
    assert rows_of(saved, "events").rows == EVENTS


def test_a_newer_program_s_store_is_left_alone(folder):
    with sqlite3.connect(folder / FILE) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError) as raised:
        salvage(folder, NOW)
    assert raised.value.code == "store_newer"
    assert not (folder / f"{FILE}.damaged-1").exists()


def test_what_is_saved_is_for_its_owner_alone(folder):
    lose_page(folder, leaves(folder, "events")[3])
    salvage(folder, NOW)
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600
