"""The sample configurations: each is good, and its sample input comes to what the file beside it says.

After a change that is meant, write an outcomes file again with the command that `_command` shows.
"""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

import sample_configs
from tiktok_destination.cli.app import tiktok_destination
from tiktok_destination.mapping.presets import preset_names

FOLDER = Path(sample_configs.__file__).parent
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
NOW = "2026-11-20T12:00:00Z"
"""The sample events lie in the weeks before this moment."""


def _input(name):
    [path] = [path for suffix in (".csv", ".ndjson") if (path := FOLDER / f"{name}{suffix}").exists()]
    return path


def _command(name):
    source = f"sample_configs/{_input(name).name}"
    return f"tiktok-destination preview sample_configs/{name}.yaml {source} --now {NOW} > sample_configs/{name}.outcomes.ndjson"


def _run(*arguments):
    return CliRunner().invoke(
        tiktok_destination,
        [str(argument) for argument in arguments],
        env={"TIKTOK_ACCESS_TOKEN": "sample-token"},
    )


def test_there_is_a_minimal_one_and_one_for_each_idea():
    assert {"minimal", "segment-web", "segment-offline", "segment-app", "segment-crm", "segment-auto"} < set(
        CONFIGS
    )
    assert {"events-and-conditions", "test-mode", "travel-and-vehicles"} < set(CONFIGS)


def test_every_preset_has_a_sample():
    shown = [yaml.safe_load((FOLDER / f"{name}.yaml").read_bytes())["mapping"]["preset"] for name in CONFIGS]
    assert set(shown) == set(preset_names())


@pytest.mark.parametrize("name", CONFIGS)
def test_a_sample_configuration_is_good_and_without_warnings(name):
    result = _run("validate", FOLDER / f"{name}.yaml", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert report["good"]
    assert report["warnings"] == []
    assert report["name"] == name


@pytest.mark.parametrize("name", CONFIGS)
def test_sample_input_comes_to_the_outcomes_beside_it(name):
    result = _run("preview", FOLDER / f"{name}.yaml", _input(name), "--now", NOW)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    expected = [json.loads(line) for line in (FOLDER / f"{name}.outcomes.ndjson").read_bytes().splitlines()]
    assert found == expected, _command(name)


@pytest.mark.parametrize("name", CONFIGS)
def test_sample_input_shows_something_that_is_sent(name):
    outcomes = (FOLDER / f"{name}.outcomes.ndjson").read_text(encoding="utf-8")
    assert '"code":"preview"' in outcomes


@pytest.mark.parametrize("name", sorted(set(CONFIGS) - {"minimal"}))
def test_sample_input_shows_something_that_is_not_sent_too(name):
    lines = (FOLDER / f"{name}.outcomes.ndjson").read_bytes().splitlines()
    assert {json.loads(line)["outcome"] for line in lines} & {"rejected", "filtered"}
