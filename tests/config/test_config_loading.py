"""Loading: one file in, frozen settings out, or everything that is wrong with it."""

from types import MappingProxyType

import pytest
from configs import HEAD, OFFLINE, TOKEN, WEB, faults_of, loaded

from plugin_spec import ConfigFault, ContractError, Credential, DuplicateDestinationError

EXAMPLE = """\
version: 1
destination: tiktok
name: shop-web
credential:
  access_token: ${TOKEN}                  # or ${file:PATH}
settings:
  advertiser_id: "7012345678901234567"    # for account look-ups and reports
  event_source: web
  pixel_code: C0PIXELCODE00000001A
mapping:
  preset: segment
  rename: {visitor_agent: user.user_agent}
  fields:
    user.email: [properties.email, context.traits.email]
    user.ttclid: [{query: ttclid, of: context.page.url, same_site_as: context.page.referrer}]
    user.phone: null
    properties.description: {const: Web shop}
    properties.value: {from: properties.total, transform: number}
  events:
    Product Clicked: null
    Order Completed: Purchase
    Lead Created:
      - {event: Lead, value: 12.5, currency: EUR}
      - {event: Subscribe, when: {path: properties.plan, in: [pro, team]}}
"""


def test_a_full_example_becomes_settings(tmp_path):
    config = loaded(tmp_path, EXAMPLE)
    assert (config.version, config.destination, config.name, config.enabled) == (
        1,
        "tiktok",
        "shop-web",
        True,
    )
    assert config.path == tmp_path / "shop.yaml"
    assert config.credential == Credential("shop-web", TOKEN)
    assert config.warnings == ()
    assert dict(config.plugin) == {
        "name": "shop-web",
        "settings": {
            "advertiser_id": "7012345678901234567",
            "event_source": "web",
            "pixel_code": "C0PIXELCODE00000001A",
            "time_zone": "UTC",
            "event_window_days": 28,
        },
        "mapping": {
            "preset": "segment",
            "rename": {"visitor_agent": "user.user_agent"},
            "fields": {
                "user.email": ("properties.email", "context.traits.email"),
                "user.ttclid": (
                    {"query": "ttclid", "of": "context.page.url", "same_site_as": "context.page.referrer"},
                ),
                "user.phone": None,
                "properties.description": {"const": "Web shop"},
                "properties.value": {"from": "properties.total", "transform": "number"},
            },
            "events": {
                "Product Clicked": None,
                "Order Completed": "Purchase",
                "Lead Created": (
                    {"event": "Lead", "value": 12.5, "currency": "EUR"},
                    {"event": "Subscribe", "when": {"path": "properties.plan", "in": ("pro", "team")}},
                ),
            },
            "event_id": "derive",
        },
    }


DELIVERY = {"keep_records": False, "retention_days": 30}


def test_defaults_stand_where_nothing_is_written(tmp_path):
    config = loaded(tmp_path, OFFLINE)
    assert config.delivery == {**DELIVERY, "patience_s": 900, "in_flight": 4}
    assert config.enabled is True
    assert config.plugin["mapping"] == {"event_id": "derive"}
    assert config.plugin["settings"]["time_zone"] == "UTC"
    assert "pixel_code" not in config.plugin["settings"]


def test_what_is_written_stands_before_any_default(tmp_path):
    text = WEB.replace("}\n", ", event_window_days: 7, time_zone: Europe/Berlin}\n").replace(
        '{access_token: "${TOKEN}", event_window_days: 7, time_zone: Europe/Berlin}',
        '{access_token: "${TOKEN}"}',
    )
    config = loaded(
        tmp_path, text + "delivery: {patience_s: 0.5}\nenabled: false\nmapping: {event_id: require}\n"
    )
    assert config.delivery == {**DELIVERY, "patience_s": 0.5, "in_flight": 4}
    assert config.enabled is False
    assert config.plugin["settings"]["event_window_days"] == 7
    assert config.plugin["settings"]["time_zone"] == "Europe/Berlin"
    assert config.plugin["mapping"]["event_id"] == "require"


def test_settings_are_read_only_all_the_way_down(tmp_path):
    config = loaded(tmp_path, EXAMPLE)

    def check(value):
        assert isinstance(value, MappingProxyType | tuple | str | int | float | bool | None)
        for member in (
            value.values()
            if isinstance(value, MappingProxyType)
            else value
            if isinstance(value, tuple)
            else ()
        ):
            check(member)

    check(config.plugin)
    check(config.delivery)
    with pytest.raises(TypeError):
        config.plugin["mapping"]["fields"]["user.email"] = "x"


def test_two_loads_share_nothing_that_could_change(tmp_path):
    first, second = loaded(tmp_path, EXAMPLE), loaded(tmp_path, EXAMPLE)
    assert first.plugin == second.plugin
    assert first.plugin["mapping"] is not second.plugin["mapping"]


def test_an_unknown_destination_is_a_fault_at_its_line_beside_the_others(tmp_path):
    lines = faults_of(tmp_path, WEB.replace("tiktok", "tictac").replace("name: shop-web", "name: Shop"))
    assert lines[0].startswith("shop.yaml:2:14: destination: no destination of this name is installed.")
    assert lines[1].startswith("shop.yaml:3:7: name: ")
    assert len(lines) == 2


def test_a_plugin_that_cannot_be_loaded_is_not_the_operators_fault(tmp_path):
    def broken(_name):
        raise DuplicateDestinationError("two distributions")

    with pytest.raises(DuplicateDestinationError):
        loaded(tmp_path, WEB, plugin_schema=broken)


TOY_SCHEMA = {
    "type": "object",
    "properties": {
        "settings": {
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": {"type": "string", "description": "Where to post."},
                "key": {"type": "string", "x-secret": True},
                "retries": {"type": "integer", "default": 3},
            },
            "additionalProperties": False,
        },
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["settings"],
    "additionalProperties": False,
}


def toy(_name):
    return TOY_SCHEMA


def test_another_destination_brings_its_own_keys_defaults_and_secrets(tmp_path):
    text = HEAD + "settings: {url: 'http://x', key: '${KEY}'}\ntags: [a]\n"
    config = loaded(tmp_path, text, environ={"TOKEN": TOKEN, "KEY": "k"}, plugin_schema=toy)
    assert config.plugin == {
        "name": "shop-web",
        "settings": {"url": "http://x", "key": "k", "retries": 3},
        "tags": ("a",),
    }


def test_the_keys_of_one_destination_are_unknown_to_another(tmp_path):
    lines = faults_of(tmp_path, WEB + "tags: [1]\n")
    assert [line.split(":")[3].strip() for line in lines] == ["tags"]
    lines = faults_of(tmp_path, HEAD + "settings: {}\ntags: [1]\n", plugin_schema=toy)
    assert ["settings.url" in lines[0], "tags[0]" in lines[1]] == [True, True]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nothing"},
        {"properties": {"credential": {}}},
        {"properties": {"settings": {"$ref": "settings.json"}}},
        {"properties": {"settings": {"$ref": "#/$defs/settings"}}},
    ],
)
def test_a_plugin_whose_schema_is_none_breaks_the_contract(tmp_path, schema):
    with pytest.raises(ContractError, match="schema"):
        loaded(tmp_path, WEB, plugin_schema=lambda _name: schema)


def test_faults_that_the_plugin_finds_later_get_their_lines(tmp_path):
    config = loaded(tmp_path, EXAMPLE)
    lines = config.locate(
        [
            ConfigFault(("mapping", "events", "Lead Created", 1, "event"), "is Lead's twin", "Remove one"),
            ConfigFault(("mapping", "fields", "user.phone"), "is odd"),
            ConfigFault(("settings", "link_url"), "is needed", "Write link_url: https://…"),
        ]
    )
    assert [line.removeprefix(f"{tmp_path}/shop.yaml:") for line in lines] == [
        "6:1: settings.link_url: is needed. Write link_url: https://….",
        '16:17: mapping.fields."user.phone": is odd.',
        '24:17: mapping.events."Lead Created"[1].event: is Lead\'s twin. Remove one.',
    ]
