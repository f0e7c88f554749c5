"""The end of the function: one entry for each rule, judged in the interpreter's order, and ready to send or settled.

A rule that fixes what an event is worth, and a currency that TikTok does not take, are the interpreter's to settle.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

import msgspec

from plugin_spec import Note, Outcome, Prepared
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping import money
from tiktok_destination.mapping.case import Case, source_id_of
from tiktok_destination.mapping.compiling import runtime
from tiktok_destination.mapping.compiling.event_fields import parts_of
from tiktok_destination.mapping.compiling.pen import Pen
from tiktok_destination.mapping.draft import Draft
from tiktok_destination.mapping.envelope import batch_key
from tiktok_destination.mapping.event_ids import derive, derive_of_order
from tiktok_destination.mapping.times import Moment

_NAMES: Final[dict[str, Any]] = {
    "AFTER_WINDOW": Note("outside_attribution_window", "click_time"),
    "CURRENCY_DEFAULTED": Note("currency_defaulted", money.CURRENCY),
    "CURRENCY_MISSING": Note("currency_missing", money.CURRENCY),
    "EXPIRED": Outcome.EXPIRED,
    "FILTERED": Outcome.FILTERED,
    "ID_DERIVED": Note("event_id_derived", "event_id"),
    "IN_FUTURE": Note("event_time_future", "event_time"),
    "NO_EVENT_ID": Note("event_id_missing", "event_id"),
    "NO_IDENTIFIER": Note("no_identifier", "user"),
    "PIXEL_CANNOT_MATCH": Note("pixel_cannot_match", "event_id"),
    "REJECTED": Outcome.REJECTED,
    "TOO_OLD": Note("expired", "event_time"),
    "Case": Case,
    "Draft": Draft,
    "Moment": Moment,
    "Prepared": Prepared,
    "batch_key": batch_key,
    "derive": derive,
    "derive_of_order": derive_of_order,
    "encode": msgspec.json.Encoder().encode,
    "settled": runtime.settled,
    "sha256": sha256,
    "source_id_of": source_id_of,
}


def write_events(pen: Pen) -> None:
    """The entries of the record."""
    model = pen.model
    pen.hold(_NAMES | {"SOURCE_ID": model.source_ids[0]})
    pen.write("test = code is not None; entries = (); ordinal = 0")
    with pen.block("for rule in rules:"):
        pen.write("ordinal += 1")
        _leave_to_the_interpreter(pen)
        pen.write("told = [*notes]")
        pen.write("for note in rule.notes: told.append(Note(note, 'event'))")
        money_note = "CURRENCY_DEFAULTED" if model.currency is not None else "CURRENCY_MISSING"
        pen.write(f"if defaulted: told.append({money_note})")
        _judge(pen)
        _event(pen)
        if model.click_window_s is not None:
            late = f"click is not None and time - click > {model.click_window_s}"
            _refuse(pen, late, "FILTERED", "AFTER_WINDOW", "sent_id")
        pen.write(f"not_after = time + {float(model.window_s)}")
        _refuse(pen, "not_after < now", "EXPIRED", "TOO_OLD", "sent_id")
        _prepared(pen)
    pen.write("return entries")


def _leave_to_the_interpreter(pen: Pen) -> None:
    """What a rule fixes the worth of, and what no currency is known of."""
    model = pen.model
    parts = "".join(f"{part!r}: {part}, " for part in parts_of(model.event_source))
    unit = "Unit(position, {})" if model.group is None else f"Unit(position, {_event_set(pen)}, rows)"
    with pen.block("if unsupported or rule.fixed or rule.worth_from_rule:"):
        pen.write("bare = {**properties}")
        if model.currency is not None:
            pen.write("if defaulted and not unsupported: del bare['currency']")
        pen.write(f"draft = Draft({{{parts}'properties': bare}}, limited_data_use)")
        pen.write("draft.moment = None if time is None else Moment(time)")
        if model.click_window_s is not None:
            pen.write("draft.clicked = None if click is None else Moment(click)")
        pen.write("draft.fault = fault; draft.event_id = own_id; draft.test_event_code = code")
        pen.write("draft.currency_unsupported = unsupported; draft.notes = notes")
        pen.write(f"case = Case(model, {unit}, ordinal, rule, draft)")
        pen.write("case.write()")
        pen.write("entries += (case.judge(now, interpreter.match_keys),)")
        pen.write("continue")


def _judge(pen: Pen) -> None:
    """Whether an event can be made of it."""
    _refuse(pen, "fault is not None", "REJECTED", "fault")
    if _chooses(pen):
        pen.write(f"source_id = source_id_of(model, {_event_set(pen)})")
        _refuse(pen, "source_id.__class__ is not str", "REJECTED", "source_id")
    _refuse(pen, f"time > now + {limit('future_tolerance_s')}", "REJECTED", "IN_FUTURE")
    for field in pen.model.required:
        part, _, name = field.target.partition(".")
        lacking = pen.constant(f"LACKING_{part}_{name}", Note(field.required or "", field.target))
        _refuse(pen, f"{name!r} not in {part}", "REJECTED", lacking)
    keys = [
        " and ".join(f"{name!r} in {part}" for part, _, name in (target.partition(".") for target in key))
        for key in pen.interpreter.match_keys
    ]
    _refuse(pen, f"not ({' or '.join(keys)})", "REJECTED", "NO_IDENTIFIER")


def _refuse(pen: Pen, when: str, outcome: str, fault: str, event_id: str = "own_id") -> None:
    place = f"position, ordinal, {'()' if pen.model.group is None else 'rows'}, test"
    with pen.block(f"if {when}:"):
        pen.write(f"entries += settled(({place}), rule, ({outcome}, {fault}), {event_id}, told)")
        pen.write("continue")


def _event(pen: Pen) -> None:
    """`event` as it is sent, and `sent_id`: its own id, or one that is derived from what it says."""
    model = pen.model
    if model.require_event_id:
        _refuse(pen, "own_id is None", "REJECTED", "NO_EVENT_ID")
    event_id = ", 'event_id': own_id" if model.sends_event_id else ""
    pen.write(f"event = {{'event': rule.name, 'event_time': time{event_id}}}")
    for part in (*parts_of(model.event_source), "properties"):
        pen.write(f"if {part}: event[{part!r}] = {part}")
    pen.write("if limited_data_use is not None: event['limited_data_use'] = limited_data_use")
    pen.write("sent_id = own_id")
    if model.sends_event_id and not model.require_event_id:
        source_id = _source_id(pen)
        derived = f"derive({source_id}, rule.canonical, event)"
        if model.group is not None:
            of_order = f"derive_of_order({source_id}, rule.canonical, properties['order_id'])"
            derived = f"{of_order} if 'order_id' in properties else {derived}"
        with pen.block("if own_id is None:"):
            pen.write(f"event['event_id'] = sent_id = {derived}")
            pen.write("told.append(ID_DERIVED)")
            if model.event_source == "web":
                pen.write("told.append(PIXEL_CANNOT_MATCH)")


def _prepared(pen: Pen) -> None:
    model = pen.model
    source_id = _source_id(pen)
    key = f'sha256(f"{{{source_id}}}\\x1f{{rule.canonical}}\\x1f{{sent_id}}".encode()).digest()[:16]'
    if not model.sends_event_id:
        key = f"None if sent_id is None else {key}"
    batch = f"batch_key({model.event_source!r}, {source_id}, code)"
    if not _chooses(pen):
        pen.hold({"BATCH_KEY": batch_key(model.event_source, model.source_ids[0], model.test_event_code)})
        batch = f"BATCH_KEY if code is TEST_CODE else {batch}"
    rows = "()" if model.group is None else "rows"
    pen.write(f"dedup_key = {key}")
    pen.write(f"batch = {batch}")
    pen.write(
        "entries += (Prepared(position, ordinal, rule.name, sent_id, batch, dedup_key, not_after, encode(event), "
        f"tuple(told), {rows}, test, {model.sends_event_id}),)"
    )


def _chooses(pen: Pen) -> bool:
    """Whether rows choose among event sets."""
    return pen.model.group is not None and pen.model.event_source == "offline"


def _source_id(pen: Pen) -> str:
    return "source_id" if _chooses(pen) else "SOURCE_ID"


def _event_set(pen: Pen) -> str:
    """All that is asked of rows when their event is made: which event set they name."""
    assert pen.model.group is not None  # noqa: S101 - asked of rows alone
    column = pen.model.group.event_set
    return f"{{{column!r}: record.{pen.root.attribute(column)}}}"
