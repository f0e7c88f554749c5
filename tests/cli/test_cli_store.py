"""`store`: whether what is kept is whole, what can be saved of it, and a person who is forgotten."""

import hashlib
import json
import random
import sqlite3
import subprocess

import pytest
from cli_testing import TOKEN, record
from test_cli_canaries import assert_clean, personal

from tiktok_destination.store import Database, SenderLock

FOLDER = ".tiktok-destination"
MAYBE = {"email": "kim@mail.example", "phone": "+447700900123"}
OTHER = {"email": "lee@mail.example"}


def of_person(number, traits, **changes):
    context = {
        "page": {"url": "https://shop.example/"},
        "ip": "8.8.8.8",
        "userAgent": "Browser",
        "traits": traits,
    }
    return record(number, context=context, **changes)


@pytest.fixture
def store(tmp_path):
    return tmp_path / FOLDER / "outbox.sqlite"


@pytest.fixture
def pipe(spawn, emulator):
    """Sends records through a pipe to a receiver that is down, so that they wait in the outbox."""

    def send(path, *records):
        emulator.admin("faults", [{"kind": "http", "status": 503, "count": 1000}])
        process = spawn("send", path, "-", stdin=subprocess.PIPE)
        process.communicate("".join(f"{json.dumps(one)}\n" for one in records).encode())
        assert process.returncode == 4
        emulator.admin("faults", method="DELETE")

    return send


@pytest.fixture
def forget(run, monkeypatch):
    def ask(path, person):
        monkeypatch.setattr(
            "tiktok_destination.cli.forgetting._standard_input", lambda: json.dumps(person).encode()
        )
        result = run("store", "forget", path, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return ask


def counted(store, sql):
    with sqlite3.connect(store) as connection:
        return connection.execute(sql).fetchone()[0]


def flip_an_event(store):
    connection = sqlite3.connect(store)
    connection.execute("UPDATE events SET event = CAST(event || x'00' AS BLOB)")
    connection.commit()
    connection.close()


def overwrite_pages(store, seed):
    chance = random.Random(seed)
    data = bytearray(store.read_bytes())
    first = 4096 * chance.randrange(1, len(data) // 4096)
    data[first : first + 4096] = chance.randbytes(4096)
    store.write_bytes(data)


# ---- check


@pytest.mark.usefixtures("emulator")
def test_what_is_whole_is_called_so_from_each_place_that_may_be_named(run, config, events, tmp_path, store):
    path = config()
    run("send", path, events(record(1), record(2, timestamp="?")))
    for where in (path, tmp_path, tmp_path / FOLDER):
        result = run("store", "check", where)
        assert result.exit_code == 0
        assert f"{store}: whole." in result.stdout
        assert "1  keys of delivered events" in result.stdout
        assert "1  dead letters" in result.stdout


def test_where_nothing_is_kept_nothing_is_made(run, config, tmp_path):
    result = run("store", "check", config())
    assert result.exit_code == 0
    assert "nothing is kept there" in result.stdout
    assert not (tmp_path / FOLDER).exists()


def test_an_event_that_is_not_what_was_put_there_is_found(run, pipe, config, store):
    path = config(patience_s=1)
    pipe(path, record(1))
    flip_an_event(store)
    result = run("store", "check", path)
    assert result.exit_code == 3
    assert "Damaged events in the outbox: 1." in result.stdout
    told = json.loads(run("store", "check", path, "--json").stdout)
    assert told["structure"]
    assert not told["good"]


@pytest.mark.usefixtures("emulator")
def test_what_belongs_to_nobody_is_found(run, config, events, store):
    path = config()
    run("send", path, events(record(1)))
    with sqlite3.connect(store) as connection:
        connection.execute("DELETE FROM scopes")
    result = run("store", "check", path)
    assert result.exit_code == 3
    assert "Of no destination that is known, keys of delivered events: 1." in result.stdout


@pytest.mark.usefixtures("emulator")
@pytest.mark.parametrize(
    "damage", [lambda data: bytes(100) + data[100:], lambda data: data[: len(data) // 2]]
)
def test_a_structure_that_is_damaged_is_found(run, config, events, store, damage):
    path = config()
    run("send", path, events(record(1)))
    store.write_bytes(damage(store.read_bytes()))
    result = run("store", "check", path)
    assert result.exit_code == 3
    assert "tiktok-destination store salvage" in result.stdout


# ---- salvage


def test_after_a_salvage_what_waited_is_sent(run, pipe, config, events, store):
    path = config(patience_s=1)
    pipe(path, *(record(number) for number in range(1, 30)))
    store.write_bytes(b"\0" * 100 + store.read_bytes()[100:])
    assert run("send", path, events(record(99))).exit_code == 2
    result = run("store", "salvage", store.parent)
    assert result.exit_code == 0, result.output
    assert "29  events in the outbox" in result.stdout
    assert "outbox.sqlite.damaged-1" in result.stdout
    assert store.with_name("outbox.sqlite.damaged-1").read_bytes()[:100] == bytes(100)
    assert run("store", "check", path).exit_code == 0
    assert run("send", path, events(record(99))).exit_code == 0
    assert counted(store, "SELECT COUNT(*) FROM events") == 29


@pytest.mark.usefixtures("emulator")
def test_a_structure_that_is_whole_is_left_alone(run, config, events, store):
    run("send", config(), events(record(1)))
    before = store.read_bytes()
    result = run("store", "salvage", store.parent)
    assert result.exit_code == 0
    assert "Nothing was done" in result.stdout
    assert store.read_bytes() == before
    assert sorted(path.name for path in store.parent.iterdir() if "-" not in path.name) == ["outbox.sqlite"]


@pytest.mark.usefixtures("emulator")
def test_nothing_is_saved_while_somebody_sends(run, config, events, store):
    run("send", config(), events(record(1)))
    store.write_bytes(b"\0" * 100 + store.read_bytes()[100:])
    with SenderLock(store.parent, "test-shop"):
        result = run("store", "salvage", store.parent)
    assert result.exit_code == 2
    assert "is sending for this destination already" in result.stderr
    assert not store.with_name("outbox.sqlite.damaged-1").exists()


def test_a_folder_without_a_store_is_named(run, tmp_path):
    result = run("store", "salvage", tmp_path)
    assert result.exit_code == 2
    assert "there is no outbox here" in result.stderr


@pytest.mark.parametrize("seed", range(3))
def test_what_is_lost_is_said_with_what_follows_from_it(run, pipe, config, store, seed):
    path = config(patience_s=1)
    pipe(path, *(record(number, properties={"order_id": "x" * 200}) for number in range(1, 120)))
    events_page = counted(store, "SELECT rootpage FROM sqlite_schema WHERE name = 'events'")
    data = bytearray(store.read_bytes())
    data[4096 * (events_page - 1) : 4096 * events_page] = random.Random(seed).randbytes(4096)
    store.write_bytes(data)
    result = run("store", "salvage", store.parent)
    assert result.exit_code == 3
    assert "Events whose content is gone: 119." in result.stdout
    assert "Send the inputs again that they came from" in " ".join(result.stdout.split())
    assert run("store", "check", path).exit_code == 3


# ---- forget


def test_what_waits_of_a_person_is_deleted_and_counted(run, pipe, config, store, forget):
    path = config(patience_s=1)
    pipe(path, of_person(1, MAYBE), of_person(2, OTHER), of_person(3, {"phone": "+44 7700 900123"}))
    told = forget(path, of_person(9, MAYBE, userId=None))
    assert (told["events"], told["dead_letters"]) == (2, 0)
    assert told["kinds"] == {"user.email": 1, "user.phone": 2}
    assert counted(store, "SELECT COUNT(*) FROM events") == 1
    (receiver,) = json.loads(run("status", path, "--json").stdout)["receivers"]
    assert receiver["outcomes"] == {"suppressed": 2}
    assert counted(store, "SELECT code FROM tally") == "forgotten"


def test_nothing_of_the_person_is_left_in_the_files(pipe, config, store, forget):
    path = config(patience_s=1)
    hashed = hashlib.sha256(b"kim@mail.example").hexdigest().encode()
    files = [store, store.with_name("outbox.sqlite-wal")]
    with Database(store.parent):  # another process has it open, so that SQLite keeps the log
        pipe(path, of_person(1, MAYBE), of_person(2, OTHER))
        assert hashed in files[1].read_bytes()
        assert forget(path, of_person(9, MAYBE, userId=None))["log_emptied"]
        assert not any(hashed in file.read_bytes() for file in files)
    assert hashed not in store.read_bytes()


@pytest.mark.usefixtures("emulator")
def test_a_dead_letter_goes_by_the_record_that_is_kept_with_it(run, config, events, store, forget):
    path = config()
    path.write_text(
        path.read_text(encoding="utf-8").replace("delivery:", "delivery:\n  keep_records: true"),
        encoding="utf-8",
    )
    run("send", path, events(of_person(1, MAYBE, timestamp="?"), of_person(2, OTHER, timestamp="?")))
    told = forget(path, of_person(9, MAYBE, userId=None))
    assert (told["events"], told["dead_letters"]) == (0, 1)
    assert counted(store, "SELECT COUNT(*) FROM dead_letters WHERE instr(record, CAST('lee@' AS BLOB))") == 1
    assert counted(store, "SELECT COUNT(*) FROM dead_letters") == 1


def test_a_dead_letter_goes_by_its_event(emulator, run, config, events, forget):
    path = config()
    emulator.admin("poison", {"event_ids": ["id-1", "id-2"]})
    run("send", path, events(of_person(1, MAYBE), of_person(2, OTHER)))
    assert forget(path, of_person(9, MAYBE, userId=None))["dead_letters"] == 1


def test_what_several_people_share_finds_nobody(run, pipe, config, monkeypatch):
    path = config(patience_s=1)
    pipe(path, of_person(1, {"first_name": "Kim"}))
    shared = of_person(9, {"first_name": "Kim"}, userId=None)
    monkeypatch.setattr(
        "tiktok_destination.cli.forgetting._standard_input", lambda: json.dumps(shared).encode()
    )
    result = run("store", "forget", path)
    assert result.exit_code == 2
    assert "nothing that tells one person from all others" in result.stderr


def test_a_log_that_somebody_still_reads_is_named(run, pipe, config, store, monkeypatch):
    path = config(patience_s=1)
    pipe(path, of_person(1, MAYBE))
    monkeypatch.setattr(
        "tiktok_destination.cli.forgetting._standard_input", lambda: json.dumps(of_person(9, MAYBE)).encode()
    )
    monkeypatch.setattr("tiktok_destination.store.database.BUSY_S", 0.1)
    reader = sqlite3.connect(store, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM events").fetchone()
    result = run("store", "forget", path)
    reader.close()
    assert result.exit_code == 3
    assert "Run the command again" in result.stdout
    assert run("store", "forget", path).exit_code == 0


@pytest.mark.parametrize("given", [b"", b"[]", b"{", b'"kim@mail.example"', b"\xff"])
def test_what_is_no_record_is_refused(run, config, monkeypatch, given):
    monkeypatch.setattr("tiktok_destination.cli.forgetting._standard_input", lambda: given)
    result = run("store", "forget", config())
    assert result.exit_code == 2
    assert "one JSON object" in result.stderr
    assert "kim@mail.example" not in result.output


def test_nobody_is_forgotten_while_somebody_sends(run, pipe, config, store, monkeypatch):
    path = config(patience_s=1)
    pipe(path, of_person(1, MAYBE))
    monkeypatch.setattr(
        "tiktok_destination.cli.forgetting._standard_input", lambda: json.dumps(of_person(9, MAYBE)).encode()
    )
    with SenderLock(store.parent, "test-shop"):
        assert run("store", "forget", path).exit_code == 2
    assert counted(store, "SELECT COUNT(*) FROM events") == 1


def test_a_damaged_database_that_was_set_aside_is_named(pipe, config, store, forget):
    path = config(patience_s=1)
    pipe(path, of_person(1, MAYBE))
    store.with_name("outbox.sqlite.damaged-1").write_bytes(b"")
    assert forget(path, of_person(9, MAYBE))["set_aside"] == [f"{store}.damaged-1"]
    store.with_name("salvage-killed").mkdir()
    found = forget(path, of_person(9, MAYBE))["set_aside"]
    assert found == [f"{store}.damaged-1", str(store.with_name("salvage-killed"))]


def test_an_event_that_is_damaged_is_known_by_its_bytes(pipe, config, store, forget):
    path = config(patience_s=1)
    pipe(path, of_person(1, MAYBE))
    flip_an_event(store)
    assert forget(path, of_person(9, MAYBE, userId=None))["events"] == 1


# ---- what is shown


def test_no_datum_is_shown(run, pipe, config, store, monkeypatch):
    path = config(patience_s=1)
    pipe(path, personal(1), personal(2, timestamp="?"), personal(3, event="kim@mail.example"))
    monkeypatch.setattr(
        "tiktok_destination.cli.forgetting._standard_input", lambda: json.dumps(personal(9)).encode()
    )
    results = [run("store", "check", path, *options) for options in ([], ["--json"])]
    overwrite_pages(store, 1)
    results += [run("store", "salvage", store.parent), run("store", "forget", path)]
    for result in results:
        assert result.exit_code in {0, 3}
        assert_clean(result.stdout, result.stderr)
        assert TOKEN not in result.output
