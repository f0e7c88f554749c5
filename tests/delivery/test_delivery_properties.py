"""Whatever the receiver does: every entry has one outcome, in order, and both sides' books agree."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted_sender import START, Run, ScriptedSender, about, event, kinds, positions

from plugin_spec import EntryOutcome, Outcome, Prepared, Settled
from tiktok_destination.delivery import DeliverySettings

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

KEPT = (Outcome.DELIVERED, Outcome.PENDING)
STEPS = ["busy", "throttled", "lost", "vanished", "stop:batch_key", "stop:credential"]


@st.composite
def entries(draw, steps=tuple(STEPS)) -> list[Prepared | Settled]:
    found: list[Prepared | Settled] = []
    for position in range(1, draw(st.integers(0, 40)) + 1):
        kind = draw(
            st.sampled_from(["good"] * 12 + ["bad"] * 2 + ["steps"] * 3 + ["steps, bad", "settled", "copy"])
        )
        if kind == "settled":
            found.append(Settled(position, 1, Outcome.FILTERED, "off"))
            continue
        script = (
            draw(st.lists(st.sampled_from(list(steps)), min_size=1, max_size=3)) if "steps" in kind else []
        )
        if "bad" in kind or (kind == "copy" and draw(st.booleans())):
            script.append("bad")
        found.append(
            event(
                position,
                *script,
                key=draw(st.sampled_from("ab")),
                dedup=b"copy" if kind == "copy" else draw(st.sampled_from([True, True, True, False])),
                test=draw(st.sampled_from([False, False, False, True])),
                not_after=START + draw(st.sampled_from([-1, 5, 1e9, 1e9, 1e9])),
            )
        )
    return found


runs = st.fixed_dictionaries(
    {
        "max_events": st.integers(1, 12),
        "in_flight": st.integers(1, 3),
        "partial": st.booleans(),
        "seed": st.integers(0, 10),
        "max_bytes": st.sampled_from([10, 1_000_000]),
    }
)


@st.composite
def copies(draw, scripts) -> list[Prepared | Settled]:
    """Events of few keys and few contents, near to each other and far apart."""
    found: list[Prepared | Settled] = []
    for position in range(1, draw(st.integers(0, 45)) + 1):
        key = draw(st.sampled_from(["x", "y", "z", None, None]))
        if key is None:
            found.append(event(position, key=draw(st.sampled_from("ab"))))
            continue
        found.append(
            event(
                position,
                *draw(st.sampled_from(scripts)),
                key=draw(st.sampled_from("ab")),
                dedup=key.encode(),
                not_after=START + draw(st.sampled_from([-1, 1e9, 1e9])),
                name=f"{key}{draw(st.sampled_from('12'))}",
            )
        )
    return found


def _by_key(given_entries, run) -> dict[bytes, list[tuple[Prepared, EntryOutcome]]]:
    pairs: dict[bytes, list[tuple[Prepared, EntryOutcome]]] = {}
    for given_one, outcome in zip(given_entries, run.outcomes, strict=True):
        pairs.setdefault(given_one.dedup_key, []).append((given_one, outcome))
    return pairs


def _run(given_entries, setup) -> tuple[ScriptedSender, Run]:
    sender = ScriptedSender(partial=setup["partial"])
    run = Run(
        sender,
        about=about(max_events=setup["max_events"], max_bytes=setup["max_bytes"]),
        settings=DeliverySettings(patience_s=400, in_flight=setup["in_flight"]),
        seed=setup["seed"],
    )
    run.of(iter(given_entries))
    return sender, run


@QUICK
@given(entries(), runs)
def test_every_entry_has_exactly_one_outcome_in_input_order(given_entries, setup):
    _, run = _run(given_entries, setup)
    assert [one.position for one in run.outcomes] == [one.position for one in given_entries]


@QUICK
@given(entries(), runs)
def test_what_is_called_delivered_the_receiver_accepted_and_what_is_called_refused_it_refused(
    given_entries, setup
):
    sender, run = _run(given_entries, setup)
    accepted = {int(name) for name in sender.accepted}
    refused = {int(name) for name in sender.refused}
    delivered = positions(run.outcomes, Outcome.DELIVERED)
    assert delivered <= accepted
    assert positions(run.outcomes, Outcome.REFUSED) <= refused
    # What the receiver has although we do not call it delivered says that it may have arrived.
    for one in run.outcomes:
        if one.position in accepted - delivered:
            assert one.code == "uncertain" or "may_have_arrived" in {note.code for note in one.notes}


@QUICK
@given(entries(steps=("busy", "throttled", "vanished", "stop:batch_key")), runs)
def test_without_lost_answers_what_was_accepted_is_delivered_and_was_accepted_once(given_entries, setup):
    sender, run = _run(given_entries, setup)
    assert {int(name) for name in sender.accepted} == positions(run.outcomes, Outcome.DELIVERED)
    assert set(sender.accepted.values()) <= {1}


@QUICK
@given(entries(), runs)
def test_an_event_with_a_verdict_is_not_sent_again_and_attempts_are_counted(given_entries, setup):
    sender, run = _run(given_entries, setup)
    carried = Counter(int(name) for _, names in sender.requests for name in names)
    for one in run.outcomes:
        assert one.attempts == carried[one.position]
    assert set(sender.refused.values()) <= {1}


@QUICK
@given(entries(), runs)
def test_an_uncertain_event_without_a_key_is_never_sent_again(given_entries, setup):
    sender, _ = _run(given_entries, setup)
    scripts = {one.position: one.body.split()[1:] for one in given_entries if isinstance(one, Prepared)}
    keyless = {
        one.position
        for one in given_entries
        if isinstance(one, Prepared) and one.dedup_key is None and not one.test
    }
    seen: set[int] = set()
    used: Counter[int] = Counter()
    for _, names in sender.requests:
        numbers = [int(name) for name in names]
        assert seen.isdisjoint(numbers)
        ends = _whole_end(numbers, scripts, used)
        if ends in (b"lost", b"vanished"):
            seen.update(keyless.intersection(numbers))


def _whole_end(numbers, scripts, used) -> bytes | None:
    """How a request that carried these events ended, if it ended as a whole; uses up its step."""
    for number in numbers:
        steps = scripts[number]
        step = steps[used[number]] if used[number] < len(steps) else None
        if step not in (None, b"bad"):
            used[number] += 1
            return step
    return None


@QUICK
@given(entries(steps=("busy", "throttled")), runs)
def test_a_second_run_finishes_what_the_first_left(given_entries, setup):
    """Nothing is lost: what is pending goes through as soon as the receiver is well."""
    _, run = _run(given_entries, setup)
    left = {one.position for one in run.outcomes if one.outcome is Outcome.PENDING}
    well = [one for one in given_entries if one.position in left]
    second = Run(ScriptedSender(), queue=run.queue)
    fixed = [
        event(one.position, key=one.batch_key, dedup=one.dedup_key, test=one.test)
        for one in well
        if isinstance(one, Prepared)
    ]
    assert set(kinds(second.of(fixed))) <= {"delivered"}


@QUICK
@given(copies([(), ("bad",), ("bad",), ("busy",), ("busy", "bad")]), runs)
def test_of_the_copies_of_one_event_the_first_that_is_fit_is_delivered(given_entries, setup):
    """Whatever stands between them and however requests are cut: those before it are refused or expired."""
    _, run = _run(given_entries, setup | {"partial": True})
    for pairs in _by_key(given_entries, run).values():
        expected, winner = [], None
        for one, _ in pairs:
            if winner is not None:
                same = one.body == winner
                expected.append((Outcome.DUPLICATE, "duplicate" if same else "copy_differs"))
            elif one.not_after < START:
                expected.append((Outcome.EXPIRED, "expired"))
            elif one.body.endswith(b"bad"):
                expected.append((Outcome.REFUSED, "bad"))
            else:
                expected.append((Outcome.DELIVERED, None))
                winner = one.body
        assert [(outcome.outcome, outcome.code) for _, outcome in pairs] == expected


@QUICK
@given(copies([(), ("bad",), *((step, *end) for step in STEPS for end in ((), ("bad",)))]), runs)
def test_a_copy_is_a_duplicate_only_of_an_event_that_is_delivered_or_pending(given_entries, setup):
    _, run = _run(given_entries, setup)
    for pairs in _by_key(given_entries, run).values():
        kept = [(one, outcome) for one, outcome in pairs if outcome.outcome in KEPT]
        duplicates = [(one, outcome) for one, outcome in pairs if outcome.outcome is Outcome.DUPLICATE]
        assert len(kept) <= 1
        if kept:
            (winner, kept_as) = kept[0]
            for one, outcome in duplicates:
                assert outcome.position > kept_as.position
                assert outcome.code == ("duplicate" if one.body == winner.body else "copy_differs")
        else:
            assert not duplicates
            assert not any(one.not_after > START and b"bad" not in one.body for one, _ in pairs)
