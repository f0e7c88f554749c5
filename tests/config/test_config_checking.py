"""Checking: every fault at once, each at its place, in words that lead to the right line."""

from pathlib import Path

import pytest
from configs import HEAD, OFFLINE, WEB, faults_of, loaded

from tiktok_destination.config import document
from tiktok_destination.config.checking import check

SETTINGS = "settings:\n  event_source: {source}\n  {key}: {value}\n"


def settings(source, key, value="x"):
    return HEAD + SETTINGS.format(source=source, key=key, value=value)


@pytest.mark.parametrize(
    ("source", "written", "right"),
    [
        ("web", "Pixel ID", "pixel_code"),
        ("web", "pixelId", "pixel_code"),
        ("web", "pixelCode", "pixel_code"),
        ("web", "pixel-code", "pixel_code"),
        ("web", "pixel", "pixel_code"),
        ("web", "pixle_code", "pixel_code"),
        ("web", "Event source ID", "pixel_code"),
        ("web", "Advertiser ID", "advertiser_id"),
        ("web", "Ad account ID", "advertiser_id"),
        ("web", "Fixed event name", "event_name"),
        ("web", "timezone", "time_zone"),
        ("offline", "Event source ID", "event_set_id"),
        ("offline", "Event Set ID", "event_set_id"),
        ("offline", "Offline ID", "event_set_id"),
        ("offline", "Offline Event Set ID", "event_set_id"),
        ("offline", "Event set name", "event_set_name"),
        ("offline", "Auto tracking?", "auto_tracking"),
    ],
)
def test_the_words_of_other_programs_lead_to_the_right_key(tmp_path, source, written, right):
    lines = faults_of(tmp_path, settings(source, written))
    assert any(
        line.startswith("shop.yaml:7:3: ") and line.endswith(f"Did you mean {right}?") for line in lines
    )
    assert not any(f"settings.{right}: is missing" in line for line in lines)


@pytest.mark.parametrize(
    ("source", "key", "sentence"),
    [
        ("web", "auto_tracking", "It belongs to event_source: offline"),
        ("web", "Auto tracking?", "It belongs to event_source: offline"),
        ("web", "event_set_name", "It belongs to event_source: offline"),
        ("web", "event_set_id", "For web write pixel_code"),
        ("offline", "pixel_code", "For offline write event_set_id"),
        ("offline", "Pixel ID", "For offline write event_set_id"),
        ("offline", "link_url", "It belongs to event_source: web"),
        ("web", "access_token", "It belongs under credential"),
        ("web", "Refresh token", "long-lived access token"),
        ("web", "Limited data use", "limited_data_use: {const: true}"),
    ],
)
def test_a_key_of_another_place_is_told_where_it_belongs(tmp_path, source, key, sentence):
    lines = faults_of(tmp_path, settings(source, key))
    assert any(line.startswith("shop.yaml:7:3: settings.") and sentence in line for line in lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("event_source: Website", "Did you mean web?"),
        ("event_source: WEB", "Did you mean web?"),
        ("event_source: store", "Did you mean offline?"),
        ("event_source: ofline", "Did you mean offline?"),
        ("event_source: mobile app", "Did you mean app?"),
        ("event_source: space", "is not one of web, app, offline, crm, auto. Where the events took place"),
        ("event_source: 1", "is a number, not text. Where the events took place"),
        ("default_currency: usd", "Did you mean USD?"),
        ("default_currency: XAU", "One of the 62 that TikTok supports"),
        ("default_region: UK", "Did you mean GB?"),
        ("default_region: USA", "Did you mean US?"),
        ("time_zone: Europe/Belin", "is not the name of a time zone. Did you mean Europe/Berlin?"),
        ("time_zone: europe/berlin ", "is not the name of a time zone. Did you mean Europe/Berlin?"),
        ("time_zone: Berlin", "Did you mean Europe/Berlin?"),
        ("time_zone: New York", "Did you mean America/New_York?"),
        ("time_zone: CEST", "is not the name of a time zone. The IANA name"),
        ("time_zone: ../../etc/passwd", 'For example: time_zone: "Europe/Berlin".'),
        ("event_window_days: 0", "is less than 1"),
        ("event_window_days: 366", "is more than 365"),
        ("event_window_days: 28.0", "is a number, not a whole number"),
        ('event_window_days: "28"', "is text, not a whole number. Write a number without quotes"),
        ("link_url: shop.example", 'For example: link_url: "https://shop.example/".'),
        ('link_url: "https://shop.example/\\n"', "does not have the form that is needed"),
        ("pixel_code: 71000000000000000107", 'Write it in quotes: "71000000000000000107".'),
        ("pixel_code:", "has no value. The pixel that receives the events: Events Manager"),
        ('pixel_code: ""', "is empty. The pixel that receives the events"),
        ("advertiser_id: 7012345678901234567", 'Write it in quotes: "7012345678901234567".'),
        ("advertiser_id: act-7", "Ads Manager shows it in the drop-down at the top right"),
        ("event_name: ${NAME}", "${…} is read in credentials alone, not here. Write the value itself."),
        ("colour: red", "is not known here. Known here: event_source, pixel_code, advertiser_id"),
    ],
)  # fmt: skip
def test_an_unfit_setting_is_told_what_to_write(tmp_path, line, expected):
    entries = {"event_source": "event_source: web", "pixel_code": "pixel_code: C0PIXELCODE00000001A"}
    entries[line.split(":")[0]] = line
    lines = faults_of(tmp_path, HEAD + "settings:\n" + "".join(f"  {entry}\n" for entry in entries.values()))
    key = line.split(":", maxsplit=1)[0]
    row = 6 + list(entries).index(key)
    (found,) = [it for it in lines if it.split(": ")[1] == f"settings.{key}"]
    assert expected in found
    assert found.startswith(f"shop.yaml:{row}:")


@pytest.mark.parametrize(
    ("mapping", "place", "expected"),
    [
        ("{preset: Segments}", "mapping.preset", "Did you mean segment?"),
        ("{preset: hubspot}", "mapping.preset", "is not one of amperity, apphud, appsprint, appstack"),
        ("{naming: old}", "mapping.naming", "Did you mean legacy?"),
        ("{field: {}}", "mapping.field", "Did you mean fields?"),
        ("{rename: {a: 1}}", "mapping.rename.a", "is a number, not text"),
        ("{fields: {user.email: []}}", 'mapping.fields."user.email"', "is an empty list"),
        ("{fields: {user.email: [null]}}", 'mapping.fields."user.email"[0]', "is null, not text or a section"),
        ("{fields: {user.email: 5}}", 'mapping.fields."user.email"', "is a number, not text or null or a list"),
        ("{fields: {user.email: }}", 'mapping.fields."user.email"', "has no value. Write null if that is meant"),
        ("{fields: {a: {form: x}}}", "mapping.fields.a.form", "Did you mean from?"),
        ("{fields: {a: {transform: lower}}}", "mapping.fields.a", "needs one of const, from, query"),
        ("{fields: {a: {from: x, transform: lowercase}}}", "mapping.fields.a.transform", "Did you mean lower?"),
        ("{fields: {a: {const: x, from: y}}}", "mapping.fields.a.from", "is not known here. Known here: const."),
        ("{fields: {a: {const: null}}}", "mapping.fields.a.const", "is null, not text or a number"),
        ("{fields: {a: {const: [[x]]}}}", "mapping.fields.a.const[0]", "is a list, not text or a number"),
        ("{fields: {a: {query: ttclid}}}", "mapping.fields.a.of", "is missing. The path of the address."),
        ("{events: {A: off}}", "mapping.events.A", "to switch the event off write null"),
        ("{events: {A: No}}", "mapping.events.A", "to switch the event off write null"),
        ("{events: {A: 5}}", "mapping.events.A", "is a number, not true or false or text or null"),
        ("{events: {A: }}", "mapping.events.A", "has no value. Write null if that is meant"),
        ("{events: {A: []}}", "mapping.events.A", "is an empty list"),
        ("{events: {A: {name: Lead}}}", "mapping.events.A.name", "Did you mean event?"),
        ("{events: {A: {value: 1}}}", "mapping.events.A.event", "is missing. TikTok's name for the event."),
        ("{events: {A: [{event: Lead, value: 12€}]}}", "mapping.events.A[0].value", "is text, not a number"),
        ("{events: {A: {event: Lead, value: -1}}}", "mapping.events.A.value", "is less than 0"),
        ("{events: {A: {event: Lead, currency: eur}}}", "mapping.events.A.currency", "Did you mean EUR?"),
        ("{events: {A: {event: Lead, when: yes}}}", "mapping.events.A.when", "is text, not a section of keys"),
        ("{events: {A: {event: Lead, when: {}}}}", "mapping.events.A.when", "needs one of path, all, any, not"),
        ("{events: {A: {event: Lead, when: {path: a}}}}", "mapping.events.A.when", "needs one of exists, equals, in"),
        ("{events: {A: {event: Lead, when: {path: a, gt: 1, lt: 2}}}}", "mapping.events.A.when", "holds gt and lt together. Join them with all: [{path: …, gt: …}, {path: …, lt: …}]."),
        ("{events: {A: {event: Lead, when: {path: a, gt: x}}}}", "mapping.events.A.when.gt", "is text, not a number"),
        ("{events: {A: {event: Lead, when: {not: {any: [{path: a, is: b}]}}}}}", "mapping.events.A.when.not.any[0].is", "Did you mean equals?"),
        ("{custom_events: yes}", "mapping.custom_events", "Write true"),
        ("{custom_events: false}", "mapping.custom_events", "Write true"),
        ("{custom_events: [a, a]}", "mapping.custom_events", "holds the same item twice"),
        ("[]", "mapping", "is a list, not a section of keys"),
    ],
)  # fmt: skip
def test_an_unfit_mapping_is_told_what_to_write(tmp_path, mapping, place, expected):
    (line,) = faults_of(tmp_path, f"{WEB}mapping: {mapping}\n")
    where, what = line.split(": ", 1)
    assert where.startswith("shop.yaml:6:")
    assert what.startswith(f"{place}: ")
    assert expected in what


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        ("version: 2", "version", "is not the value that stands here. Write 1."),
        ('version: "1"', "version", "is text, not a whole number"),
        ("name: Shop Web", "name", "lower-case letters, digits, - and _"),
        ('name: "shop\\n"', "name", "does not have the form that is needed"),
        ("destination: 5", "destination", "is a number, not text"),
        ("enabled: no", "enabled", "Write false."),
        ("delivery: {patience_s: 0}", "delivery.patience_s", "is not more than 0"),
        ("delivery: {in_flight: true}", "delivery.in_flight", "is true, not a whole number"),
        ("delivery: {in_flight: 17}", "delivery.in_flight", "is more than 16"),
        ("delivery: {timeout: 5}", "delivery.timeout", "Did you mean patience_s?"),
        ("reports: {}", "reports", "credential, reporting_credential, delivery, settings, mapping."),
        ("maping: {}", "maping", "Did you mean mapping?"),
        ("pixel_code: x", "pixel_code", "It belongs under settings"),
        ("plugin: tiktok", "plugin", "destination stands here already: remove one of the two"),
    ],
)
def test_an_unfit_key_of_the_host_is_told_what_to_write(tmp_path, line, place, expected):
    key = line.split(":", maxsplit=1)[0]
    kept = [row for row in WEB.splitlines() if not row.startswith(f"{key}:")]
    lines = faults_of(tmp_path, "\n".join([*kept, line]) + "\n")
    assert [it for it in lines if it.split(": ")[1] == place and expected in it], lines


def test_what_is_missing_is_named_at_the_key_above(tmp_path):
    lines = faults_of(tmp_path, "destination: tiktok\nsettings:\n  event_source: web\n")
    assert [line.split(" is missing. ")[0] for line in lines] == [
        "shop.yaml:1:1: version:",
        "shop.yaml:1:1: name:",
        "shop.yaml:1:1: credential:",
        "shop.yaml:2:1: settings.pixel_code:",
    ]
    assert 'For example: pixel_code: "C0PIXELCODE00000001A".' in lines[3]


def test_all_faults_come_at_once_in_the_order_of_the_file(tmp_path):
    text = """\
version: 2
destination: tiktok
name: Shop
credential: {access_token: "0123456789abcdef"}
delivery: {in_flight: 0}
settings:
  event_source: Website
  pixel_code: 71
  auto_tracking: true
mapping:
  events: {A: &x Lead, A: Lead}
  event_id: maybe
"""
    lines = faults_of(tmp_path, text)
    assert [int(line.split(":")[1]) for line in lines] == [1, 3, 4, 5, 7, 8, 9, 11, 11, 12]


def test_a_section_with_broken_yaml_does_not_hide_faults_elsewhere(tmp_path):
    lines = faults_of(tmp_path, OFFLINE + "mapping: {preset: *x, naming: odd}\n")
    assert len(lines) == 2
    assert "an alias" in lines[0]
    assert "mapping.naming" in lines[1]


def test_event_set_id_and_event_set_ids_exclude_each_other(tmp_path):
    both = HEAD + 'settings: {event_source: offline, event_set_id: "7", event_set_ids: ["8"]}\n'
    neither = HEAD + "settings: {event_source: offline}\n"
    assert "holds event_set_id and event_set_ids together. Keep one" in faults_of(tmp_path, both)[0]
    assert "needs one of event_set_id, event_set_ids" in faults_of(tmp_path, neither)[0]


def test_an_event_source_that_is_missing_is_asked_for_even_where_the_keys_tell_it(tmp_path):
    for rest in ("{}", "{pixel_code: C0PIXELCODE00000001A}", '{event_set_ids: ["7400000000000000001"]}'):
        (line,) = faults_of(tmp_path, f"{HEAD}settings: {rest}\n")
        assert "settings.event_source: is missing. Where the events took place: web for a website" in line


def test_what_the_keys_tell_of_the_event_source_finds_further_faults(tmp_path):
    lines = faults_of(tmp_path, f"{HEAD}settings: {{event_set_ids: [7400000000000000001]}}\n")
    assert [line.split(": ")[1] for line in lines] == ["settings.event_source", "settings.event_set_ids[0]"]


def test_a_misspelt_section_is_not_missing_as_well(tmp_path):
    (line,) = faults_of(tmp_path, WEB.replace("settings:", "setings:"))
    assert line == "shop.yaml:5:1: setings: is not known here. Did you mean settings?"


def test_of_several_faults_of_one_value_its_type_counts():
    read = document.parse("a: 1\n", Path("x.yaml"))
    for schema in ({"enum": ["b"], "type": "string"}, {"type": "string", "enum": ["b"]}):
        (fault,) = check({"properties": {"a": schema}}, read.data, read).faults
        assert fault.problem == "is a number, not text"


def test_custom_events_are_for_web_alone(tmp_path):
    (line,) = faults_of(tmp_path, OFFLINE + "mapping: {custom_events: true}\n")
    assert "mapping.custom_events: cannot stand beside the other keys" in line
    assert faults_of(tmp_path, WEB + "mapping: {custom_events: [QuizFinished]}\n") == []


def test_the_numeric_id_of_a_pixel_is_a_fault(tmp_path):
    text = f"{HEAD}settings: {{event_source: web, pixel_code: '7100000000000000010'}}\n"
    (line,) = faults_of(tmp_path, text)
    assert "that is the pixel's numeric id: copy the 20-character one" in line


@pytest.mark.parametrize(
    ("settings_text", "expected"),
    [
        ("event_source: web, pixel_code: c0pixelcode00000001a", "20 upper-case letters and digits as a rule"),
        ("event_source: offline, event_set_id: '74'", "19 digits as a rule"),
        ("event_source: offline, event_set_id: C0PIXELCODE00000001A", "that looks like a pixel code"),
        ("event_source: offline, event_set_ids: [C0PIXELCODE00000001A]", "that looks like a pixel code"),
    ],
)
def test_an_id_of_an_unusual_form_is_a_warning_and_no_fault(tmp_path, settings_text, expected):
    (warning,) = loaded(tmp_path, f"{HEAD}settings: {{{settings_text}}}\n").warnings
    assert warning.startswith(f"{tmp_path}/shop.yaml:5:")
    assert expected in warning
