"""The contract is documented as it is: each hook by its exact signature, the toy and the kit by their own files."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugin_spec import hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
SHOWN_FILES = [
    "tests/plugins/toy/pyproject.toml",
    "tests/plugins/toy/toy_destination.py",
    "tests/contract/test_kit_on_toy.py",
]


def hooks() -> dict[str, Callable[..., Any]]:
    return {
        name: value
        for name, value in vars(hookspecs).items()
        if inspect.isfunction(value) and hasattr(value, f"{hookspecs.PROJECT}_spec")
    }


def signature(name: str) -> str:
    """`name(argument: Type) -> Type`, as a reader of the specification sees it."""
    return name + str(inspect.signature(hooks()[name])).replace("'", "")


def blocks(info: str) -> list[str]:
    return re.findall(rf"^```{re.escape(info)}\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_headings_are_the_hooks_with_their_signatures_in_order() -> None:
    headings = re.findall(r"^### `([a-z_]+\(.*)`$", PAGE, flags=re.MULTILINE)
    assert headings == [signature(name) for name in hooks()]


@pytest.mark.parametrize("name", hooks())
def test_a_hook_has_a_docstring_that_says_what_it_is_for_and_more(name: str) -> None:
    summary = (inspect.getdoc(hooks()[name]) or "").split("\n")[0]
    assert summary.endswith((".", "`."))
    assert len(summary) > 20


@pytest.mark.parametrize("name", [name for name in hooks() if name.startswith("destination_")])
def test_a_destination_hook_is_answered_by_one_plugin(name: str) -> None:
    assert getattr(hooks()[name], f"{hookspecs.PROJECT}_spec")["firstresult"] is True


def test_the_broadcast_collects_no_first_result() -> None:
    assert hookspecs.outcomes_observed.cdp_destination_spec["firstresult"] is False


@pytest.mark.parametrize("path", SHOWN_FILES)
def test_the_page_shows_the_file_as_it_is(path: str) -> None:
    language = {".py": "python", ".toml": "toml"}[Path(path).suffix]
    content = (ROOT / path).read_text(encoding="utf-8")
    assert content in blocks(language), f"copy {path} into docs/plugins.md again"


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.strip().splitlines()[0][:60])
def test_every_python_block_of_the_page_compiles(block: str) -> None:
    compile(block, "docs/plugins.md", "exec")


def test_the_example_of_use_runs_as_it_stands(toy_on_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = (
        block for block in blocks("python") if block.startswith("from plugin_spec import DestinationManager")
    )
    exec(compile(example, "docs/plugins.md", "exec"), {})
    shown = capsys.readouterr().out.splitlines()
    assert [line.split("(")[0] for line in shown] == ["Prepared", "Settled"]


def test_the_page_names_every_check_of_the_kit() -> None:
    kit = (Path(__file__).parent / "kit.py").read_text(encoding="utf-8")
    checks = re.findall(r"    def (test_\w+)\(", kit)
    assert [check for check in checks if f"`{check}`" not in PAGE] == []
