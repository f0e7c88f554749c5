"""The figures can fail: each breach of a promise, made on purpose, is found, and so is a run in which nothing happens."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import pytest

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tests.figures import chaos, checker, clock_steps, kept, outage, poison, results, scripted_outcomes
from tests.figures.checker import Arrived
from tests.figures.clocks import Clock
from tests.figures.conservation import Tally, Watch
from tests.figures.driving import Watched
from tests.figures.figure import Effort, Figure, Happened, take
from tests.figures.table import FIGURES
from tiktok_destination.delivery.gate import Gate

SHORT = Effort(short=True)
replaced = msgspec.structs.replace


def fresh():
    return Effort(short=True)


# Both books


def outcome(number, what=Outcome.DELIVERED):
    return EntryOutcome(number, 1, what, event_id=f"e-{number}")


GOOD = [Arrived("e-1", counted=True, digest="d1"), Arrived("e-2", counted=True, digest="d2")]


@pytest.mark.parametrize(
    ("outcomes", "arrived", "breach"),
    [
        ([outcome(1), outcome(2)], GOOD[:1], "1 lost: e-2"),
        ([outcome(1), outcome(2, Outcome.PENDING)], GOOD[:1], "1 lost: e-2"),
        ([outcome(1), outcome(2)], [*GOOD, GOOD[1]], "1 counted more than once: e-2"),
        ([outcome(1), outcome(2), outcome(2)], GOOD, "1 called delivered more than once: e-2"),
        ([outcome(1), outcome(2)], GOOD[:1], "1 called delivered and never accepted: e-2"),
        ([outcome(1), outcome(2, Outcome.PENDING)], GOOD, "1 counted and not called delivered: e-2"),
        ([outcome(1), outcome(2), outcome(3)], [*GOOD, Arrived("e-3", counted=True)], "1 received and never sent: e-3"),
        ([outcome(1), outcome(2)], [GOOD[0], Arrived("e-2", counted=True, digest="d1")], "1 received in other bytes than were sent: e-2"),
    ],
)  # fmt: skip
def test_books_that_do_not_agree_are_found_out(outcomes, arrived, breach):
    assert breach in list(checker.breaches({"e-1": "d1", "e-2": "d2"}, outcomes, arrived))


def test_books_that_agree_are_not():
    copy = Arrived("e-2", counted=False, digest="d2")
    assert list(checker.breaches({"e-1": "d1", "e-2": "d2"}, [outcome(1), outcome(2)], [*GOOD, copy])) == []
    refused = [outcome(1), outcome(2, Outcome.REFUSED)]
    missing = {Outcome.REFUSED}
    assert list(checker.breaches({"e-1": "d1", "e-2": "d2"}, refused, GOOD[:1], may_be_missing=missing)) == []


# The sums during a run


ENTRIES = [Settled(number, 1, Outcome.FILTERED, "off") for number in range(1, 9)]


@pytest.mark.parametrize(
    ("portions", "breach"),
    [
        ([[1, 2, 3], [5, 6, 7, 8]], "handed on in place of (4, 1)"),
        ([[1, 2, 3, 3], [4, 5, 6, 7, 8]], "entry 3.1 is handed on in place of (4, 1)"),
        ([[2, 1], [3, 4, 5, 6, 7, 8]], "entry 2.1 is handed on in place of (1, 1)"),
        ([[1, 2, 3], [4, 5, 6, 7]], "8 entries were read, 7 have an outcome"),
    ],
)
def test_sums_that_do_not_hold_are_found_out(portions, breach):
    tally = Tally()
    watch = Watch(tally, window=100)
    assert list(watch.entries(ENTRIES)) == ENTRIES
    for portion in portions:
        watch.sample([outcome(number) for number in portion])
    watch.end()
    assert breach in " ".join(tally.breaches)


def test_a_run_that_reads_beyond_its_window_is_found_out():
    tally = Tally()
    watch = Watch(tally, window=7)
    list(watch.entries(ENTRIES))
    watch.sample([outcome(1)])
    assert tally.breaches == ["8 entries are undecided, beyond the window of 7"]


def test_sums_that_hold_are_not():
    tally = Tally()
    watch = Watch(tally, window=8)
    list(watch.entries(ENTRIES))
    watch.sample([outcome(number) for number in range(1, 9)])
    watch.end()
    assert (tally.breaches, tally.entries, tally.samples) == ([], 8, 2)


# What a figure makes of its cases


def a_figure(case, **changes):
    given = Figure(
        id="F0", name="", mark="", case=case, tell=lambda whole: {}, cases=5, short_cases=2, least={"done": 3}
    )
    return dataclasses.replace(given, **changes)


def test_a_figure_in_which_too_little_happens_does_not_pass():
    row = take(a_figure(lambda seed, effort: Happened({"done": 2})), SHORT)
    assert (row.passed, row.breaches, row.too_little) == (False, {}, ["done: 4 of at least 6"])
    assert take(a_figure(lambda seed, effort: Happened({"done": 3})), SHORT).passed


def test_a_figure_that_does_not_get_through_its_cases_in_time_does_not_pass():
    row = take(a_figure(lambda seed, effort: Happened({"done": 9}), minutes=0), SHORT)
    assert not row.passed
    assert row.too_little[0] == "0 of 2 cases within 0 minutes"


def test_a_case_that_raises_fails_by_its_seed_and_the_others_go_on():
    def case(seed, effort):
        if seed == 1:
            raise ZeroDivisionError
        return Happened({"done": 9})

    row = take(a_figure(case), SHORT)
    assert (row.passed, row.failing_seeds, row.counts) == (False, [1], {"done": 9})
    assert "ZeroDivisionError" in row.breaches["1"][0]


def test_kept_seeds_run_before_the_others():
    ran = []
    figure = a_figure(lambda seed, effort: ran.append(seed) or Happened({"done": 9}))
    assert take(figure, SHORT, kept=[77], first=10).passed
    assert ran == [77, 10, 11]


def test_a_breach_of_the_sums_fails_the_case_in_which_it_happened():
    def case(seed, effort):
        if seed == 1:
            effort.tally.breaches.append("a sum")
        return Happened({"done": 9})

    assert take(a_figure(case), fresh()).breaches == {"1": ["a sum"]}


def test_seeds_are_added_to_those_that_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FILE", tmp_path / "seeds.json")
    kept.FILE.write_text('{"F6": [3]}')
    kept.keep("F6", [9, 3])
    kept.keep("F8", [1])
    assert (kept.kept_seeds("F6"), kept.kept_seeds("F8"), kept.kept_seeds("F7")) == ([3, 9], [1], [])


def test_rows_take_the_place_of_earlier_ones_and_stand_between_the_marks_of_the_page(tmp_path):
    file, page = tmp_path / "rows" / "figures.json", tmp_path / "page.md"
    page.write_text(f"before\n{results.BEGIN}\nold\n{results.END}\nafter\n")
    bad, good = (
        take(a_figure(lambda seed, effort, done=done: Happened({"done": done}), id="F6"), SHORT)
        for done in (1, 9)
    )
    results.write([bad, dataclasses.replace(bad, id="F10")], file)
    results.write([good], file)
    held = json.loads(file.read_text())
    assert [(row, held[row]["passed"]) for row in held] == [("F6", True), ("F10", False)]
    results.write_page(file, page)
    text = page.read_text()
    assert text.startswith(f"before\n{results.BEGIN}\n")
    assert text.endswith(f"\n{results.END}\nafter\n")
    assert "old" not in text
    assert text.count("**missed**") == 1


# The figures themselves, with a product that is broken on purpose


class Sender:
    """Stands before another one and spoils what it does."""

    def __init__(self, sender, spoil):
        self._sender, self._spoil = sender, spoil

    def send(self, batch_key, bodies):
        return self._spoil(self._sender, batch_key, bodies)

    def close(self):
        self._sender.close()


class Destination:
    """A destination whose sender is spoilt."""

    def __init__(self, destination, spoil):
        self._destination, self._spoil = destination, spoil

    def open(self, *given):
        return Sender(self._destination.open(*given), self._spoil)

    def __getattr__(self, name):
        return getattr(self._destination, name)


def drops_one(sender, key, bodies):
    reply = sender.send(key, bodies[1:] or bodies)
    return replaced(reply, verdicts=reply.verdicts[:1] * len(bodies))


def changes_bytes(sender, key, bodies):
    return sender.send(key, [body.replace(b"EUR", b"USD") for body in bodies])


def renames(sender, key, bodies):
    return sender.send(key, [body.replace(b'"e-1"', b'"e-2"') for body in bodies])


@pytest.mark.parametrize(
    ("spoil", "breach"),
    [(drops_one, "lost"), (changes_bytes, "in other bytes than were sent"), (renames, "lost: e-1")],
)
@pytest.mark.parametrize("figure", [chaos, scripted_outcomes], ids=["F6", "F7"])
def test_a_sender_that_loses_or_changes_events_is_found_out(figure, spoil, breach, monkeypatch):
    whole = figure.tiktok
    monkeypatch.setattr(figure, "tiktok", lambda: Destination(whole(), spoil))
    assert breach in " ".join(figure.case(5, fresh()).breaches)


def test_events_that_are_sent_again_in_other_bytes_are_found_out():
    class Yes:
        def send(self, batch_key, bodies):
            return poison._Refusing(set()).send(batch_key, bodies)

    watched = Watched(Yes(), Clock(0.0), name_of=lambda body: body.decode()[:3])
    watched.send("k", [b"e-1 one", b"e-2 one"])
    watched.send("k", [b"e-1 one", b"e-2 two"])
    assert watched.log.changed() == ["e-2"]


def loses_an_outcome(drive):
    return lambda *given, **named: drive(*given, **named)[:-1]


def doubles_an_outcome(drive):
    def doubling(*given, **named):
        outcomes = drive(*given, **named)
        return [*outcomes, outcomes[-1]]

    return doubling


@pytest.mark.parametrize(
    ("spoil", "breach"),
    [
        (loses_an_outcome, "counted and not called delivered"),
        (doubles_an_outcome, "called delivered more than once"),
    ],
)
@pytest.mark.parametrize("figure", [chaos, scripted_outcomes], ids=["F6", "F7"])
def test_an_outcome_too_few_or_too_many_is_found_out(figure, spoil, breach, monkeypatch):
    monkeypatch.setattr(figure, "drive", spoil(figure.drive))
    assert breach in " ".join(figure.case(2 if figure is chaos else 0, fresh()).breaches)


def test_an_outcome_that_is_not_its_scripts_is_found_out(monkeypatch):
    monkeypatch.setattr(
        scripted_outcomes, "_end", lambda script: (Outcome.REFUSED, "40002") if script else (Outcome.DELIVERED, None)
    )  # fmt: skip
    assert "its script" in " ".join(scripted_outcomes.case(0, fresh()).breaches)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_search_that_accuses_a_good_event_is_found_out(seed, monkeypatch):
    send = poison._Refusing.send
    monkeypatch.setattr(
        poison._Refusing,
        "send",
        lambda self, key, bodies: send(poison._Refusing(self._bad | {b"e-500"}), key, bodies),
    )
    assert "1 good ones refused" in " ".join(poison.case(seed, fresh()).breaches)


def test_a_search_that_takes_too_many_calls_is_found_out(monkeypatch):
    # Halves that are cut off one by one instead of in the middle.
    monkeypatch.setattr(
        "tiktok_destination.delivery.parts.Part.halves",
        lambda part: (part.only(range(1)), part.only(range(1, len(part)))),
    )
    monkeypatch.setattr("tiktok_destination.delivery.split.FEWEST_TO_ACQUIT", 10_000)
    assert "further calls, at most" in " ".join(poison.case(3, fresh()).breaches)


def test_back_off_that_goes_by_the_wall_clock_is_found_out(monkeypatch):
    monkeypatch.setattr(clock_steps, "STEPS", clock_steps.STEPS[:2])  # with a year, it would wait for a year
    lend = clock_steps.services
    monkeypatch.setattr(
        clock_steps,
        "services",
        lambda clock, **given: dataclasses.replace(lend(clock, **given), monotonic=clock.wall),
    )
    told = " ".join(clock_steps.case(1, fresh()).breaches)
    assert "an hour forward: a request at" in told
    assert "an hour back: a request at" in told


def test_expiry_that_goes_by_the_monotonic_clock_is_found_out(monkeypatch):
    monkeypatch.setattr(clock_steps, "STEPS", ())
    lend = clock_steps.services
    monkeypatch.setattr(
        clock_steps,
        "services",
        lambda clock, **given: dataclasses.replace(
            lend(clock, **given), clock=lambda: clock.began + clock.passed()
        ),
    )
    assert "an hour forward: the event is delivered, not expired" in clock_steps.case(1, fresh()).breaches


def test_a_herd_after_an_outage_and_one_that_comes_back_too_late_are_found_out(monkeypatch):
    monkeypatch.setattr(Gate, "is_probing", lambda self: False)
    monkeypatch.setattr(outage, "LONGEST_BACK_OFF_S", 0.001)
    monkeypatch.setattr(outage, "DeliverySettings", lambda **given: chaos.DeliverySettings())
    told = " ".join(outage.case(0, fresh()).breaches)
    assert "4 requests at one step of the back-off" in told
    assert "the first success came" in told


def test_every_figure_has_a_mark_and_says_what_has_to_happen():
    for figure in FIGURES:
        assert figure.mark
        assert figure.least
        assert isinstance(figure.cases, int)


def test_a_prepared_event_is_compared_by_its_canonical_bytes():
    given = [
        Prepared(1, 1, "Purchase", "e-1", "k", None, 0.0, body) for body in (b'{"b":1,"a":2}', b'{"a":2, "b":1}')
    ]  # fmt: skip
    assert checker.digests_of(given[:1]) == checker.digests_of(given[1:])
