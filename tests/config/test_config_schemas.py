"""The schemas: valid, joined, and speaking for themselves."""

import json

import phonenumbers
import pytest
from configs import TOKEN
from jsonschema import Draft202012Validator

import config_schemas
from tiktok_destination.catalog import places
from tiktok_destination.config import destination_schema, plugin_part
from tiktok_destination.config.keywords import FORMATS, KEYWORDS
from tiktok_destination.config.structure import Structure

FILES = (
    "credential",
    "destination",
    "mapping",
    "settings.common",
    "settings.offline",
    "settings.web",
    "tiktok",
)
JOINED = {"destination": destination_schema(), "tiktok": plugin_part()}


def parts(schema, path="#"):
    """Every part of a schema, with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, part in schema.items():
            if key not in ("examples", "const", "enum", "default", "x-also-called", "x-hints"):
                yield from parts(part, f"{path}/{key}")
    elif isinstance(schema, list):
        for index, part in enumerate(schema):
            yield from parts(part, f"{path}/{index}")


def properties(schema):
    return [
        (f"{path}/{key}", part)
        for path, holder in parts(schema)
        if isinstance(holder.get("properties"), dict)
        and not path.endswith(("/properties", "/if", "settings"))
        for key, part in holder["properties"].items()
    ]


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_a_schema_of_draft_2020_12(name):
    schema = config_schemas.load(name)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", JOINED)
def test_a_joined_schema_refers_to_nothing_outside_itself(name):
    Draft202012Validator.check_schema(JOINED[name])
    references = [part["$ref"] for _, part in parts(JOINED[name]) if "$ref" in part]
    definitions = JOINED[name].get("$defs", {})
    assert all(reference.removeprefix("#/$defs/") in definitions for reference in references)


@pytest.mark.parametrize("name", JOINED)
def test_every_property_says_what_it_is_and_shows_examples(name):
    listed = properties(JOINED[name])
    assert len(listed) > 5
    silent = [
        path
        for path, part in listed
        if not all(part.get(annotation) for annotation in ("title", "description", "examples"))
    ]
    assert silent == []


@pytest.mark.parametrize("name", JOINED)
def test_every_example_is_itself_allowed(name):
    schema = JOINED[name]
    judge = KEYWORDS(schema, format_checker=FORMATS)
    for path, part in parts(schema):
        if part.get("not") == {}:
            continue  # a key that must not be there
        for example in part.get("examples", ()):
            assert judge.evolve(schema=part).is_valid(example), path


@pytest.mark.parametrize("name", JOINED)
def test_every_closed_section_lists_its_keys(name):
    for path, part in parts(JOINED[name]):
        if (
            part.get("type") == "object"
            and "properties" in part
            and "x-discriminator" not in part
            and "if" not in path
        ):
            assert part.get("additionalProperties") is False, path


@pytest.mark.parametrize("name", JOINED)
def test_words_of_others_lead_to_a_known_key_or_value_or_to_a_sentence(name):
    for path, part in parts(JOINED[name]):
        known = {*part.get("properties", {}), *map(str, part.get("enum", ()))}
        for word, answer in part.get("x-also-called", {}).items():
            assert answer in known or " " in answer, (path, word)
            assert word not in known, (path, word)


def test_an_unknown_schema_is_not_found():
    with pytest.raises(FileNotFoundError):
        config_schemas.load("nothing")


def test_the_currencies_are_those_of_the_catalogue():
    settings = config_schemas.load("settings.common")["properties"]
    assert set(settings["default_currency"]["enum"]) == places.currencies()


def test_every_region_has_a_numbering_plan():
    settings = config_schemas.load("settings.common")["properties"]
    assert set(settings["default_region"]["enum"]) <= phonenumbers.SUPPORTED_REGIONS


def test_no_example_holds_a_token():
    assert TOKEN not in json.dumps(JOINED)
    _, written_out = JOINED["destination"]["properties"]["credential"]["oneOf"]
    assert all(example.startswith("${") for example in written_out["properties"]["access_token"]["examples"])


def test_a_condition_may_stand_in_a_condition():
    condition = {"all": [{"any": [{"not": {"path": "a", "exists": True}}]}]}
    data = {"mapping": {"events": {"A": {"event": "Lead", "when": condition}}}}
    paths = [place.path for place in Structure(plugin_part()).places(data)]
    assert ("all", 0, "any", 0, "not", "path") in [path[-6:] for path in paths]
