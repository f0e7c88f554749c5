"""Arbitrary records and random valid configurations: nothing but typed results, always the same, always accounted for."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import config_schemas
from plugin_spec import ConfigError, Outcome, Prepared, Record, Settled
from tests.mapping.making import IDS, NOW, SOURCES, TIME, ga4, plain, row, track
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields
from tiktok_destination.mapping.plan import compile_plan
from tiktok_destination.mapping.presets import preset, preset_names

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
    "event_source",
    "lead_id",
    "att_status",
    "callback",
    "attribution_share",
    "test_event_code",
    "mileage",
    "mileage_unit",
    "preferred_price_range",
    "num_adults",
    "vin",
]
PLAIN_KEYS = [
    "event",
    "timestamp",
    "event_id",
    "email",
    "phone",
    "ip",
    "idfa",
    "gaid",
    "att_status",
    "app_id",
    "event_source",
    "click_time",
    "contents",
    "value",
    "currency",
    "test_event_code",
    "landing_url",
]
GA4_KEYS = [
    "event_name",
    "event_time",
    "event_id",
    "user_data",
    "cookies",
    "items",
    "value",
    "currency",
    "user_id",
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


sources = st.sampled_from([*SOURCES, *SOURCES, None, "tv"])
oses = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["iOS", "Android", "tvOS", None]),
        "version": st.sampled_from(["13.1", "17.5", 18, None]),
    }
)
devices = st.fixed_dictionaries(
    {"advertisingId": st.sampled_from(["EA7583CD-A667-48BC-B806-42ECB2B48606", "0", None])},
    optional={"id": scalars, "adTrackingEnabled": scalars, "type": texts},
)
contexts = st.fixed_dictionaries(
    {"page": st.just({"url": "https://shop.example/"})},
    optional={"app": st.just({"namespace": "com.example.shop"}), "device": devices, "os": oses, "ip": texts},
)


@st.composite
def tracks(draw):
    names = ["Order Completed", "Order Completed", "purchase", "X", "Lead Created", "page", "Signed Up"]
    body = track(draw(st.sampled_from(names)), context=draw(contexts))
    body["properties"] = {
        "email": "a@example.com",
        "event_source": draw(sources),
        "lead_id": draw(st.sampled_from(["73001", "73001", None])),
    } | draw(st.dictionaries(st.sampled_from(PROPERTY_KEYS), values, max_size=5))
    return body | draw(spoilt)


@st.composite
def plain_records(draw):
    names = ["purchase", "install", "lead", "session", "trial_started", "renewal", "X"]
    body = plain(draw(st.sampled_from(names)), event_source=draw(sources))
    return body | draw(st.dictionaries(st.sampled_from(PLAIN_KEYS), values, max_size=3))


@st.composite
def ga4_records(draw):
    body = ga4(draw(st.sampled_from(["purchase", "purchase", "view_item", "video_start", "X"])))
    return body | draw(st.dictionaries(st.sampled_from(GA4_KEYS), values, max_size=3))


@st.composite
def table_rows(draw):
    body = row(event_id=draw(st.sampled_from(["e-1", "e-2", ""])))
    return body | draw(st.dictionaries(st.sampled_from(ROW_KEYS), values, max_size=3))


strange = st.one_of(st.dictionaries(texts, values, max_size=5), st.binary(max_size=30))
bodies = st.one_of(tracks(), plain_records(), ga4_records(), table_rows(), strange)
LIKELY = {"segment": tracks, "rudderstack": tracks, "amperity": table_rows, "ga4": ga4_records, None: tracks}


def bodies_for(config):
    likely = LIKELY.get(config["mapping"].get("preset"), plain_records)()
    return st.lists(st.one_of(likely, likely, likely, bodies), max_size=4)


paths = st.sampled_from(
    ["a", "properties.email", "userId", 'context."x y".z', "properties.products[].price", "rows[0].email"]
)
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


def allowed(event_sources):
    return [
        target
        for target, field in fields().items()
        if field.event_sources.intersection(event_sources) and field.kind != "contents"
    ]


AUTO_KEYS = dict(zip(SOURCES, IDS["auto"], strict=True))
CHOOSING = ("segment", "rudderstack", "appstack", "datalyr", None)
"""The presets whose records can say their event source."""


@st.composite
def places(draw, chosen):
    """Event sources that a preset serves, and the settings that name them."""
    served = preset(chosen)["event_sources"] if chosen else list(SOURCES)
    if chosen in CHOOSING and draw(st.booleans()):
        several = draw(st.lists(st.sampled_from(served), min_size=1, unique=True))
        ids = {AUTO_KEYS[source]: IDS["auto"][AUTO_KEYS[source]] for source in several}
        return several, {"event_source": "auto", **ids}
    source = draw(st.sampled_from(served))
    return [source], {"event_source": source, **IDS[source]}


@st.composite
def configs(draw):
    chosen = draw(st.sampled_from(["segment", "segment", "amperity", None, *preset_names()]))
    event_sources, settings_ = draw(places(chosen))
    optional = {
        "default_region": st.sampled_from(["US", "DE", "GB"]),
        "default_currency": st.sampled_from(["USD", "EUR"]),
        "time_zone": st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]),
        "event_window_days": st.integers(1, 40),
        "event_name": st.sampled_from(["Purchase", "ViewContent"]),
        "test_event_code": st.just("TEST12345"),
    }
    if "app" in event_sources:
        optional["app_id"] = st.just("com.example.settings")
    settings_ |= draw(st.fixed_dictionaries({}, optional=optional))
    value_rules = ["sum_of_items", "order_total", "sum_of_rows"] if chosen == "amperity" else ["sum_of_items"]
    mapping = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "fields": st.dictionaries(st.sampled_from(allowed(event_sources)), rules, max_size=4),
                "events": st.dictionaries(
                    st.sampled_from(["X", "Lead Created", "page", "purchase"]), targets, max_size=3
                ),
                "naming": st.sampled_from(["current", "legacy", "as_given"]),
                "event_id": st.sampled_from(["derive", "derive", "require"]),
                "value": st.sampled_from(value_rules),
                "app_events": st.booleans(),
            },
        )
    )
    if chosen:
        mapping["preset"] = chosen
    else:
        mapping["fields"] = {"event_time": "timestamp", "user.email": "properties.email"} | mapping.get(
            "fields", {}
        )
    if chosen == "datalyr":
        mapping["attribution_window_days"] = draw(st.integers(1, 365))
    if event_sources != ["offline"] and draw(st.booleans()):
        mapping["custom_events"] = draw(st.sampled_from([True, ["X"]]))
    return {"name": "random", "settings": settings_, "mapping": mapping}


cases = configs().flatmap(lambda config: st.tuples(st.just(config), bodies_for(config)))


def compiled(config):
    """The plan, or None where preset and random parts contradict each other."""
    try:
        return compile_plan(config)
    except ConfigError:
        return None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases)
def test_any_record_under_any_configuration_is_accounted_for(case):
    config, given_bodies = case
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
            head = json.loads(plan.envelope(entry.batch_key, [entry.body]))
            assert head["data"] == [event]
            assert ("test_event_code" in head) == entry.test
            source = head["event_source"]
            assert head["event_source_id"] in IDS[source].values()
            assert event.get("event_id") == (None if source == "app" else entry.event_id)
            assert entry.repeatable == (source != "app")
            assert {
                target for target in held_by(event) if source not in fields()[target].event_sources
            } == set()


def held_by(event):
    """The fields of an event, beside its frame."""
    parts = {name: held for name, held in event.items() if name not in ("event", "event_time", "event_id")}
    return {
        f"{part}.{name}" if name else part
        for part, held in parts.items()
        for name in (held if isinstance(held, dict) else [""])
    }


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


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(configs(), bodies)
def test_identify_never_raises_and_hands_out_nobody_in_plain_text(config, body):
    plan = compiled(config)
    for identifier in plan.identify(Record(1, body)) if plan else ():
        assert identifier.kind in fields()
        if fields()[identifier.kind].hashed:
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
