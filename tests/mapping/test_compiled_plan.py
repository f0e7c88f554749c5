"""Two engines, one truth: generated code gives what the interpreter gives, whatever the rules and the records."""

import json
import sys

import msgspec
import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plugin_spec import Compiled, ConfigError, OverlayValue, Prepared, Record
from tests.fuzz.bench import NOW as SAMPLES_NOW
from tests.fuzz.samples import destination, samples
from tests.mapping.making import NOW, config, entries, plan, track
from tests.mapping.test_properties import cases
from tiktok_destination.mapping.compiling.quick import SHORTCUTS, reader
from tiktok_destination.mapping.interpreted_plan import InterpretedPlan
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.normalise import normalise
from tiktok_destination.mapping.plan import compile_plan

SAMPLES = samples(destination())


def both(the_plan, records, now=NOW):
    interpreted = InterpretedPlan(the_plan.rulebook)
    return list(the_plan.prepare(records, now)), list(interpreted.prepare(records, now))


def as_json(body):
    return body if isinstance(body, bytes) else json.dumps(body).encode()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases, st.booleans())
def test_random_records_under_random_rules_become_equal_entries(case, written):
    config, bodies = case
    try:
        the_plan = compile_plan(config)
    except ConfigError:
        return
    records = [Record(at, as_json(body) if written else body) for at, body in enumerate(bodies, 1)]
    compiled, interpreted = both(the_plan, records)
    assert compiled == interpreted


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
@pytest.mark.parametrize("form", [dict, msgspec.json.encode], ids=["object", "JSON"])
def test_every_sample_becomes_equal_entries(sample, form):
    records = [Record(at, form(record)) for at, record in enumerate(sample.records, 1)]
    compiled, interpreted = both(sample.plan, records, SAMPLES_NOW)
    assert compiled == interpreted


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_the_samples_are_made_by_code_and_not_by_the_interpreter(sample, monkeypatch):
    walked = []
    whole = Interpreter.entries

    def watched(self, unit, now, *, trace=False):
        walked.append(unit)
        return whole(self, unit, now, trace=trace)

    records = [Record(at, msgspec.json.encode(record)) for at, record in enumerate(sample.records, 1)]
    monkeypatch.setattr(Interpreter, "entries", watched)
    made = list(sample.plan.prepare(records, SAMPLES_NOW))
    assert any(isinstance(entry, Prepared) for entry in made)
    assert len(walked) <= len(records) / 5


@pytest.mark.parametrize(
    "body",
    [
        {**track(), "properties": []},
        {**track(), "context": "elsewhere"},
        track(properties={"products": {"product_id": "p-1"}}),
        track(properties={"products": ["p-1", {"product_id": "p-2"}]}),
        track(properties={"products": [], "product_id": "p-1", "price": "7.50", "quantity": "2"}),
        track(properties={"value": "12.00", "currency": "XXX", "products": [{"price": 1, "quantity": 1.0}]}),
        track(properties={"email": ["a@example.com", "b@example.com"], "phone": "", "content_ids": "x"}),
        track(name="", properties={}),
        track(name="Order Completed", messageId="", timestamp="20260101T000000+0100"),
        track(context={"page": {"url": "https://shop.example/?ttclid=a%20b"}}),
        track(context={"externalId": [{"type": "tiktokExternalId", "id": "x-1"}]}),
        {**track(), "type": "identify"},
    ],
)
def test_what_is_not_of_the_common_shape_becomes_equal_entries(body):
    the_plan = plan(settings={"default_currency": "EUR", "default_region": "US"})
    compiled, interpreted = both(the_plan, [Record(1, body), Record(2, as_json(body))])
    assert compiled == interpreted


@pytest.mark.parametrize(
    "unread",
    [
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"1e999",
        b"-1E+400",
        b"12e0309",
        b"9" * 400 + b".5",
        b"9" * 5_000,
        b"NaN",
        b'"\\ud800"',
        b"[" * 255 + b"]" * 255,
        b"[" * 256 + b"]" * 256,
        b"[" * 600 + b"]" * 600,
        b'{"a":' * 300 + b"1" + b"}" * 300,
        b"[" + b"{}," * 300 + b"[]]",
        b"[" + b"[]," * 300 + b"{}]",
    ],
)
def test_what_no_rule_reads_is_judged_alike(unread):
    body = b'{"unread":' + unread + b"," + as_json(track())[1:]
    compiled, interpreted = both(plan(), [Record(1, body)])
    assert compiled == interpreted


@pytest.mark.parametrize(
    "text",
    [
        "7",
        "007",
        "0.10",
        "1.50",
        "2.00",
        "1.",
        ".5",
        "1.x",
        "1.5.2",
        "1e3",
        "+1",
        "1_0",
        "1._0",
        " 1 ",
        "٣",
        "1.٣",
        "²",
    ]
    + [ones for count in (15, 16) for ones in ("1" * count, "0." + "1" * count)],
)
def test_amounts_in_texts_become_equal_entries(text):
    items = [{"product_id": "p-1", "price": text, "quantity": text}]
    body = track(properties={"value": text, "currency": "EUR", "products": items})
    compiled, interpreted = both(plan(), [Record(1, body)])
    assert compiled == interpreted


@pytest.mark.parametrize("number", [b"1e999", b"-1E+400", b"9" * 400 + b".5"])
def test_a_number_that_no_float_holds_costs_its_field_alone(number):
    body = as_json(track(properties={"value": 0, "email": "a@example.com", "currency": "USD"}))
    written = body.replace(b'"value": 0', b'"value": ' + number).replace(
        b"{", b'{"unread":' + number + b",", 1
    )
    compiled, interpreted = both(plan(), [Record(1, written)])
    assert compiled == interpreted
    (entry,) = compiled
    assert isinstance(entry, Prepared)
    assert {(note.code, note.path) for note in entry.notes} >= {("not_a_number", "properties.value")}
    assert "value" not in json.loads(entry.body)["properties"]


def test_what_a_host_adds_is_in_the_event():
    overlay = {"user.email": OverlayValue("a@example.com", "identity")}
    compiled, interpreted = both(plan(), [Record(1, track(), overlay), Record(2, as_json(track()))])
    assert compiled == interpreted
    assert json.loads(compiled[0].body)["user"].keys() > json.loads(compiled[1].body)["user"].keys()


WORDS = [
    "",
    " ",
    "0",
    "000-0",
    "null",
    "N/A",
    "a",
    "Ä",
    "ß",
    "O'Neil",
    "Anna Maria",
    "İ",
    "ΑΣ-Β",
    "ΑΣ'Β",
    "d41d8cd98f00b204e9800998ecf8427e",
]


@pytest.mark.parametrize("kind", sorted(SHORTCUTS))
@settings(max_examples=300, deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [*WORDS, "a" * 64, "f" * 32, "__CLICKID__", "10.0.0.1", "8.8.8.8", "100.64.0.1", "CA", "12345"]
        ),
        st.emails(),
        st.ip_addresses(v=4).map(str),
        st.from_regex(r"\A[hH]ttps?://[\x20-\x7e]{1,20}\Z"),
        st.from_regex(r"\A[ ]?[A-Za-z0-9' -]{1,40}[ ]?\Z"),
    ),
    region=st.sampled_from([None, "US", "DE"]),
)
def test_a_quick_reader_gives_what_the_reader_gives_or_nothing(kind, text, region):
    quick = reader(kind)(text, region)
    assert quick is None or quick == normalise(kind, text, region).value


@pytest.mark.parametrize("region", [None, "US", "GB", "IT"])
def test_a_phone_is_read_quickly_only_where_the_library_agrees(region):
    phone, read = reader("phone"), 0
    for calling_code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        example = phonenumbers.example_number(regions[0]) if regions[0] != "001" else None
        own = str(example.national_number) if example else "912345678"
        for number in (own, f"0{own}", own[:-1], f"{own}1", f"1{own}", f"8{own}", f"({own[:2]}) {own[2:]}-"):
            quick = phone(f"+{calling_code}{number}", region)
            read += quick is not None
            assert quick is None or quick == normalise("phone", f"+{calling_code}{number}", region).value
    assert read > 250


@pytest.mark.parametrize(
    "prefixed", ["{prefix}{own}", "({prefix}{first}) {rest}", " {prefix}{own}-", "{prefix}0{own}"]
)
def test_a_phone_as_it_is_written_in_its_country_is_read_quickly_only_where_the_library_agrees(prefixed):
    quick, read = reader("phone"), 0
    kinds = phonenumbers.PhoneNumberType
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in (kinds.FIXED_LINE, kinds.MOBILE, kinds.TOLL_FREE):
            example = phonenumbers.example_number_for_type(region, kind)
            own = str(example.national_number) if example else "912345678"
            for digits in (own, own[:-1], f"{own}1", own[::-1], f"{44}{own}"):
                for prefix in ("0", "1", "8", "06"):
                    text = prefixed.format(prefix=prefix, own=digits, first=digits[:2], rest=digits[2:])
                    digest = quick(text, region)
                    read += digest is not None
                    assert digest is None or digest == normalise("phone", text, region).value
    assert read > 400 or "0{own}" in prefixed
    assert quick("07700 900123", None) is None


def test_the_code_can_be_read_and_names_no_value_of_a_record():
    the_plan = plan()
    assert isinstance(the_plan, Compiled)
    before = the_plan.source()
    entries(the_plan, track(properties={"email": "canary@example.com"}))
    assert the_plan.source() == before
    assert "def web_entries(" in before
    assert "canary" not in before


def test_the_type_holds_what_the_rules_read_and_nothing_else():
    mapping = {"fields": {"event_time": "at", "user.email": "who.mail", "event": "what"}}
    the_plan = compile_plan({**config(preset=None), "mapping": mapping})
    (who,) = (field for field in msgspec.structs.fields(the_plan.input_type) if field.encode_name == "who")
    assert {"at", "what", "who"} <= {f.encode_name for f in msgspec.structs.fields(the_plan.input_type)}
    assert "properties" not in {f.encode_name for f in msgspec.structs.fields(the_plan.input_type)}
    assert [f.encode_name for f in msgspec.structs.fields(who.type.__args__[0])] == ["mail"]


def test_no_code_is_made_before_records_come():
    frames = []
    sys.setprofile(lambda frame, _event, _arg: frames.append(frame.f_code.co_name))
    try:
        the_plan = plan()
        the_plan.overview()
    finally:
        sys.setprofile(None)
    assert "_compile" not in frames


def test_a_record_of_which_no_event_is_made_is_a_test_event_by_its_own_code():
    the_plan = compile_plan(
        {
            "name": "shop",
            "settings": {"event_source": "web", "pixel_code": "C0PIXELCODE00000001A"},
            "mapping": {"preset": "segment", "fields": {"test_event_code": "properties.code"}},
        }
    )
    bodies = [
        {"type": "track", "event": "Nobody's", "properties": {"code": "TEST12345"}},
        {"type": "track", "event": "Nobody's"},
    ]
    compiled, interpreted = both(the_plan, [Record(at, body) for at, body in enumerate(bodies, 1)])
    assert compiled == interpreted
    assert [entry.test for entry in compiled] == [True, False]


@pytest.mark.parametrize("levels", [128, 254, 255, 256, 257, 300])
@pytest.mark.parametrize(
    "openers",
    [["["], ['{"a":'], ["[", '{"a":'], [*"[[[[", '{"a":'], ["[", *['{"a":'] * 4]],
    ids=["lists", "objects", "both", "mostly lists", "mostly objects"],
)
@pytest.mark.parametrize("others", ["", "[]{}", "[]{}" * 70], ids=["none", "few", "many"])
def test_nested_bodies_become_equal_entries(levels, openers, others):
    chain = [openers[at % len(openers)] for at in range(levels)]
    closing = "".join("]" if opener == "[" else "}" for opener in reversed(chain))
    head = f'{{"x":{"".join(chain)}1{closing},"y":"{others}",'
    body = head + '"event":"Order Completed","userId":"kim-1234567","timestamp":"2026-01-01T00:00:00Z"}'
    compiled, interpreted = both(plan(), [Record(1, body.encode())])
    assert compiled == interpreted
    assert isinstance(compiled[0], Prepared) is (levels < 256)


@pytest.mark.parametrize(
    "fields",
    [{"event": None}, {"user.ttp": "\x00"}, {"user.ttp": "a\\b"}],
    ids=["no path for the name", "a control character", "a backslash"],
)
@pytest.mark.parametrize("preset", ["segment", "ga4", "amperity"])
def test_rules_of_any_paths_become_equal_entries(preset, fields):
    given = {
        "name": "t",
        "settings": {"event_source": "web", "pixel_code": "C0PIXELCODE00000001A"},
        "mapping": {"preset": preset, "fields": fields},
    }
    body = b'{"event": "Purchase", "user_id": "kim", "timestamp": "2026-11-20T10:00:00Z"}'
    compiled, interpreted = both(compile_plan(given), [Record(1, body)])
    assert compiled == interpreted
