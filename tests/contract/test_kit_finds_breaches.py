"""Each check of the kit fails on a destination that breaks what the check is about."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
import pytest
import test_kit_on_toy
from referencing.exceptions import Unresolvable

from plugin_spec import (
    Code,
    DestinationManager,
    EventLine,
    FieldRename,
    Identifier,
    Note,
    Overview,
    Prepared,
    Record,
    TestEvents,
)

CHECKS = sorted(name for name in dir(test_kit_on_toy.TestToy) if name.startswith("test_"))


class Spoilt:
    """A plan or destination with some parts replaced: a function is called with the whole one first."""

    def __init__(self, whole: Any, changes: Mapping[str, Any]) -> None:
        self._whole = whole
        self._changes = changes

    def __getattr__(self, name: str) -> Any:
        if name not in self._changes:
            return getattr(self._whole, name)
        change = self._changes[name]
        return partial(change, self._whole) if callable(change) else change


@dataclass(frozen=True)
class Breach:
    """One way to break the contract, and the check that has to find it."""

    check: str
    why: str
    plan: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    destination: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)
    raises: type[Exception] = AssertionError


def each_entry(**changes: Any) -> dict[str, Callable[..., Any]]:
    """A `prepare` that yields the plan's entries with these fields changed (a function is called for each)."""

    def changed(plan, records, now):
        for entry in plan.prepare(records, now):
            values = {key: value() if callable(value) else value for key, value in changes.items()}
            yield msgspec.structs.replace(entry, **values)

    return {"prepare": changed}


def each_record(change: Callable[[Record], Record]) -> dict[str, Callable[..., Any]]:
    return {"prepare": lambda plan, records, now: plan.prepare(map(change, records), now)}


def schema_with(property_schema: Any) -> dict[str, Callable[..., Any]]:
    return {"config_schema": lambda toy: {**toy.config_schema(), "properties": {"settings": property_schema}}}


def marked(record: Record) -> Record:
    if isinstance(record.body, dict):
        record.body["seen"] = True
    return record


def dies_of(*, bad_bytes: bool) -> Callable[[Record], Record]:
    def read(record: Record) -> Record:
        if isinstance(record.body, bytes) and bad_bytes:
            msgspec.json.decode(record.body)
        if not isinstance(record.body, bytes):
            str(record.body.get("name")).encode()
        return record

    return read


def without_ordinals(plan, records, now):
    for entry in plan.prepare(records, now):
        yield from (entry, entry)


def tells_the_record(plan, records, now):
    for record in records:
        for entry in plan.prepare([record], now):
            yield msgspec.structs.replace(entry, notes=(Note(repr(record.body)),))


def compiled_apart(toy, config):
    return Spoilt(toy.compile(config), each_entry(event_id=str(next(COUNTER))))


def eager(plan, records, now):
    return plan.prepare(list(records), now)


BARE = {"type": "object"}
COUNTS = Prepared(1, 1, "name", "1", "all", b"1", math.inf, b"{}")
COUNTER = itertools.count()

BREACHES = [
    Breach("test_about_is_complete", "another name", about={"name": "else"}),
    Breach("test_about_is_complete", "no title", about={"title": ""}),
    Breach("test_about_is_complete", "no event source", about={"event_sources": ()}),
    Breach("test_about_is_complete", "no room for an event", about={"max_events": 0}),
    Breach("test_about_is_complete", "a capability nobody knows", about={"capabilities": frozenset({"fly"})}),
    Breach(
        "test_each_code_has_a_meaning_and_a_remedy", "no remedy", about={"codes": {"x": Code("x", "X.", "")}}
    ),
    Breach(
        "test_each_code_has_a_meaning_and_a_remedy",
        "wrong key",
        about={"codes": {"x": Code("y", "Y.", "Z.")}},
    ),
    Breach("test_each_code_that_an_entry_bears_is_described", "no codes", about={"codes": {}}),
    Breach(
        "test_the_schema_is_valid_and_accepts_the_configuration",
        "refuses the configuration",
        destination=schema_with({"type": "string"}),
    ),
    Breach("test_each_setting_is_titled_described_and_exemplified", "bare", destination=schema_with(BARE)),
    Breach(
        "test_each_setting_is_titled_described_and_exemplified",
        "a bare one deeper down",
        destination=schema_with(
            {"title": "T", "description": "D.", "examples": [{}], "items": {"properties": {"deep": BARE}}}
        ),
    ),
    Breach(
        "test_each_setting_is_titled_described_and_exemplified",
        "a wrong example",
        destination=schema_with({"title": "T", "description": "D.", "type": "integer", "examples": ["no"]}),
    ),
    Breach(
        "test_each_setting_is_titled_described_and_exemplified",
        "leads to another file",
        destination=schema_with({"title": "T", "description": "D.", "$ref": "elsewhere.json"}),
        raises=Unresolvable,
    ),
    Breach(
        "test_field_rules_are_complete",
        "no origin",
        destination={"field_rules": lambda toy, config: [FieldRename("name", "name", "")]},
    ),
    Breach(
        "test_two_plans_of_one_configuration_give_equal_entries",
        "each plan has ids of its own",
        destination={"compile": compiled_apart},
    ),
    Breach(
        "test_one_plan_gives_equal_entries_twice",
        "a counter",
        plan=each_entry(event_id=lambda: str(next(COUNTER))),
    ),
    Breach(
        "test_a_clock_that_stands_still_is_a_moment",
        "knows moments alone",
        plan={"prepare": lambda plan, records, now: plan.prepare(records, round(now))},
        raises=TypeError,
    ),
    Breach("test_prepare_is_lazy", "reads all its input first", plan={"prepare": eager}),
    Breach(
        "test_explain_is_lazy",
        "reads all its input first",
        plan={"explain": lambda plan, records, now: plan.explain(list(records), now)},
    ),
    Breach(
        "test_entries_come_in_input_order_and_cover_each_record",
        "backwards",
        plan={"prepare": lambda plan, records, now: reversed(list(plan.prepare(records, now)))},
    ),
    Breach(
        "test_entries_come_in_input_order_and_cover_each_record",
        "one record is lost",
        plan={"prepare": lambda plan, records, now: itertools.islice(plan.prepare(records, now), 1, None)},
    ),
    Breach(
        "test_entries_come_in_input_order_and_cover_each_record",
        "two entries of one ordinal",
        plan={"prepare": without_ordinals},
    ),
    Breach(
        "test_no_records_give_no_entries",
        "an entry from nowhere",
        plan={"prepare": lambda plan, records, now: plan.prepare([*records, Record(99, b"{}")], now)},
    ),
    Breach(
        "test_explain_tells_the_entries_of_prepare",
        "one entry goes untold",
        plan={"explain": lambda plan, records, now: itertools.islice(plan.explain(records, now), 1)},
    ),
    Breach(
        "test_the_envelope_holds_each_body_verbatim",
        "other white space",
        plan={"envelope": lambda plan, key, bodies: msgspec.json.format(plan.envelope(key, bodies))},
    ),
    Breach(
        "test_the_envelope_holds_each_body_verbatim",
        "another order",
        plan={"envelope": lambda plan, key, bodies: plan.envelope(key, bodies[::-1])},
    ),
    Breach(
        "test_the_envelope_holds_each_body_verbatim",
        "the last one is lost",
        plan={"envelope": lambda plan, key, bodies: plan.envelope(key, bodies[: max(1, len(bodies) - 1)])},
    ),
    Breach("test_each_event_is_named_and_still_in_its_window", "no name", plan=each_entry(event_name="")),
    Breach(
        "test_a_record_with_a_fault_is_rejected_in_its_place",
        "sees no fault",
        plan=each_record(lambda record: msgspec.structs.replace(record, fault=None)),
    ),
    Breach(
        "test_garbage_never_raises_and_is_settled",
        "raises",
        plan=each_record(dies_of(bad_bytes=True)),
        raises=msgspec.DecodeError,
    ),
    Breach(
        "test_garbage_never_raises_and_is_settled",
        "makes something of nothing",
        plan=each_record(lambda record: msgspec.structs.replace(record, body={"name": "made up"})),
    ),
    Breach(
        "test_garbage_never_raises_and_is_settled",
        "shows what it read",
        plan={"prepare": tells_the_record},
    ),
    Breach(
        "test_odd_objects_never_raise",
        "raises",
        plan=each_record(dies_of(bad_bytes=True)),
        raises=msgspec.DecodeError,
    ),
    Breach(
        "test_odd_mappings_never_raise",
        "raises for half a surrogate pair",
        plan=each_record(dies_of(bad_bytes=False)),
        raises=UnicodeEncodeError,
    ),
    Breach("test_odd_mappings_never_raise", "shows what it read", plan={"prepare": tells_the_record}),
    Breach("test_prepare_changes_no_record", "leaves a mark", plan=each_record(marked)),
    Breach(
        "test_a_group_key_never_raises_and_is_the_same_for_the_rows_of_one_entry",
        "raises",
        plan={"group_key": lambda plan, record: plan.group_key(dies_of(bad_bytes=True)(record))},
        raises=msgspec.DecodeError,
    ),
    Breach(
        "test_a_group_key_never_raises_and_is_the_same_for_the_rows_of_one_entry",
        "rows of one entry have keys of their own",
        plan={
            **each_entry(rows=(1, 2)),
            "group_key": lambda plan, record: str(record.position).encode(),
        },
    ),
    Breach(
        "test_the_overview_is_for_people",
        "an empty sentence",
        plan={"overview": lambda plan: Overview(remarks=(" ",))},
    ),
    Breach(
        "test_the_overview_is_for_people",
        "an event source that it does not have",
        plan={"overview": lambda plan: Overview(events=(EventLine("a", "elsewhere", "b"),))},
    ),
    Breach(
        "test_test_events_are_test_events",
        "an event that counts",
        about={"capabilities": frozenset({"test"})},
        plan={"test_events": lambda plan, code, event_id, now: TestEvents((COUNTS,), ("thing",), ("there",))},
    ),
    Breach(
        "test_test_events_are_test_events",
        "no word of where they show",
        about={"capabilities": frozenset({"test"})},
        plan={"test_events": lambda plan, code, event_id, now: TestEvents((), (), ())},
    ),
    Breach(
        "test_a_plan_in_test_mode_makes_test_events_alone",
        "an event that counts",
        about={"capabilities": frozenset({"test"})},
        plan={
            "in_test_mode": lambda plan, code: Spoilt(
                plan, {"overview": lambda _plan: Overview(test_mode=True)}
            )
        },
    ),
    Breach(
        "test_identify_never_raises",
        "raises",
        plan={"identify": lambda plan, record: plan.identify(dies_of(bad_bytes=True)(record))},
        raises=msgspec.DecodeError,
    ),
    Breach(
        "test_identify_never_raises",
        "an identifier without a value",
        plan={"identify": lambda plan, record: (Identifier("user.email", ""),)},
    ),
]


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.check[5:]}: {breach.why}")
@pytest.mark.usefixtures("toy_on_path")
def test_a_breach_is_found(breach: Breach) -> None:
    class Fresh(test_kit_on_toy.TestToy):
        records = tuple(
            Record(one.position, one.body if isinstance(one.body, bytes) else dict(one.body))
            for one in test_kit_on_toy.TestToy.records
        )

    toy = DestinationManager().load("toy")
    changes = {
        "about": replace(toy.about, **breach.about),
        "compile": lambda whole, config: Spoilt(whole.compile(config), breach.plan),
        **breach.destination,
    }
    with pytest.raises(breach.raises):
        getattr(Fresh(), breach.check)(Spoilt(toy, changes))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.usefixtures("toy_on_path")
def test_without_a_breach_the_same_wrapping_passes(check: str) -> None:
    toy = DestinationManager().load("toy")
    changes = {"compile": lambda whole, config: Spoilt(whole.compile(config), {})}
    getattr(test_kit_on_toy.TestToy(), check)(Spoilt(toy, changes))


def test_each_check_has_a_breach_that_it_finds() -> None:
    assert sorted({breach.check for breach in BREACHES}) == CHECKS
