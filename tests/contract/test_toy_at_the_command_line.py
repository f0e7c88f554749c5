"""A destination of which the command line knows nothing: init, validate, fields and about work for it as well."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tiktok_destination.cli.app import tiktok_destination


@pytest.fixture
def run(toy_on_path: Path) -> Callable[..., Result]:
    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(
            tiktok_destination, [str(each) for each in arguments], env={"TIKTOK_ACCESS_TOKEN": "canary-token-84"}
        )  # fmt: skip

    return invoke


@pytest.fixture
def begun(run: Callable[..., Result], tmp_path: Path) -> Path:
    path = tmp_path / "toy.yaml"
    result = run("init", "--destination", "toy", "--output", path)
    assert result.exit_code == 0, result.output
    return path


def test_init_writes_what_its_schema_asks_for(begun: Path) -> None:
    text = begun.read_text(encoding="utf-8")
    assert text.startswith("# Toy. Posts named things to an address on this machine.\n")
    assert (
        "\nsettings:\n  # Address – Where events are posted.\n  url: http://127.0.0.1:8080/  # REPLACE"
        in text
    )
    assert '\n# mapping:\n#   # Prefix – Stands before every name.\n#   prefix: ""  # the default\n' in text
    assert "event source" not in text
    assert "preset" not in text


def test_what_init_wrote_is_good(run: Callable[..., Result], begun: Path) -> None:
    result = run("validate", begun)
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "good. shop-web sends to Toy." in result.stdout
    assert "- The receiver has to run on this machine." in result.stdout


def test_its_fields_are_listed_without_a_word_about_rules_that_it_has_not(
    run: Callable[..., Result], begun: Path
) -> None:
    text = run("fields", begun).stdout
    assert [line.split() for line in text.splitlines()[1:3]] == [
        ["name", "→", "name", "toy"],
        ["id", "→", "id", "toy"],
    ]
    assert "2 paths fill 2 fields" in text
    assert "mapping.fields" not in text


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--preset", "segment"], "toy has no preset to choose. Leave --preset out."),
        (["--event-source", "thing"], "toy has no event source to choose. Leave --event-source out."),
    ],
)
def test_init_refuses_a_choice_that_it_does_not_offer(
    run: Callable[..., Result], option: list[str], said: str
) -> None:
    result = run("init", "--destination", "toy", *option)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{said}\n")


def test_about_lists_every_destination_also_those_that_cannot_be_used(run: Callable[..., Result]) -> None:
    lines = [line.split(None, 1) for line in run("about").stdout.splitlines()]
    assert ["tiktok", "TikTok Events API"] in lines
    assert ["toy", "Toy"] in lines
    [why] = [rest[0] for name, *rest in filter(None, lines) if name == "missing_hook"]
    assert why.startswith("cannot be used: ")


def test_about_tells_what_it_can_do(run: Callable[..., Result]) -> None:
    text = " ".join(run("about", "toy").stdout.split())
    assert "at most 100 events and 65,536 bytes copies are recognised for 1 hour capabilities none" in text
    assert "presets none" in text


def test_about_speaks_json_of_all_of_them(run: Callable[..., Result]) -> None:
    result = run("about", "--json")
    by_name = {each["name"]: each for each in json.loads(result.stdout)["destinations"]}
    assert by_name["toy"]["event_sources"] == ["thing"]
    assert "fault" in by_name["about_raises"]
    assert "canary" not in result.output


def test_a_destination_that_cannot_be_loaded_is_no_bug_of_this_program(run: Callable[..., Result]) -> None:
    for arguments in (["about", "about_raises"], ["init", "--destination", "about_raises"]):
        result = run(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "destination 'about_raises'" in result.stderr
