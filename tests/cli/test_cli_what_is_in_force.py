"""validate and fields say what a configuration does; about says what is installed."""

import json

import pytest

from plugin_spec import SPEC_VERSION, DestinationManager
from tiktok_destination import __version__
from tiktok_destination.cli.summary_text import TEST_MODE
from tiktok_destination.mapping.presets import preset_names


@pytest.fixture
def written(config):
    """The configuration of the other tests with further text: of the settings, of the mapping."""

    def write(
        mapping="", settings="", preset="segment", source="web", ids="pixel_code: C0PIXELCODE00000001A"
    ):
        path = config()
        text = path.read_text(encoding="utf-8")
        text = text.replace("  pixel_code: C0PIXELCODE00000001A\n", f"  {ids}\n{settings}")
        text = text.replace("event_source: web", f"event_source: {source}")
        path.write_text(text.replace("preset: segment", f"preset: {preset}") + mapping, encoding="utf-8")
        return path

    return write


OWN_EVENTS = """\
  events:
    Product Viewed: null
    Quote Requested: Lead
    Order Completed: {event: Purchase, when: {path: properties.total, gt: 0}}
"""


def test_validate_shows_which_name_becomes_which_event(run, written):
    lines = run("validate", written(OWN_EVENTS)).stdout.splitlines()
    table = lines[lines.index("Events, web") :]
    shown = {line.split("  ")[1]: line.split("→", 1)[1].split(None, 1) for line in table if "→" in line}
    assert shown["Signed Up"] == ["CompleteRegistration"]
    assert shown["Quote Requested"] == ["Lead", "From this file."]
    assert shown["Order Completed"] == ["Purchase", "From this file. Under a condition."]
    assert shown["Order Placed"] == ["PlaceAnOrder", "TikTok no longer offers this event for new campaigns."]
    assert "Product Viewed" not in shown


def test_validate_tells_what_is_not_sent_in_one_line_for_each_reason(run, written):
    lines = run("validate", written(OWN_EVENTS)).stdout.splitlines()
    off = lines[lines.index("  Not sent") + 1 :]
    assert off[0] == "    Product Viewed, Product Clicked: This event is switched off."
    assert off[1].startswith("    Signed In, Application Installed, Application Opened: ")
    assert max(map(len, off)) <= 110


def test_validate_shows_the_events_of_each_event_source(run, written):
    path = written(source="auto", settings='  tiktok_app_id: "7350000000000000003"\n')
    report = run("validate", path)
    lines = report.stdout.splitlines()
    web, app = lines.index("Events, web"), lines.index("Events, app")
    [in_web] = [line for line in lines[web:app] if line.startswith("  Signed Up ")]
    [in_app] = [line for line in lines[app:] if line.startswith("  Signed Up ")]
    assert in_web.endswith("→ CompleteRegistration")
    assert in_app.endswith("→ Registration")


def test_validate_says_what_the_pixel_has_to_send(run, written):
    text = " ".join(run("validate", written()).stdout.split())
    assert "the browser pixel sends the same event name and the same event id" in text
    assert "ID the value of properties.event_id, else properties.eventId, else messageId." in text


def test_a_name_that_may_be_personal_is_withheld_from_the_table(run, written):
    path = written("  events: {jane@shop.example came: Lead}\n")
    for result in (run("validate", path), run("validate", path, "--json")):
        assert "jane" not in result.output
        assert "(withheld)" in result.stdout


def test_test_mode_is_said_at_once(run, written):
    said = TEST_MODE
    assert said in run("validate", written(settings="  test_event_code: TEST12345\n")).stdout.splitlines()[1]
    assert "TEST MODE" not in run("validate", written()).output


def test_what_is_odd_about_the_mapping_is_a_warning_with_its_place(run, written, events):
    path = written(
        "  events: {view_content: true}\n", preset="appsprint", ids="pixel_code: c0pixelcode00000001a"
    )
    in_mapping = f"warning: {path}:14:26: mapping.events.view_content: every session is a ViewContent as well"
    for arguments in (["validate", path], ["fields", path], ["preview", path, events()]):
        result = run(*arguments)
        assert f"warning: {path}:11:15: settings.pixel_code: " in result.stderr
        assert in_mapping in result.stderr
        assert "warning" not in result.stdout
    assert len(json.loads(run("validate", path, "--json").stdout)["warnings"]) == 2


def test_what_is_only_worth_knowing_is_no_warning(run, written):
    result = run("validate", written(settings="  test_event_code: TEST12345\n"))
    assert result.stderr == ""


def test_validate_holds_all_of_it_in_json(run, written):
    report = json.loads(
        run("validate", written(OWN_EVENTS, settings="  test_event_code: T1\n"), "--json").stdout
    )
    assert report["test_mode"] is True
    assert report["remarks"][0].startswith("One conversion counts once")
    by_record = {line["record"]: line for line in report["events"]}
    assert by_record["Quote Requested"] == {
        "record": "Quote Requested",
        "event_source": "web",
        "event": "Lead",
        "origin": "config",
        "remark": "",
    }
    assert by_record["Product Viewed"]["event"] is None


def test_validate_says_nothing_of_events_where_no_name_has_a_rule(run, written):
    lines = run("validate", written(preset="amperity")).stdout.splitlines()
    assert not any("→" in line or line.startswith("Events, ") for line in lines)


def cells(line):
    return [cell for cell in (part.strip() for part in line.replace("→", " ").split("  ")) if cell]


def test_fields_prints_the_renaming_table_in_force(run, written):
    path = written("  fields: {user.email: properties.contact}\n  rename: {visitor_agent: user.user_agent}\n")
    rows = [cells(line) for line in run("fields", path).stdout.splitlines()]
    assert ["properties.contact", "user.email", "config"] in rows
    assert ["visitor_agent", "user.user_agent", "config"] in rows
    assert ["context.traits.phone", "user.phone", "preset segment"] in rows
    assert not any(row[1:2] == ["user.email"] and "preset segment" in row for row in rows)


def test_fields_says_where_a_rule_holds_for_some_event_sources_and_what_else_it_says(run, written):
    path = written(source="auto", settings='  tiktok_app_id: "7350000000000000003"\n')
    lines = [cells(line) for line in run("fields", path).stdout.splitlines()]
    [idfa] = [line for line in lines if line[1:2] == ["user.idfa"]]
    assert idfa == ["context.device.advertisingId", "user.idfa", "preset segment", "app · under a condition"]


def test_fields_is_aligned(run, written):
    lines = run("fields", written()).stdout.splitlines()
    arrows = {line.index("→") for line in lines if "→" in line}
    assert len(arrows) == 1


def test_fields_ends_with_how_many_and_how_to_change_one(run, written):
    path = written()
    table = [line for line in run("fields", path).stdout.splitlines() if "→" in line]
    end = " ".join(run("fields", path).stdout.split())
    assert f"{len(table)} paths fill {len({cells(line)[1] for line in table})} fields." in end
    assert "mapping.fields, for example {user.email: [properties.email, context.traits.email]}." in end


def test_fields_speaks_json(run, written):
    path = written("  fields: {user.email: properties.contact}\n")
    rows = json.loads(run("fields", path, "--json").stdout)
    assert {
        "source": "properties.contact",
        "target": "user.email",
        "origin": "config",
        "event_sources": [],
        "remark": "",
    } in rows
    assert len(rows) == sum("→" in line for line in run("fields", path).stdout.splitlines())


def test_fields_of_an_unusable_configuration_are_none(run, written):
    result = run("fields", written("  presett: segment\n"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mapping.presett" in result.stderr


def test_about_tells_what_the_one_installed_destination_can_do(run):
    text = " ".join(run("about").stdout.split())
    assert f"tiktok-destination {__version__}, contract version {SPEC_VERSION}" in text
    about = DestinationManager().load("tiktok").about
    assert f"{about.title} {about.description}" in text
    assert "event sources web, app, offline, crm" in text
    assert f"at most {about.max_events:,} events and {about.max_bytes:,} bytes" in text
    assert "copies are recognised for 48 hours" in text
    assert f"capabilities {', '.join(sorted(about.capabilities))}" in text
    assert f"presets {', '.join(preset_names())}" in text
    assert run("about", "tiktok").stdout == run("about").stdout


def test_about_speaks_json(run):
    report = json.loads(run("about", "tiktok", "--json").stdout)
    assert (report["version"], report["contract_version"]) == (__version__, SPEC_VERSION)
    [tiktok] = report["destinations"]
    assert tiktok["presets"] == list(preset_names())
    assert tiktok["repeat_window_s"] == DestinationManager().load("tiktok").about.repeat_window_s


def test_about_a_destination_that_is_not_installed_names_those_that_are(run):
    result = run("about", "tictoc")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no destination 'tictoc' is installed; installed: " in result.stderr
