"""The conformance kit: what every destination must do, whatever it is a destination of.

A destination's tests hold one subclass of `DestinationContract` that names the destination and gives a configuration
and records. The checks use the contract alone: pytest, jsonschema and `plugin_spec`, and no network.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, cast
from urllib.parse import quote

import msgspec
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from plugin_spec import (
    ConfigError,
    Destination,
    DestinationManager,
    Explanation,
    Identifier,
    Note,
    Outcome,
    Overview,
    Plan,
    Prepared,
    Record,
    Settled,
    Tester,
)

Entry = Prepared | Settled

CANARY = "canary-9d7be1"
"""Stands wherever a person's datum could; it may be in an event's body and nowhere else."""

LOOK_AHEAD = 10_000
"""How many records a lazy plan may read beyond the entries that were asked for (it may group, or work in portions)."""

CAPABILITIES = {"check", "authorise", "choose", "test"}

SCHEMA_URI = "urn:destination:config"

GARBAGE = (
    b"",
    b" ",
    b"null",
    b"true",
    b"17",
    b"[]",
    b'"text"',
    b"{",
    b'{"a":1}{"b":2}',
    b"\xff\xfe\x00",
    b'{"a":"\xc3"}',
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'["' + CANARY.encode() + b'"]',
    b'{"a":"' + CANARY.encode() + b'"',
)
"""Bytes that are no JSON object: there is no event in them."""

ODD_OBJECTS = (
    b"{}",
    b'\xef\xbb\xbf{"a":1}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\u0000"}',
    b'{"a":NaN}',
    b'{"a":1e999}',
    b'{"a":' + b"9" * 5000 + b"}",
    b'{"a":1,"a":2}',
    b'{"' + b"a" * 70_000 + b'":1}',
)
"""Bytes that one reader takes for an object and another does not: settled or prepared, but never an exception."""

ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**400,
    1.5,
    float("nan"),
    float("inf"),
    "",
    " \t\n",
    "\x00",
    "\ud800",
    CANARY,
    CANARY * 2000,
    b"\xff",
    [],
    [[]],
    [None],
    {},
    {"": {}},
    {1: 2},
    (CANARY,),
    {CANARY},
    object(),
)


class DestinationContract:
    """Subclass it as `Test…`; give `name`, `config`, `records` and `now`."""

    name: ClassVar[str]
    """The destination, by the name of its entry point."""
    config: ClassVar[Mapping[str, Any]]
    """The plugin's own keys of one good configuration."""
    records: ClassVar[Sequence[Record]]
    """Good and bad records, positions from 1: at least two make an event, at least one is settled."""
    now: ClassVar[float]
    """Unix seconds: the moment at which `records` are judged."""

    @pytest.fixture
    def destination(self) -> Destination:
        return DestinationManager().load(self.name)

    def test_about_is_complete(self, destination: Destination) -> None:
        about = destination.about
        assert about.name == self.name
        assert about.title
        assert about.description
        assert about.event_sources
        assert all(about.event_sources)
        assert about.max_events >= 1
        assert about.max_bytes >= 1
        assert about.repeat_window_s >= 0
        assert about.capabilities <= CAPABILITIES

    def test_each_code_has_a_meaning_and_a_remedy(self, destination: Destination) -> None:
        unkeyed = [key for key, code in destination.about.codes.items() if key != code.code]
        bare = [key for key, code in destination.about.codes.items() if not (code.meaning and code.remedy)]
        assert unkeyed == []
        assert bare == []

    def test_the_schema_is_valid_and_accepts_the_configuration(self, destination: Destination) -> None:
        schema = destination.config_schema()
        Draft202012Validator.check_schema(schema)
        given = {key: value for key, value in self.config.items() if key != "name"}
        faults = [(list(f.path), f.validator) for f in Draft202012Validator(schema).iter_errors(given)]
        assert faults == []

    def test_each_setting_is_titled_described_and_exemplified(self, destination: Destination) -> None:
        schema = destination.config_schema()
        registry = Registry().with_resource(SCHEMA_URI, DRAFT202012.create_resource(schema))
        faults = []
        for pointer, setting in _settings(schema):
            here = registry.resolver().lookup(f"{SCHEMA_URI}#{pointer}")
            target = here.resolver.lookup(setting["$ref"]).contents if "$ref" in setting else {}
            described = {**target, **setting}
            faults += [f"{pointer}: no {key}" for key in ("title", "description") if not described.get(key)]
            alone = Draft202012Validator({"$ref": f"{SCHEMA_URI}#{pointer}"}, registry=registry)
            examples = [alone.is_valid(example) for example in described.get("examples", ())]
            if not examples:
                faults.append(f"{pointer}: no examples")
            fits = (
                any if "const" in setting else all
            )  # one branch of a choice shares its examples with the others
            if not fits(examples):
                faults.append(f"{pointer}: an example that the schema refuses")
        assert faults == []

    def test_field_rules_are_complete(self, destination: Destination) -> None:
        for rule in destination.field_rules(self._frozen_config()):
            assert rule.source
            assert rule.target
            assert rule.origin

    def test_two_plans_of_one_configuration_give_equal_entries(self, destination: Destination) -> None:
        assert self._entries(self._plan(destination)) == self._entries(self._plan(destination))

    def test_one_plan_gives_equal_entries_twice(self, destination: Destination) -> None:
        plan = self._plan(destination)
        assert self._entries(plan) == self._entries(plan)

    def test_a_clock_that_stands_still_is_a_moment(self, destination: Destination) -> None:
        plan = self._plan(destination)
        assert list(plan.prepare(iter(self.records), lambda: self.now)) == self._entries(plan)

    def test_prepare_is_lazy(self, destination: Destination) -> None:
        source = _Endless(self.records)
        entries = self._plan(destination).prepare(source, self.now)
        assert source.given <= LOOK_AHEAD
        taken = list(itertools.islice(entries, 3 * len(self.records)))
        assert len(taken) == 3 * len(self.records)

    def test_explain_is_lazy(self, destination: Destination) -> None:
        stories = self._plan(destination).explain(_Endless(self.records), self.now)
        assert len(list(itertools.islice(stories, 3 * len(self.records)))) == 3 * len(self.records)

    def test_entries_come_in_input_order_and_cover_each_record(self, destination: Destination) -> None:
        entries = self._entries(self._plan(destination))
        assert any(isinstance(entry, Settled) for entry in entries), "`records` holds none that is settled"
        assert sum(isinstance(entry, Prepared) for entry in entries) > 1, "`records` holds too few good ones"
        _check_cover(self.records, entries)

    def test_no_records_give_no_entries(self, destination: Destination) -> None:
        assert list(self._plan(destination).prepare(iter(()), self.now)) == []

    def test_each_code_that_an_entry_bears_is_described(self, destination: Destination) -> None:
        codes = set()
        for entry in self._entries(self._plan(destination)):
            codes |= {note.code for note in entry.notes}
            codes |= {entry.code} if isinstance(entry, Settled) else set()
        assert codes <= set(destination.about.codes)

    def test_explain_tells_the_entries_of_prepare(self, destination: Destination) -> None:
        plan = self._plan(destination)
        stories = list(plan.explain(iter(self.records), self.now))
        assert [story.entry for story in stories] == self._entries(plan)
        assert all(isinstance(story, Explanation) and story.event_rule for story in stories)

    def test_the_envelope_holds_each_body_verbatim(self, destination: Destination) -> None:
        plan = self._plan(destination)
        prepared = [entry for entry in self._entries(plan) if isinstance(entry, Prepared)]
        for entry in prepared:
            assert entry.body in plan.envelope(entry.batch_key, [entry.body])
        for batch_key, group in _by_batch_key(prepared).items():
            envelope, end = plan.envelope(batch_key, group), 0
            for body in group:
                assert body in envelope[end:], "a body is missing, altered or out of order"
                end = envelope.index(body, end) + len(body)

    def test_each_event_is_named_and_still_in_its_window(self, destination: Destination) -> None:
        for entry in self._entries(self._plan(destination)):
            if isinstance(entry, Prepared):
                assert isinstance(entry.body, bytes)
                assert entry.event_name
                assert entry.not_after >= self.now

    def test_a_record_with_a_fault_is_rejected_in_its_place(self, destination: Destination) -> None:
        fault = Note("unreadable_record", "line")
        for place in range(len(self.records)):
            records = list(self.records)
            records[place] = msgspec.structs.replace(records[place], fault=fault)
            entries = list(self._plan(destination).prepare(iter(records), self.now))
            _check_cover(records, entries)
            of_fault = [entry for entry in entries if entry.position == records[place].position]
            assert [type(entry) for entry in of_fault] == [Settled]
            assert [entry.outcome for entry in of_fault] == [Outcome.REJECTED]  # type: ignore[union-attr] # Settled

    def test_garbage_never_raises_and_is_settled(self, destination: Destination) -> None:
        records = [Record(position, body) for position, body in enumerate(GARBAGE, start=1)]
        entries = self._entries(self._plan(destination), records)
        _check_cover(records, entries)
        assert all(isinstance(entry, Settled) for entry in entries)
        _check_silence(entries)

    def test_odd_objects_never_raise(self, destination: Destination) -> None:
        records = [Record(position, body) for position, body in enumerate(ODD_OBJECTS, start=1)]
        _check_cover(records, self._entries(self._plan(destination), records))

    def test_odd_mappings_never_raise(self, destination: Destination) -> None:
        plan, records = self._plan(destination), list(self._odd_records())
        entries = self._entries(plan, records)
        _check_cover(records, entries)
        _check_silence(entries)
        for _ in plan.explain(iter(records), self.now):
            pass

    def test_prepare_changes_no_record(self, destination: Destination) -> None:
        before = copy.deepcopy(self.records)
        self._entries(self._plan(destination))
        assert self.records == before

    def test_a_group_key_never_raises_and_is_the_same_for_the_rows_of_one_entry(
        self, destination: Destination
    ) -> None:
        plan = self._plan(destination)
        garbage = (Record(1, body) for body in GARBAGE + ODD_OBJECTS)
        for record in (*garbage, *self._odd_records()):
            assert isinstance(plan.group_key(record), bytes | None)
        by_position = {record.position: record for record in self.records}
        for entry in self._entries(plan):
            keys = {plan.group_key(by_position[row]) for row in entry.rows}
            assert len(keys) <= 1, "rows of one entry would be sorted apart"

    def test_the_overview_is_for_people(self, destination: Destination) -> None:
        overview = self._plan(destination).overview()
        assert isinstance(overview, Overview)
        assert all(sentence.strip() for sentence in overview.remarks)
        assert all(warning.problem for warning in overview.warnings)
        assert all(
            line.record and line.event_source in destination.about.event_sources for line in overview.events
        )

    def test_test_events_are_test_events(self, destination: Destination) -> None:
        if "test" not in destination.about.capabilities:
            return
        tester = cast("Tester", self._plan(destination))
        try:
            tests = tester.test_events("TEST1", "event-1", self.now)
        except ConfigError:  # the configuration lacks something that a test event needs
            return
        assert tests.where
        assert len(tests.events) == len(tests.event_sources) > 0
        assert all(event.test and event.dedup_key is None for event in tests.events)

    def test_a_plan_in_test_mode_makes_test_events_alone(self, destination: Destination) -> None:
        if "test" not in destination.about.capabilities:
            return
        plan = self._plan(destination)
        tested = cast("Tester", plan).in_test_mode("TEST1")
        assert tested.overview().test_mode
        entries = self._entries(tested)
        assert all(entry.test for entry in entries if isinstance(entry, Prepared))
        assert [entry.position for entry in entries] == [entry.position for entry in self._entries(plan)]

    def test_identify_never_raises(self, destination: Destination) -> None:
        plan = self._plan(destination)
        garbage = (Record(1, body) for body in GARBAGE + ODD_OBJECTS)
        for record in (*self.records, *garbage, *self._odd_records()):
            identifiers = plan.identify(record)
            assert isinstance(identifiers, tuple)
            assert all(isinstance(one, Identifier) and one.kind and one.value for one in identifiers)

    def _plan(self, destination: Destination) -> Plan:
        return destination.compile(self._frozen_config())

    def _frozen_config(self) -> Mapping[str, Any]:
        frozen: Mapping[str, Any] = _frozen(self.config)
        return frozen

    def _entries(self, plan: Plan, records: Sequence[Record] | None = None) -> list[Entry]:
        return list(plan.prepare(iter(self.records if records is None else records), self.now))

    def _odd_records(self) -> Iterator[Record]:
        """One record for each odd value in each place of each given record, deep or shallow."""
        position = itertools.count(1)
        for record in self.records:
            body = _read(record.body) if isinstance(record.body, bytes) else record.body
            if isinstance(body, Mapping):
                yield from (Record(next(position), odd) for odd in _with_odd_values(body))


def _frozen(value: Any) -> Any:
    """As a host hands a configuration over: read-only mappings and tuples, all the way down."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: _frozen(part) for key, part in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


class _Endless(Iterator[Record]):
    """The records over and over, positions rising; fails who reads on without being asked for entries."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._bodies = itertools.cycle(records)
        self.given = 0

    def __next__(self) -> Record:
        self.given += 1
        assert self.given <= LOOK_AHEAD, "the plan reads its whole input before it yields an entry"
        return msgspec.structs.replace(next(self._bodies), position=self.given)


def _read(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None


def _with_odd_values(value: Any) -> Iterator[Any]:
    """`value` with each of its parts, in turn, replaced by each odd value; the parts first, and not the whole."""
    items = value.items() if isinstance(value, Mapping) else enumerate(value)
    for key, part in items:
        parts: Iterator[Any] = iter(ODD_VALUES)
        if isinstance(part, Mapping | list):
            parts = itertools.chain(parts, _with_odd_values(part))
        for odd in parts:
            changed: Any = dict(value) if isinstance(value, Mapping) else list(value)
            changed[key] = odd
            yield changed


def _by_batch_key(prepared: Sequence[Prepared]) -> dict[str, list[bytes]]:
    groups: dict[str, list[bytes]] = {}
    for entry in prepared:
        groups.setdefault(entry.batch_key, []).append(entry.body)
    return groups


def _check_cover(records: Sequence[Record], entries: Sequence[Entry]) -> None:
    """Positions rise, ordinals count from 1 within a position, and each record is in at least one entry."""
    places = [(entry.position, entry.ordinal) for entry in entries]
    expected = [
        (position, ordinal)
        for position, group in itertools.groupby(entry.position for entry in entries)
        for ordinal, _ in enumerate(group, start=1)
    ]
    assert places == expected, "ordinals do not count from 1 within each record"
    assert places == sorted(places), "entries are not in input order"
    covered = {entry.position for entry in entries}.union(*(entry.rows for entry in entries))
    assert covered == {record.position for record in records}, "not every record is covered"


def _check_silence(entries: Sequence[Entry]) -> None:
    """No value of a record stands in what may be shown and logged."""
    for entry in entries:
        shown: list[object] = [entry.notes]
        if isinstance(entry, Settled):
            shown += [entry.code, entry.path, entry.reason]
        assert CANARY not in repr(shown), "a record's value stands in a code, path, reason or note"


def _settings(schema: Mapping[str, Any], pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each property that an operator can set, wherever the schema describes it, by its JSON pointer."""
    for keyword in ("properties", "patternProperties", "$defs"):
        for key, part in schema.get(keyword, {}).items():
            below = f"{pointer}/{keyword}/{quote(key.replace('~', '~0').replace('/', '~1'))}"
            if keyword == "properties" and part is not False:
                yield below, part
            yield from _settings(part, below) if isinstance(part, Mapping) else ()
    for keyword in ("items", "additionalProperties"):
        part = schema.get(keyword)
        yield from _settings(part, f"{pointer}/{keyword}") if isinstance(part, Mapping) else ()
    for keyword in ("prefixItems", "anyOf", "oneOf"):
        for index, part in enumerate(schema.get(keyword, ())):
            yield from _settings(part, f"{pointer}/{keyword}/{index}") if isinstance(part, Mapping) else ()
