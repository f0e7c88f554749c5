"""Moments on the command line, lines of records, the file of outcomes."""

import json
from pathlib import Path

import click
import msgspec
import pytest

from plugin_spec import Code, EntryOutcome, FieldRename, Note, Outcome, Record, Settled
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.instants import Instant
from tiktok_destination.cli.outcomes_file import OutcomesFile
from tiktok_destination.hosting.column_fit import misfit
from tiktok_destination.hosting.intake import Intake, Origin, Place
from tiktok_destination.hosting.outcome_lines import outcome_line

CODES = {"ragged_row": Code("ragged_row", "Too few cells.", "Export again.")}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1795176000", 1795176000.0),
        ("1795176000.5", 1795176000.5),
        ("2026-11-20T12:00:00Z", 1795176000.0),
        ("2026-11-20T14:00:00+02:00", 1795176000.0),
        ("2026-11-20 12:00:00.250+00:00", 1795176000.25),
    ],
)
def test_a_moment_is_iso_8601_or_unix_seconds(text, seconds):
    assert Instant().convert(text, None, None) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-20",
        "2026-11-20T12:00:00",
        "20261120",
        "1795176000000",
        "-1",
        "nan",
        "1e9",
        "12.5.6",
    ],
)
def test_a_moment_without_an_offset_or_in_milliseconds_is_not_guessed(text):
    with pytest.raises(click.BadParameter, match="offset"):
        Instant().convert(text, None, None)


def delivered(position, rows=()):
    return EntryOutcome(position, 1, Outcome.DELIVERED, rows=rows)


def numbered(*lines):
    return ((Record(position, b"{}"), line) for position, line in enumerate(lines, 1))


def test_the_line_of_a_record_is_known_until_a_later_one_is_asked_for():
    intake = Intake(numbered(2, 5, 6, 9))
    assert len(list(intake.records())) == 4
    assert [intake.place_of(delivered(position)).line for position in (1, 1, 3, 4)] == [2, 2, 6, 9]
    with pytest.raises(LookupError):
        intake.place_of(delivered(2))


def test_records_that_were_brought_into_another_order_keep_their_numbers_and_lines():
    origins = [Origin(1, 2), Origin(3, 4), Origin(2, 3)]
    intake = Intake((Record(position, b"{}"), origin) for position, origin in enumerate(origins, 1))
    assert len(list(intake.records())) == 3
    assert intake.place_of(delivered(1, rows=(1, 2))) == Place(1, 2, (1, 3))
    assert intake.place_of(delivered(3)) == Place(2, 3, ())


def test_lines_of_decided_records_are_forgotten():
    intake = Intake(numbered(*range(1, 10_001)))
    held = []
    for record in intake.records():
        intake.place_of(delivered(record.position))
        held.append(len(intake._origins))
    assert max(held) == 1


def test_lines_that_nobody_asks_for_can_be_forgotten():
    intake = Intake(numbered(1, 2, 3))
    assert len(list(intake.records())) == 3
    intake.forget_before(3)
    assert intake.place_of(delivered(3)).line == 3
    intake.forget_before(10)
    assert not intake._origins


def one_by_one(records):
    for each in records:
        yield Settled(each.position, 1, Outcome.FILTERED, "event_off")
        yield Settled(each.position, 2, Outcome.FILTERED, "event_off")


def in_pairs(records):
    """As a plan that groups: it reads a record further to see that a group has ended."""
    first = None
    for each in records:
        if each.position % 2 and first is not None:
            yield Settled(first, 1, Outcome.FILTERED, "event_off", rows=(first, first + 1))
        first = each.position if each.position % 2 else first
    if first is not None:
        yield Settled(first, 1, Outcome.FILTERED, "event_off", rows=(first, first + 1))


def all_at_once(records):
    """As a plan that reads far ahead."""
    yield from list(one_by_one(records))


@pytest.mark.parametrize(
    ("plan", "limit", "positions", "read"),
    [
        (one_by_one, 2, [1, 1, 2, 2], 2),
        (one_by_one, 9, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], 6),
        (one_by_one, None, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6], 6),
        (all_at_once, 2, [1, 1, 2, 2], 2),
        (in_pairs, 1, [1], 2),
        (in_pairs, 2, [1], 2),
        (in_pairs, 3, [1, 3], 4),
        (in_pairs, 5, [1, 3, 5], 6),
    ],
)
def test_a_limit_bounds_what_may_begin_an_entry_and_counts_as_the_end(plan, limit, positions, read):
    intake = Intake(numbered(*range(1, 7)), limit=limit)
    assert [entry.position for entry in intake.entries(plan(intake.records()))] == positions
    assert (intake.records_read, intake.exhausted) == (read, True)


def test_a_limit_asks_for_no_record_that_it_does_not_need():
    asked = []

    def source():
        for record, line in numbered(1, 2, 3):
            asked.append(record.position)
            yield record, line

    intake = Intake(source(), limit=2)
    assert len(list(intake.entries(one_by_one(intake.records())))) == 4
    assert asked == [1, 2]


RULES = [
    FieldRename(source, "user.email", "config")
    for source in (
        "event",
        '"e-mail address"',
        '"order.email".value',
        "context.page.url",
        "list[0].b",
        "ttclid in the query of address.url",
    )
]


@pytest.mark.parametrize("column", ["event", "e-mail address", "order.email", "context", "list", "address"])
def test_the_first_key_of_a_rules_path_is_a_column(column):
    assert misfit(["other", column], RULES) is None


@pytest.mark.parametrize("column", ["order", "page", "value", "ttclid", "Event", "list[0]"])
def test_no_other_part_of_a_rule_is_a_column(column):
    assert misfit(["other", column], RULES) is not None


def test_columns_are_not_judged_where_no_rules_are_told():
    assert misfit(["a"], []) is None


def test_columns_that_differ_in_case_alone_are_told_so():
    problem, remedy = misfit(["EVENT", "Other", "Address"], RULES)
    assert problem.endswith("letter case counts: it has EVENT for event, Address for address")
    assert "Write the names as the rules do" in remedy


def test_an_outcome_line_leaves_out_what_says_nothing():
    entry = EntryOutcome(
        3, 1, Outcome.DELIVERED, event_name="Purchase", event_id="a-1", attempts=1, request_id="2026"
    )
    line = {"record": 3, "line": 4, "entry": 1, "outcome": "delivered", "event": "Purchase", "event_id": "a-1",
            "attempts": 1, "request_id": "2026"}  # fmt: skip
    assert json.loads(encoded(entry)) == line


def test_an_outcome_line_withholds_a_name_or_id_that_may_be_personal():
    entry = EntryOutcome(
        3, 1, Outcome.FILTERED, code="event_unmapped", event_name="jane@shop.example came", event_id="jane@shop.example",
        rows=(3, 4), notes=(Note("phone_unfit", "user.phone"), Note("group_values_differ", "+447700900731")),
    )  # fmt: skip
    shown = json.loads(encoded(entry))
    assert (shown["event"], shown["event_id"]) == ("(withheld)", "(withheld)")
    assert (shown["rows"], shown["notes"]) == (
        [3, 4],
        [
            {"code": "phone_unfit", "path": "user.phone"},
            {"code": "group_values_differ", "path": "(withheld)"},
        ],
    )


def encoded(entry):
    return msgspec.json.encode(outcome_line(entry, Place(entry.position, 4, entry.rows), CODES))


@pytest.mark.parametrize(
    ("outcome", "code", "reason", "shown"),
    [
        (Outcome.REJECTED, "ragged_row", "", "Too few cells."),
        (Outcome.REJECTED, "ragged_row", "Three cells.", "Three cells."),
        (Outcome.REJECTED, "unheard_of", "", None),
        (Outcome.PENDING, "ragged_row", None, None),
        (Outcome.PENDING, "ragged_row", "40105", "40105"),
        (Outcome.DELIVERED, None, None, None),
    ],
)
def test_an_outcome_without_a_reason_of_its_own_has_its_codes_meaning(outcome, code, reason, shown):
    line = json.loads(encoded(EntryOutcome(1, 1, outcome, code=code, reason=reason)))
    assert line.get("reason") == shown


def test_the_outcomes_never_take_the_place_of_the_input(tmp_path):
    source = tmp_path / "events.ndjson"
    source.write_text("{}\n", encoding="utf-8")
    link = tmp_path / "link.ndjson"
    link.symlink_to(source)
    for path in (source, link):
        with pytest.raises(CommandFailedError, match="read by the same command"):
            OutcomesFile(path, never=[source])
    assert source.read_text(encoding="utf-8") == "{}\n"


def test_outcomes_that_cannot_be_written_say_why_and_what_to_do(tmp_path):
    with pytest.raises(CommandFailedError, match=r"No such file.*Choose a place"):
        OutcomesFile(tmp_path / "none" / "outcomes.ndjson", never=[])


def test_a_full_disk_is_kept_for_the_end():
    line = outcome_line(delivered(1), Place(1, 1, ()), {})
    with OutcomesFile(Path("/dev/full"), never=[]) as outcomes:
        assert not outcomes.write([line])
        assert not outcomes.write([line])
    assert "No space left" in outcomes.failure


def test_each_portion_is_on_disk_when_it_has_been_written(tmp_path):
    path = tmp_path / "outcomes.ndjson"
    with OutcomesFile(path, never=[]) as outcomes:
        assert outcomes.write([outcome_line(delivered(1), Place(1, 1, ()), {})])
        assert path.read_text(encoding="utf-8").count("\n") == 1
