"""init: a configuration to start from, for every preset and event source."""

import json
import re

import pytest

from plugin_spec import EventLine
from tiktok_destination.cli.starting_events import event_lines
from tiktok_destination.config.schemas import destination_schema, plugin_part
from tiktok_destination.mapping.presets import preset, preset_names

SOURCES = ("web", "app", "offline", "crm")
PAIRS = [(name, source) for name in preset_names() for source in preset(name)["event_sources"]] + [
    (name, "auto") for name in preset_names() if "otherwise" in preset(name)
]
REFUSED = [
    (name, source)
    for name in preset_names()
    for source in (*SOURCES, "auto")
    if (name, source) not in {*PAIRS, ("apphud", "auto"), ("appsprint", "auto")}
]


@pytest.fixture
def begin(run, tmp_path):
    """Writes a configuration and validates it; the text and the report."""

    def write(*arguments):
        path = tmp_path / "begun.yaml"
        path.unlink(missing_ok=True)
        begun = run("init", *arguments, "--output", path)
        assert begun.exit_code == 0, begun.output
        return path.read_text(encoding="utf-8"), validated(path)

    def validated(path):
        result = run("validate", path, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def rewrite(text):
        path = tmp_path / "changed.yaml"
        path.write_text(text, encoding="utf-8")
        return run("validate", path, "--json")

    write.again = rewrite
    return write


@pytest.mark.parametrize(("name", "source"), PAIRS)
def test_what_is_written_is_good_for_every_preset_and_event_source_that_it_serves(begin, name, source):
    text, report = begin("--preset", name, "--event-source", source)
    assert report["good"]
    kept_off = source in preset(name).get("kept_off", {})
    assert bool(report["warnings"]) == kept_off, report["warnings"]
    assert f"  preset: {name}\n" in text
    assert f"  event_source: {source}\n" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(("name", "source"), REFUSED)
def test_an_event_source_that_the_preset_does_not_serve_is_refused_in_one_line(run, name, source):
    result = run("init", "--preset", name, "--event-source", source)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert name in result.stderr


@pytest.mark.parametrize("name", preset_names())
def test_without_an_event_source_the_first_that_the_preset_serves_is_taken(begin, name):
    text, _ = begin("--preset", name)
    assert f"  event_source: {preset(name)['event_sources'][0]}\n" in text


def with_the_events(text):
    """The configuration with its commented `events` made real."""
    block = re.search(r"^  # events:\n(?:  # .*\n)+", text, re.MULTILINE)
    return text.replace(block.group(), re.sub(r"^  # ", "  ", block.group(), flags=re.MULTILINE))


def what_becomes(report):
    return {(line["record"], line["event_source"], line["event"]) for line in report["events"]}


@pytest.mark.parametrize(
    ("name", "source"), [pair for pair in PAIRS if pair not in {("appstack", "app"), ("amperity", "web"), ("amperity", "offline")}]
)  # fmt: skip
def test_the_events_in_the_comment_are_those_of_the_preset(begin, name, source):
    text, report = begin("--preset", name, "--event-source", source)
    result = begin.again(with_the_events(text))
    assert result.exit_code == 0, result.output
    changed = json.loads(result.stdout)
    assert {line["origin"] for line in changed["events"] if line["event"]} == {"config"}
    assert what_becomes(changed) == what_becomes(report)


def test_an_event_that_is_off_says_what_it_would_be_and_can_be_switched_on(begin):
    text, report = begin("--preset", "appsprint")
    assert "\n  #   # view_content: true  # off by default: ViewContent\n" in text
    assert "\n  #   # login: null\n" in text
    changed = with_the_events(text).replace("  # search: true  # off by default: Search", "  search: true")
    now = what_becomes(json.loads(begin.again(changed).stdout))
    assert now - what_becomes(report) == {("search", "web", "Search")}


def test_a_long_remark_stands_before_its_line_and_one_name_of_several_events_tells_them_all():
    long = "It goes out under a condition that takes more words than there is room for behind it."
    events = [
        EventLine("Signed Up", "web", "CompleteRegistration", remark=long),
        EventLine("Signed In", "web", None, remark="Off."),
        EventLine("Signed In", "app", "Login"),
        EventLine("Opened", "web", "ViewContent"),
        EventLine("Opened", "app", "LaunchAPP"),
    ]
    assert list(event_lines(events, lambda _: None))[1:] == [
        f"# {long}",
        "Signed Up: CompleteRegistration",
        "Signed In: Login",
        "Opened: ViewContent  # app: LaunchAPP.",
    ]


def optional_keys(source):
    properties = {
        **destination_schema()["properties"],
        **plugin_part()["properties"]["mapping"]["properties"],
    }
    for alternative in plugin_part()["properties"]["settings"]["oneOf"]:
        if alternative["properties"]["event_source"]["const"] == source:
            properties.update(alternative["properties"])
    return set(properties) - {"settings", "mapping", "events", "delivery"}


@pytest.mark.parametrize(("name", "source"), [("segment", "web"), ("amperity", "offline")])
def test_every_optional_key_can_be_used_as_it_is_written(begin, name, source):
    text, _ = begin("--preset", name, "--event-source", source)
    tried = set()
    for line in text.splitlines():
        found = re.match(r" *# ([a-z_]+): .*  # (?:the default|for example)$", line)
        if found is None:
            continue
        tried.add(found[1])
        result = begin.again(text.replace(line, line.replace("# ", "", 1)))
        faults = [] if result.exit_code == 0 else json.loads(result.stdout)["faults"]
        assert faults == [] or found[1] in MORE_IS_NEEDED, faults
    expected = optional_keys(source) - {
        "version",
        "destination",
        "name",
        "credential",
        "reporting_credential",  # a section, whose one key is tried
        "event_source",
        "preset",
    }
    assert expected - tried - set(re.findall(r"^ *([a-z_]+): ", text, re.MULTILINE)) == NOT_OFFERED[source]


MORE_IS_NEEDED = {"attribution_window_days", "event_set_ids", "rename"}
"""A rule for when the click was; to take the place of another key; a field that offline events have as well."""
NOT_OFFERED = {"web": set(), "offline": {"custom_events"}}


def test_placeholders_are_marked_and_what_was_given_is_not(begin):
    text, report = begin("--preset", "segment", "--name", "my-shop")
    assert report["name"] == "my-shop"
    assert [line.split(":")[0].strip() for line in text.splitlines() if line.endswith("# REPLACE: a placeholder")] == ["pixel_code"]  # fmt: skip
    text, _ = begin("--preset", "segment")
    assert "\nname: shop-web  # REPLACE: a placeholder\n" in text


def test_every_key_stands_below_what_it_is(begin):
    text, _ = begin("--preset", "segment")
    lines = text.splitlines()
    for line, said in [
        ("  pixel_code: ", '  # ID" under its name, 20 upper-case letters and digits.'),
        (
            "  # time_zone: UTC  # the default",
            "  # Time zone – The IANA name of the time zone of times that come",
        ),
        ("  # default_region: US  # for example", "  # country code. Without it such numbers are left out."),
        ("#   patience_s: 900  # the default", "#   # What is undecided then stays pending."),
    ]:
        [at] = [number for number, each in enumerate(lines) if each.startswith(line)]
        assert lines[at - 1].startswith(said)


def test_the_file_goes_to_standard_output(run):
    result = run("init", "--preset", "segment")
    assert result.exit_code == 0
    assert result.stdout.startswith("# TikTok Events API.")
    assert result.stderr == ""


def test_an_existing_file_stays_as_it_is(run, tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text("precious\n", encoding="utf-8")
    result = run("init", "--preset", "segment", "--output", path)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "exists already" in result.stderr
    assert path.read_text(encoding="utf-8") == "precious\n"


def test_a_place_that_cannot_be_written_is_named_with_the_cause(run, tmp_path):
    result = run("init", "--preset", "segment", "--output", tmp_path / "none" / "shop.yaml")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "No such file or directory" in result.stderr


def test_a_written_file_is_told_with_what_to_do_next(run, tmp_path):
    path = tmp_path / "shop.yaml"
    result = run("init", "--preset", "segment", "--output", path)
    assert (
        f"written. Replace what is marked REPLACE (2), then: tiktok-destination validate {path}"
        in result.stdout
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--preset", "segmant"], "Did you mean segment? There are: amperity, apphud"),
        (["--preset", "google analytics"], "Did you mean ga4?"),
        (["--preset", "zzz"], "There is no preset zzz. There are: amperity"),
        (["--preset", "jane@shop.example"], "There is no preset (withheld)."),
        ([], "Choose a preset: --preset with one of amperity, apphud"),
        (["--preset", "segment", "--event-source", "website"], "Did you mean web? There are: web, app, offline, crm, auto."),
        (["--preset", "segment", "--name", "My Shop"], "--name cannot be used as it is. Your name for this destination"),
        (["--destination", "tictoc"], "no destination 'tictoc' is installed"),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_told_in_one_line_with_what_can(run, arguments, said):
    result = run("init", *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert said in result.stderr
