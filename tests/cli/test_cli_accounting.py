"""The books of a run."""

import re

import pytest

from plugin_spec import Code, EntryOutcome, Note, Outcome
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.summary_text import summary_lines
from tiktok_destination.hosting.accounting import MAX_UNMAPPED_NAMES, OTHER_NAMES, Account
from tiktok_destination.hosting.outcome_lines import OutcomeLine
from tiktok_destination.hosting.summary import Run, summarise
from tiktok_destination.redaction import SHOWN, WITHHELD

ENTRIES = [
    EntryOutcome(1, 1, Outcome.DELIVERED),
    EntryOutcome(2, 1, Outcome.DELIVERED, rows=(2, 3, 4), notes=(Note("phone_unfit", "user.phone"),)),
    EntryOutcome(5, 1, Outcome.DELIVERED),
    EntryOutcome(5, 2, Outcome.REFUSED, code="40002"),
    EntryOutcome(6, 1, Outcome.PENDING, code="40105"),
    EntryOutcome(
        7, 1, Outcome.FILTERED, code="event_unmapped", event_name="Cart Shared", suggestion="AddToCart"
    ),
]
CODES = {"40105": Code("40105", "The token is not valid.", "Make a new token.")}


def summary_of(entries, **changes):
    account = Account({"event_unmapped"})
    account.add(entries)
    run = {"destination": "shop", "complete": True, "records_read": account.records, "exit_code": 0}
    return summarise(account, CODES, Run(**run | changes))


def test_both_sums_come_out_with_groups_and_with_several_events_of_a_record():
    summary = summary_of(ENTRIES)
    assert summary.records_accounted == 7 == summary.leading_records + summary.grouped_rows
    assert summary.entries == 6 == summary.leading_records + summary.further_events
    assert sum(summary.outcomes.values()) == summary.entries
    assert (summary.leading_records, summary.grouped_rows, summary.further_events) == (5, 2, 1)


def test_portions_do_not_matter():
    at_once, one_by_one = Account({"event_unmapped"}), Account({"event_unmapped"})
    at_once.add(ENTRIES)
    for entry in ENTRIES:
        one_by_one.add([entry])
    assert vars(at_once) == vars(one_by_one)


def test_the_printed_sums_add_up():
    lines = list(summary_lines(summary_of(ENTRIES)))
    sums = [line for line in lines if " = " in line]
    assert len(sums) == 3
    for line in sums:
        left, right = line.split(" = ")
        numbers = [int(part.split()[0].replace(",", "")) for part in right.split(" + ")]
        assert int(left.split()[0].replace(",", "")) == sum(numbers)


def test_the_data_has_all_eight_outcomes_and_the_text_only_those_that_occurred():
    summary = summary_of(ENTRIES)
    assert set(summary.outcomes) == {outcome.value for outcome in Outcome}
    text = "\n".join(summary_lines(summary))
    assert re.search(r"^  refused +1 ", text, re.MULTILINE)
    assert not re.search(r"^  expired", text, re.MULTILINE)


def test_a_pause_is_told_with_what_to_do():
    text = "\n".join(summary_lines(summary_of(ENTRIES)))
    assert "1 × pending · 40105" in text
    assert "The token is not valid." in text
    assert "→ Make a new token." in text


def test_what_stood_behind_a_run_without_progress_is_told_too():
    entries = [EntryOutcome(1, 1, Outcome.PENDING, code="no_progress", reason="40105")]
    text = "\n".join(summary_lines(summary_of(entries)))
    assert "1 × pending · no_progress (behind it: 40105)" in text
    assert "→ Make a new token." in text


def test_unmapped_names_come_with_their_count_and_the_nearest_standard_name():
    text = "\n".join(summary_lines(summary_of(ENTRIES)))
    assert '1 × "Cart Shared"   nearest: AddToCart' in text


def unmapped(position, name):
    return EntryOutcome(position, 1, Outcome.FILTERED, code="event_unmapped", event_name=name)


def test_the_number_of_unmapped_names_is_bounded_and_none_is_lost_from_the_count():
    names = MAX_UNMAPPED_NAMES + 50
    summary = summary_of([unmapped(number, f"name {number}") for number in range(1, names + 1)])
    assert len(summary.unmapped) == MAX_UNMAPPED_NAMES + 1
    assert sum(name.count for name in summary.unmapped) == names
    assert summary.unmapped[0].event == OTHER_NAMES
    text = "\n".join(summary_lines(summary))
    assert "further names" in text


def test_a_name_that_may_be_personal_is_counted_but_not_shown():
    summary = summary_of([unmapped(1, "jane@shop.example joined"), unmapped(2, "call 4155552671")])
    assert [(name.event, name.count) for name in summary.unmapped] == [(WITHHELD, 2)]


def test_a_run_cut_short_says_how_many_records_have_no_outcome():
    text = "\n".join(summary_lines(summary_of(ENTRIES, records_read=10, complete=False)))
    assert "10 records read" in text
    assert "3 records of these not judged yet" in text


@pytest.mark.parametrize(
    ("outcomes", "complete", "code"),
    [
        ({}, True, 0),
        ({Outcome.DELIVERED: 5, Outcome.FILTERED: 1, Outcome.SUPPRESSED: 1, Outcome.DUPLICATE: 1}, True, 0),
        ({Outcome.DELIVERED: 5, Outcome.REJECTED: 1}, True, 3),
        ({Outcome.REFUSED: 1}, True, 3),
        ({Outcome.EXPIRED: 1}, True, 3),
        ({Outcome.REJECTED: 1, Outcome.PENDING: 1}, True, 4),
        ({Outcome.DELIVERED: 1}, False, 4),
    ],
)
def test_exit_codes(outcomes, complete, code):
    assert exit_codes.of_outcomes(outcomes, pending_is_good=False, complete=complete) == code


def test_what_would_be_sent_is_good_in_a_preview():
    assert exit_codes.of_outcomes({Outcome.PENDING: 3}, pending_is_good=True, complete=True) == 0


def test_an_outcome_line_holds_only_what_may_be_shown():
    assert set(OutcomeLine.__struct_fields__) - {"request"} == SHOWN


def test_the_names_to_list_are_those_that_the_destination_says_it_does_not_know():
    account = Account({"bad_name"})
    account.add(
        [
            EntryOutcome(
                1, 1, Outcome.REJECTED, code="bad_name", event_name="Purchas", suggestion="Purchase"
            ),
            EntryOutcome(2, 1, Outcome.REJECTED, code="other", event_name="Purchase"),
        ]
    )
    assert dict(account.unmapped) == {("Purchas", "Purchase"): 1}


def test_an_outcome_that_changes_later_moves_the_counts_and_keeps_the_sums():
    account = Account()
    account.add(ENTRIES)
    pending = ENTRIES[4]
    account.change(pending, EntryOutcome(6, 1, Outcome.DELIVERED))
    summary = summarise(account, CODES, Run(destination="shop", complete=True, records_read=7, exit_code=0))
    assert (summary.outcomes["pending"], summary.outcomes["delivered"]) == (0, 4)
    assert sum(summary.outcomes.values()) == summary.entries == 6
    assert [row.code for row in summary.codes] == ["40002", "event_unmapped"]


def test_records_of_a_further_input_are_counted_although_their_numbers_were_there_before():
    account = Account()
    account.add([EntryOutcome(1, 1, Outcome.DELIVERED)])
    account.next_input()
    account.add([EntryOutcome(1, 1, Outcome.DELIVERED), EntryOutcome(1, 2, Outcome.DELIVERED)])
    assert (account.leading_records, account.further_events) == (2, 1)
