"""The database of a data folder: changes that are whole or nothing, and failures that say what to do."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from earlier_versions import of_version

from tiktok_destination.store import FILE, Database, SenderLock, SenderLockedError, StoreError, open_to_read
from tiktok_destination.store.database import connect
from tiktok_destination.store.schema import VERSION

ADD = "INSERT INTO tally VALUES (1, ?, 'Purchase', 'delivered', '', 0, 1)"


def hours(database: Database) -> list[int]:
    return [hour for (hour,) in database.rows("SELECT hour FROM tally ORDER BY hour")]


class Failing:
    """SQLite's connection, whose n-th statement fails: once, or from then on."""

    def __init__(self, address: str, nth: int, *, once: bool, error: Exception) -> None:
        self.real = connect(address)
        self.left = nth
        self.once = once
        self.error = error

    def execute(self, sql, parameters=(), /):
        self._count()
        return self.real.execute(sql, parameters)

    def executemany(self, sql, parameters, /):
        self._count()
        return self.real.executemany(sql, parameters)

    def close(self):
        self.real.close()

    def _count(self):
        self.left -= 1
        if self.left == 0 or (self.left < 0 and not self.once):
            raise self.error


def test_the_folder_and_the_file_are_for_their_owner_alone(tmp_path):
    folder = tmp_path / "a" / "data"
    before = os.umask(0o000)
    try:
        with Database(folder) as database:
            database.change([(ADD, [(1,)])])
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(modes, 0o600)


def test_a_file_that_others_may_read_is_refused(tmp_path):
    Database(tmp_path).close()
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(StoreError, match=r"others may read.*chmod 600"):
        Database(tmp_path)


def test_a_change_is_seen_whole_by_other_connections(tmp_path):
    with Database(tmp_path) as one, Database(tmp_path) as other:
        one.change([(ADD, [(1,), (2,)]), ("DELETE FROM tally WHERE hour = ?", [(1,)])])
        assert hours(other) == [2]


def test_rows_that_are_inserted_get_numbers_in_order(tmp_path):
    with Database(tmp_path) as database:
        sql = "INSERT INTO scopes (name, receiver) VALUES (?, '')"
        assert database.change([], insert=(sql, [("a",), ("b",)])) == [1, 2]
        assert database.change([], insert=(sql, [("c",)])) == [3]


@pytest.mark.parametrize("once", [True, False], ids=["once", "for ever"])
@pytest.mark.parametrize("nth", range(1, 6))
def test_a_change_whose_nth_statement_fails_has_not_happened(tmp_path, nth, once):
    with Database(tmp_path) as database:
        database.change([(ADD, [(1,)])])
        failing = Failing(str(tmp_path / FILE), nth, once=once, error=sqlite3.OperationalError("any"))
        database._connection, real = failing, database._connection
        statements = [(ADD, [(2,)]), (ADD, [(3,)]), (ADD, [(4,)])]
        with pytest.raises(StoreError):
            database.change(statements)
        database._connection = real
        failing.close()
        assert hours(database) == [1]
        database.change(statements)
        assert hours(database) == [1, 2, 3, 4]


def test_a_full_disk_is_told_as_one_and_nothing_of_the_change_has_happened(tmp_path):
    with Database(tmp_path) as database:
        database.change([(ADD, [(1,)])])
        pages = database.value("PRAGMA page_count")
        database.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="the disk is full") as told:
            database.change([(ADD, ((hour,) for hour in range(2, 20_000)))])
        assert told.value.code == "store_full"
        assert hours(database) == [1]


def test_an_outbox_of_the_first_version_goes_on_with_what_it_holds(tmp_path):
    of_version(tmp_path, 1)
    with Database(tmp_path, check=True) as database:
        database.change([("INSERT INTO key_log (scope, input, keys) VALUES (1, 1, x'01')", None)])
        assert database.value("SELECT COUNT(*) FROM keys") == 1
    with Database(tmp_path, check=True) as database:
        assert database.value("SELECT COUNT(*) FROM key_log") == 1


def test_an_outbox_of_the_first_version_can_be_looked_at(tmp_path):
    of_version(tmp_path, 1)
    with open_to_read(tmp_path) as database:
        assert database.value("SELECT COUNT(*) FROM keys") == 1
        assert database.value("SELECT COUNT(*) FROM key_log") == 0
        with pytest.raises(StoreError):
            database.change([("DELETE FROM keys", None)])


def test_a_newer_outbox_is_left_alone(tmp_path):
    with Database(tmp_path) as database:
        database.rows(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(StoreError, match=rf"version {VERSION + 1} .* knows {VERSION}") as told:
        Database(tmp_path)
    assert told.value.code == "store_newer"


def test_what_is_no_database_is_refused_with_the_way_out(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    (tmp_path / FILE).chmod(0o600)
    with pytest.raises(StoreError, match="store salvage") as told:
        Database(tmp_path)
    assert told.value.code == "store_damaged"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="TIKTOK_DESTINATION_DATA"):
        Database(tmp_path / "file" / "data")


def test_a_closed_database_says_so(tmp_path):
    database = Database(tmp_path)
    database.close()
    with pytest.raises(StoreError, match="closed"):
        database.rows("SELECT 1")


def test_a_database_whose_maker_was_killed_is_not_there_yet_and_the_next_one_makes_it(tmp_path):
    made, killed = tmp_path / "made", tmp_path / "killed"
    for folder in (made, killed):
        folder.mkdir(mode=0o700)
    with closing(sqlite3.connect(made / FILE, isolation_level=None)) as maker:
        maker.execute("CREATE TABLE some (thing)")
        maker.execute("PRAGMA cache_size = 1")
        maker.execute("BEGIN IMMEDIATE")
        maker.executemany("INSERT INTO some VALUES (?)", [("x" * 4_000,)] * 50)
        for (
            file
        ) in made.iterdir():  # as they lie on the disk at this moment: the journal could be rolled back
            (killed / file.name).write_bytes(file.read_bytes())
            (killed / file.name).chmod(0o600)
    assert (killed / f"{FILE}-journal").exists()
    assert open_to_read(killed) is None
    Database(killed).close()
    with open_to_read(killed) as database:
        assert hours(database) == []


def test_a_database_that_is_being_made_is_not_there_yet_for_whoever_looks(tmp_path):
    with closing(sqlite3.connect(tmp_path / FILE)) as making:
        making.execute("PRAGMA journal_mode = WAL")
        (tmp_path / FILE).chmod(0o600)
        assert open_to_read(tmp_path) is None


def test_a_destination_may_be_called_as_any_other_lock_of_the_folder(tmp_path):
    (tmp_path / "credentials.lock").write_text("of the credentials")
    with SenderLock(tmp_path, "credentials"):
        assert (tmp_path / "credentials.lock").read_text() == "of the credentials"


# One sender at a time

_HOLD = """\
import sys, time
from pathlib import Path
from tiktok_destination.store import SenderLock
lock = SenderLock(Path(sys.argv[1]), "shop")
print("held", flush=True)
time.sleep(60)
"""


def hold(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_sender_is_refused_and_told_who_the_first_is(tmp_path):
    process = hold(tmp_path)
    try:
        with pytest.raises(SenderLockedError, match=rf"shop: process {process.pid} is sending"):
            SenderLock(tmp_path, "shop")
        SenderLock(tmp_path, "stores").close()
    finally:
        process.kill()
        process.communicate()


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path):
    process = hold(tmp_path)
    process.kill()
    process.communicate()
    SenderLock(tmp_path, "shop").close()


def test_a_lock_is_given_back(tmp_path):
    with SenderLock(tmp_path, "shop"), pytest.raises(SenderLockedError):
        SenderLock(tmp_path, "shop")
    SenderLock(tmp_path, "shop").close()
