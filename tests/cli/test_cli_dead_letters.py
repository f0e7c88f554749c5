"""`dead-letters`: what came to nothing is counted, told, exported and deleted, and shows nothing of a person."""

import json
import stat

import pytest
from cli_testing import contents, lines_of, record

EMAIL, ZIP_CODE = "canary.7731@leak.example", "ZZ9 7QX"


def personal(number, **changes):
    traits = {"email": EMAIL, "address": {"postal_code": ZIP_CODE}}
    return record(
        number, **{"context": {"page": {"url": "https://shop.example/"}, "traits": traits}, **changes}
    )


@pytest.fixture
def letters(run, emulator, config, events):
    """Letter 1 was rejected, letter 2 refused; further records were delivered."""
    emulator.admin("poison", {"event_ids": ["id-3"]})
    source = events(personal(1), personal(2, timestamp=None), personal(3), personal(4))
    assert run("send", config(), source).exit_code == 3
    return config()


@pytest.fixture
def keeping(letters, run, events, tmp_path):
    """As `letters`, with letter 3, whose record is kept."""
    text = letters.read_text(encoding="utf-8")
    letters.write_text(text.replace("delivery:\n", "delivery:\n  keep_records: true\n"), encoding="utf-8")
    assert run("send", letters, events(personal(5, timestamp=None), name="more.ndjson")).exit_code == 3
    return letters


def listed(run, config, *options):
    return json.loads(run("dead-letters", "list", config, "--json", *options).stdout)


def test_they_are_counted_by_code_with_what_to_do(run, letters):
    result = run("dead-letters", "list", letters)
    assert result.exit_code == 0
    assert "test-shop: 2 dead letters\n" in result.stdout
    assert "1 × refused · 40002" in result.stdout
    assert "1 × rejected · event_time_missing" in result.stdout
    assert "→ " in result.stdout


def test_the_latest_come_first_with_where_they_are_from(run, letters):
    latest = listed(run, letters)["latest"]
    assert [(one["number"], one["input"], one["outcome"]["record"]) for one in latest] == [
        (2, "events.ndjson", 3),
        (1, "events.ndjson", 2),
    ]
    assert [(one["outcome"]["event_id"], one["replay"]) for one in latest] == [
        ("id-3", "as_it_was"),
        ("id-2", "not"),
    ]
    assert [one["number"] for one in listed(run, letters, "--limit", 1)["latest"]] == [2]
    assert "from events.ndjson, record 3 (line 3)" in run("dead-letters", "list", letters).stdout


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--outcome", "refused"], [2]),
        (["--outcome", "expired"], []),
        (["--code", "event_time_missing"], [1]),
        (["--event", "CompleteRegistration"], [2, 1]),
        (["--event", "Purchase"], []),
        (["--since", "2026-01-01T00:00:00Z"], [2, 1]),
        (["--until", "2026-01-01T00:00:00Z"], []),
        (["--outcome", "refused", "--code", "event_time_missing"], []),
    ],
)
def test_options_select(run, letters, options, numbers):
    found = listed(run, letters, *options)
    assert [one["number"] for one in found["latest"]] == numbers
    assert found["dead_letters"] == sum(row["count"] for row in found["codes"]) == len(numbers)


def test_where_nothing_was_ever_sent_there_are_none_and_no_folder_is_made(run, config, tmp_path):
    result = run("dead-letters", "list", config())
    assert (result.exit_code, result.stdout) == (0, "test-shop: 0 dead letters\n")
    assert not (tmp_path / ".tiktok-destination").exists()


@pytest.mark.parametrize("look", [("list",), ("show", 2), ("export",)])
def test_looking_changes_nothing_not_even_the_log_that_a_killed_process_left(run, letters, killed, look):
    what, *more = look
    arguments = [letters.parent / "letters.ndjson"] if what == "export" else more
    folder, before = killed("DELETE FROM tally")
    result = run("dead-letters", what, letters, *arguments, env={"TIKTOK_DESTINATION_DATA": str(folder)})
    assert result.exit_code == 0
    assert "refused" in result.stdout or "2 dead letters written" in result.stdout
    assert contents(folder) == before


def test_a_file_that_is_sent_again_leaves_each_of_them_once(run, letters, events, outbox, tmp_path):
    def left():
        latest = listed(run, letters)["latest"]
        return sorted((one["number"], one["outcome"]["record"], one["outcome"]["code"]) for one in latest)

    source = tmp_path / "events.ndjson"
    assert run("send", letters, source).exit_code == 3
    assert left() == [(3, 2, "event_time_missing"), (4, 3, "40002")]
    assert run("send", letters, source, "--limit", 2).exit_code == 3
    assert left() == [(4, 3, "40002"), (5, 2, "event_time_missing")]
    assert run("send", letters, source, "--resume").exit_code == 3
    assert left() == [(5, 2, "event_time_missing"), (6, 3, "40002")]
    first = source.read_text(encoding="utf-8")
    events(personal(7), personal(8, timestamp=None))  # another file, by the same name
    assert run("send", letters, source).exit_code == 3
    source.write_text(first, encoding="utf-8")
    assert run("send", letters, source).exit_code == 3
    assert left() == [(7, 2, "event_time_missing"), (8, 2, "event_time_missing"), (9, 3, "40002")]
    counted = outbox("SELECT SUM(count) FROM tally WHERE outcome = 'rejected'")
    assert counted == [(5,)], "what each run decided stays counted"


def test_with_records_kept_since_a_file_sent_again_leaves_letters_that_can_be_mapped_anew(
    run, letters, tmp_path
):
    text = letters.read_text(encoding="utf-8")
    letters.write_text(text.replace("delivery:\n", "delivery:\n  keep_records: true\n"), encoding="utf-8")
    for numbers in ([4, 3], [6, 5]):
        assert run("send", letters, tmp_path / "events.ndjson").exit_code == 3
        latest = listed(run, letters)["latest"]
        assert [(one["number"], one["replay"]) for one in latest] == [(number, "anew") for number in numbers]


@pytest.mark.parametrize("more", ["since = 1.0", "record = x'90'", "code = 'another'"])
def test_a_letter_that_says_what_that_of_a_file_sent_again_does_not_stays(
    run, letters, outbox, tmp_path, more
):
    outbox(f"UPDATE dead_letters SET {more}")
    assert run("send", letters, tmp_path / "events.ndjson").exit_code == 3
    assert [one["number"] for one in listed(run, letters)["latest"]] == [4, 3, 2, 1]


def test_those_of_another_receiver_are_not_shown(run, letters):
    other = run("dead-letters", "list", letters, env={"TIKTOK_BASE_URL": "http://127.0.0.1:1"})
    assert "0 dead letters" in other.stdout


def test_one_tells_its_story(run, letters):
    result = run("dead-letters", "show", letters, 2)
    assert result.exit_code == 0
    for words in (
        "refused",
        "events.ndjson, record 3 (line 3), entry 1",
        "event id  id-3",
        "attempts  ",
        "request id",
    ):
        assert words in result.stdout
    assert "code      40002" in result.stdout


def test_a_body_and_a_record_are_shown_on_demand_alone(run, keeping):
    plain = (
        run("dead-letters", "show", keeping, 3).stdout
        + run("dead-letters", "show", keeping, 2, "--json").stdout
    )
    assert '"postal_code"' not in plain
    assert '"user":' not in plain
    assert '"user":' in run("dead-letters", "show", keeping, 2, "--event-body").stdout
    assert "not kept" in run("dead-letters", "show", keeping, 2, "--kept-record").stdout
    assert "none: it never became an event" in run("dead-letters", "show", keeping, 3, "--event-body").stdout
    assert ZIP_CODE in run("dead-letters", "show", keeping, 3, "--kept-record").stdout
    both = json.loads(run("dead-letters", "show", keeping, 3, "--kept-record", "--json").stdout)
    assert both["records"][0]["body"]["messageId"] == "id-5"


def test_a_number_that_is_none(run, letters):
    result = run("dead-letters", "show", letters, 99)
    assert result.exit_code == 2
    assert "there is no dead letter 99" in result.stderr


def test_an_export_holds_all_and_is_private(run, keeping, tmp_path):
    file = tmp_path / "letters.ndjson"
    result = run("dead-letters", "export", keeping, file)
    assert result.exit_code == 0
    assert "3 dead letters written" in result.stdout
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    one, two, three = lines_of(file.read_text(encoding="utf-8"))
    assert ("event" in one, "records" in one) == (False, False)
    assert two["event"]["event_id"] == "id-3"
    assert three["records"][0]["body"]["messageId"] == "id-5"


def test_an_export_takes_the_same_options(run, letters, tmp_path):
    file = tmp_path / "letters.ndjson"
    run("dead-letters", "export", letters, file, "--outcome", "refused")
    assert [line["number"] for line in lines_of(file.read_text(encoding="utf-8"))] == [2]


def test_an_export_overwrites_nothing(run, letters, tmp_path):
    file = tmp_path / "letters.ndjson"
    file.write_text("mine", encoding="utf-8")
    result = run("dead-letters", "export", letters, file)
    assert result.exit_code == 2
    assert "is not overwritten" in result.stderr
    assert file.read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written(run, letters, tmp_path):
    result = run("dead-letters", "export", letters, tmp_path / "nowhere" / "letters.ndjson")
    assert result.exit_code == 2
    assert "Choose a place" in result.stderr


def test_purging_says_how_many_and_asks(run, letters):
    refused = run("dead-letters", "purge", letters, input="n\n")
    assert refused.exit_code == 2
    assert "1 × refused · 40002" in refused.stdout
    assert "Delete 2 dead letters for good?" in refused.stderr
    assert run("dead-letters", "purge", letters).exit_code == 2  # nobody answers
    assert listed(run, letters)["dead_letters"] == 2
    assert run("dead-letters", "purge", letters, "--outcome", "refused", input="y\n").exit_code == 0
    assert [one["number"] for one in listed(run, letters)["latest"]] == [1]
    assert "1 dead letter deleted" in run("dead-letters", "purge", letters, "--yes").stdout
    assert listed(run, letters)["dead_letters"] == 0
    assert "no dead letters to delete" in run("dead-letters", "purge", letters, "--yes").stdout


def test_nothing_of_a_person_is_shown(run, emulator, config, events):
    emulator.admin("poison", {"event_ids": ["id-1", EMAIL]})
    source = events(
        personal(1),
        personal(2, timestamp=EMAIL),
        personal(3, event=f"{EMAIL} signed in", timestamp=None),
        personal(4, messageId=EMAIL),
    )
    assert run("send", config(), source).exit_code == 3
    shown = [run("dead-letters", "list", config()), run("dead-letters", "list", config(), "--json")]
    for number in range(1, listed(run, config())["dead_letters"] + 1):
        shown += [run("dead-letters", "show", config(), number, *options) for options in ([], ["--json"])]
    for result in shown:
        assert result.exit_code == 0
        assert EMAIL not in result.output
        assert ZIP_CODE not in result.output
