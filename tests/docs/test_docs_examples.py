"""What the pages tell people to write and to run: it loads, it exists, and it leads somewhere."""

import re
from pathlib import Path
from textwrap import dedent

import click
import pytest

from tiktok_destination.cli.app import tiktok_destination
from tiktok_destination.cli.loading import load_config

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GUIDES = {"operators-guide.md", "migration.md"}
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
REFERENCE = TEXTS["reference.md"]

_FENCE = re.compile(r"^( *)```yaml\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_COMMAND_LINE = re.compile(r"tiktok-destination +([a-z][a-z-]*)([^`\n|>#]*)")
_KEY = re.compile(r"`(?:credential|delivery|settings|mapping)\.[a-z_]+")
_LINK = re.compile(r"\]\(([^)#\s]*)#([^)\s]+)\)")


def _configurations(text):
    blocks = [dedent(block[2]) for block in _FENCE.finditer(text)]
    return [block for block in blocks if re.search(r"^destination:", block, re.MULTILINE)]


def _command_lines():
    for name, text in TEXTS.items():
        for command in _COMMAND_LINE.finditer(text):
            yield name, command[1], command[2]


def _anchors(text):
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _codes_of_the_reference():
    return set(re.findall(r"^\| `([a-z0-9_]+)` \|", REFERENCE, re.MULTILINE))


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(config, id=f"{name}-{number}")
        for name, text in TEXTS.items()
        for number, config in enumerate(_configurations(text), 1)
    ],
)
def test_a_configuration_in_the_pages_can_be_used_as_it_stands(config, tmp_path):
    path = tmp_path / "page.yaml"
    path.write_text(config, encoding="utf-8")
    loaded = load_config(path, {"TIKTOK_ACCESS_TOKEN": "token-of-a-page"})
    assert loaded.config.warnings == ()
    assert loaded.plan.overview().warnings == ()


@pytest.mark.parametrize("name", sorted(GUIDES | {"README.md"}))
def test_the_readme_and_both_guides_show_configurations(name):
    assert _configurations(TEXTS[name])


def test_every_command_in_the_pages_exists_with_its_options():
    context = click.Context(tiktok_destination)
    known = set(tiktok_destination.list_commands(context))
    seen = set()
    for name, command, rest in _command_lines():
        assert command in known, f"{name} names the command {command}"
        seen.add(command)
        found = tiktok_destination.get_command(context, command)
        words = rest.split()
        if isinstance(found, click.Group) and words:
            assert words[0] in found.commands, f"{name} names the command {command} {words[0]}"
            found = found.commands[words[0]]
        has = {option for parameter in found.params for option in parameter.opts}
        options = set(re.findall(r"--[a-z-]+", rest))
        assert options <= has, f"{name} gives {command} an option that it does not have"
    assert known - {"about", "completion"} <= seen, "a command that no page tells of"


@pytest.mark.parametrize("name", sorted(GUIDES))
def test_every_key_that_a_guide_names_is_in_the_reference(name):
    keys = set(_KEY.findall(TEXTS[name]))
    assert keys
    assert {key for key in keys if not re.search(rf"{key}`", REFERENCE)} == set()


def test_every_code_that_is_looked_up_in_the_guide_is_in_the_reference():
    tables = TEXTS["operators-guide.md"].partition("\n## When something is wrong")[2]
    symptoms = re.findall(r"^\| ([^|]+) \|", tables, re.MULTILINE)
    codes = {code for cell in symptoms for code in re.findall(r"`([a-z0-9_]+)`", cell)} - {"refused"}
    assert len(codes) > 30
    assert codes <= _codes_of_the_reference()


def test_every_link_to_a_heading_finds_it():
    for page in PAGES:
        for target, anchor in _LINK.findall(TEXTS[page.name]):
            linked = TEXTS[Path(target).name] if target else TEXTS[page.name]
            assert anchor in _anchors(linked), f"{page.name} links to {target}#{anchor}"
