"""Arbitrary records and random valid configurations: nothing but typed results, always the same, always accounted for."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import config_schemas
from plugin_spec import ConfigError, Outcome, Prepared, Record, Settled
from tests.mapping.making import NOW, PIXEL, SET, TIME, row, track
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping.plan import compile_plan

WIRE = Draft202012Validator(config_schemas.load("wire_event"))

texts = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "null",
            "a@example.com",
            "+12133734253",
            "07700 900123",
            "203.0.113.9",
            "USD",
            "12.50",
            "-1",
            TIME,
        ]
    ),
    st.text(st.characters(categories=["Cs"]), max_size=2),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    texts,
    st.integers(10**400, 10**401),
    st.just(int(NOW)),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
SEGMENT_KEYS = ["type", "event", "messageId", "timestamp", "userId", "context", "properties"]
PROPERTY_KEYS = [
    "email",
    "phone",
    "value",
    "currency",
    "products",
    "product_id",
    "price",
    "quantity",
    "ttclid",
    "total",
]
ROW_KEYS = [
    "event",
    "timestamp",
    "event_id",
    "order_id",
    "email",
    "phone",
    "value",
    "price",
    "quantity",
    "currency",
    "ip",
]


spoilt = st.one_of(
    st.just({}), st.just({}), st.dictionaries(st.sampled_from(SEGMENT_KEYS), values, max_size=2)
)


@st.composite
def tracks(draw):
    body = track(
        draw(st.sampled_from(["Order Completed", "Order Completed", "purchase", "X", "Lead Created", "page"]))
    )
    body["properties"] = {"email": "a@example.com"} | draw(
        st.dictionaries(st.sampled_from(PROPERTY_KEYS), values, max_size=5)
    )
    return body | draw(spoilt)


@st.composite
def table_rows(draw):
    body = row(event_id=draw(st.sampled_from(["e-1", "e-2", ""])))
    return body | draw(st.dictionaries(st.sampled_from(ROW_KEYS), values, max_size=3))


strange = st.one_of(st.dictionaries(texts, values, max_size=5), st.binary(max_size=30))
bodies = st.one_of(tracks(), table_rows(), strange)


def bodies_for(config):
    likely = table_rows() if config["mapping"].get("preset") == "amperity" else tracks()
    return st.lists(st.one_of(likely, likely, likely, bodies), max_size=4)


paths = st.sampled_from(
    ["a", "properties.email", "userId", 'context."x y".z', "properties.products[].price", "rows[0].email"]
)
web_targets = [
    target for target, field in fields().items() if "web" in field.event_sources and field.kind != "contents"
]
rules = st.one_of(
    st.none(),
    paths,
    st.lists(paths, min_size=1, max_size=3),
    st.builds(
        lambda value: {"const": value}, st.one_of(st.booleans(), st.integers(0, 99), st.text(max_size=5))
    ),
    st.builds(
        lambda path, transform: {"from": path, "transform": transform},
        paths,
        st.sampled_from(["string", "number", "integer", "boolean", "lower", "upper", "trim", "split"]),
    ),
    st.builds(lambda path: {"query": "ttclid", "of": path}, paths),
)
conditions = st.recursive(
    st.one_of(
        st.builds(lambda path, flag: {"path": path, "exists": flag}, paths, st.booleans()),
        st.builds(lambda path, value: {"path": path, "equals": value}, paths, scalars),
        st.builds(lambda path, value: {"path": path, "gt": value}, paths, st.integers(-5, 5)),
        st.builds(lambda path, value: {"path": path, "contains": value}, paths, st.text(max_size=2)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=4,
)
targets = st.one_of(
    st.none(),
    st.sampled_from(["Lead", "Purchase", "Subscribe"]),
    st.builds(
        lambda when: [{"event": "Lead", "value": 5, "currency": "EUR"}, {"event": "Subscribe", "when": when}],
        conditions,
    ),
)


def allowed(event_source):
    return [
        t for t, field in fields().items() if event_source in field.event_sources and field.kind != "contents"
    ]


@st.composite
def configs(draw):
    event_source = draw(st.sampled_from(["web", "offline"]))
    preset = draw(st.sampled_from(["segment", "segment", "amperity", "amperity", None]))
    chosen = {"pixel_code": PIXEL} if event_source == "web" else {"event_set_id": SET}
    chosen |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "default_region": st.sampled_from(["US", "DE", "GB"]),
                "default_currency": st.sampled_from(["USD", "EUR"]),
                "time_zone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
                "event_window_days": st.integers(1, 40),
                "event_name": st.sampled_from(["Purchase", "Contact"]),
            },
        )
    )
    value_rules = ["sum_of_items", "order_total", "sum_of_rows"] if preset == "amperity" else ["sum_of_items"]
    mapping = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "fields": st.dictionaries(st.sampled_from(allowed(event_source)), rules, max_size=4),
                "events": st.dictionaries(
                    st.sampled_from(["X", "Lead Created", "page"]), targets, max_size=3
                ),
                "naming": st.sampled_from(["current", "legacy", "as_given"]),
                "event_id": st.sampled_from(["derive", "derive", "require"]),
                "value": st.sampled_from(value_rules),
            },
        )
    )
    if preset:
        mapping["preset"] = preset
    if event_source == "web" and draw(st.booleans()):
        mapping["custom_events"] = draw(st.sampled_from([True, ["X"]]))
    return {"name": "random", "settings": {"event_source": event_source} | chosen, "mapping": mapping}


cases = configs().flatmap(lambda config: st.tuples(st.just(config), bodies_for(config)))


def compiled(config):
    """The plan, or None where preset and random parts contradict each other."""
    try:
        return compile_plan(config)
    except ConfigError:
        return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configs(), st.lists(bodies, max_size=4))
def test_any_record_under_any_configuration_is_accounted_for(config, given_bodies):
    plan = compiled(config)
    if plan is None:
        return
    given_records = [Record(at, body) for at, body in enumerate(given_bodies, 1)]
    entries = list(plan.prepare(iter(given_records), NOW))
    again = list(compile_plan(config).prepare(iter(given_records), NOW))
    assert entries == again

    covered = {at for entry in entries for at in (entry.rows or (entry.position,))}
    assert covered == set(range(1, len(given_bodies) + 1))
    assert [entry.position for entry in entries] == sorted(entry.position for entry in entries)
    assert len({(entry.position, entry.ordinal) for entry in entries}) == len(entries)

    for entry in entries:
        assert all(note.code in codes() for note in entry.notes)
        if isinstance(entry, Settled):
            assert entry.code in codes()
            assert entry.outcome in (Outcome.REJECTED, Outcome.EXPIRED, Outcome.FILTERED)
        else:
            assert entry.not_after >= NOW
            event = json.loads(entry.body)
            assert [error.json_path for error in WIRE.iter_errors(event)] == []
            assert event["event_id"] == entry.event_id
            assert json.loads(plan.envelope(entry.batch_key, [entry.body]))["data"] == [event]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
def test_explaining_gives_the_same_entries_and_tells_of_every_field(case):
    config, given_bodies = case
    plan = compiled(config)
    if plan is None:
        return
    given_records = [Record(at, body) for at, body in enumerate(given_bodies, 1)]
    stories = list(plan.explain(iter(given_records), NOW))
    assert [story.entry for story in stories] == list(plan.prepare(iter(given_records), NOW))
    for story in stories:
        assert story.event_rule
        if not isinstance(story.entry, Prepared):
            continue
        event = json.loads(story.entry.body)
        told = {trace.target: trace for trace in story.fields}
        sent = {}
        for name, value in event.items():
            sent |= (
                {f"{name}.{key}": part for key, part in value.items()}
                if isinstance(value, dict)
                else {name: value}
            )
        for target, value in sent.items():
            assert told[target].sent == value
            assert told[target].source, target
        for target, trace in told.items():
            if target not in sent:
                assert trace.sent is None
                assert trace.reason, target


@settings(max_examples=200, deadline=None)
@given(bodies)
def test_identify_never_raises_and_hands_out_no_plain_email(body):
    plan = compile_plan(
        {
            "name": "x",
            "settings": {"event_source": "web", "pixel_code": PIXEL},
            "mapping": {"preset": "segment"},
        }
    )
    for identifier in plan.identify(Record(1, body)):
        assert identifier.kind.startswith("user.")
        if identifier.kind in ("user.email", "user.phone", "user.external_id"):
            assert len(identifier.value) == 64


def test_the_wire_schema_is_a_schema_and_takes_exactly_the_catalogs_fields():
    schema = config_schemas.load("wire_event")
    Draft202012Validator.check_schema(schema)
    known = set()
    for name, part in schema["properties"].items():
        inner = part.get("properties")
        known |= {f"{name}.{key}" for key in inner} if inner else {name}
    served = set(fields())
    assert known - {"event", "event_time", "event_id"} == served


@pytest.mark.parametrize(
    "bad", [{"user": {"email": "a@example.com"}}, {"event_time": "now"}, {"event_id": 5}]
)
def test_the_wire_schema_refuses_what_tiktok_would(bad):
    event = {"event": "Purchase", "event_time": 1, "event_id": "x", "user": {"ttp": "2a"}}
    assert WIRE.is_valid(event)
    assert not WIRE.is_valid(event | bad)
