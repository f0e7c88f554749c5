"""How destinations are found, loaded and refused: with distributions that pip has really installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from plugin_spec import ContractError, DestinationManager, DestinationNotFoundError, PluginLoadError

CANARY = "canary-secret-5e1f"
TOY_CONFIG = {"settings": {"url": "http://127.0.0.1:8080/"}}

REFUSED = {
    "missing_hook": "implements no destination_open",
    "misspelt_hook": "unknown hook 'destination_colour'",
    "misspelt_argument": "'configuration'",
    "unmarked_hook": "implements no destination_compile",
    "default_argument": "destination_open has a parameter with a default value",
    "old_contract": "keeps contract version 0, this host keeps 1",
    "new_contract": "keeps contract version 2, this host keeps 1",
    "other_name": "leads to a destination that calls itself 'somebody_else'",
    "about_is_a_dict": "destination_about returned dict, not About",
    "about_is_nothing": "destination_about returned NoneType, not About",
    "about_raises": "destination_about raised RuntimeError",
    "import_raises": "cannot be imported: RuntimeError",
    "no_such_module": "cannot be imported: ModuleNotFoundError",
    "no_such_object": "cannot be imported: AttributeError",
}
"""Each bad destination, and what the message has to say beside its name."""


def in_a_new_process(program: str, *targets: Path) -> Any:
    """What `program` prints as JSON, where these directories can be imported from."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, targets))}
    command = [sys.executable, "-W", "error", "-c", "import json, sys\nimport plugin_spec as cdp\n" + program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_names_lists_what_is_installed_and_imports_nothing_of_it(installed: Path) -> None:
    program = """
        names = cdp.DestinationManager().names()
        loaded = [m for m in sys.modules if m.split(".")[0] in {"toy_destination", "tiktok_destination"}
                  or m.startswith("bad_destinations")]
        print(json.dumps([names, loaded]))
    """
    names, loaded = in_a_new_process(_flush(program), installed / "with_toy")
    assert set(names) >= {"toy", "tiktok", *REFUSED}
    assert names == sorted(names)
    assert loaded == []


def test_only_the_chosen_destination_is_imported(installed: Path) -> None:
    program = """
        toy = cdp.DestinationManager().load("toy")
        plan = toy.compile({"settings": {"url": "http://127.0.0.1:1/"}})
        (entry,) = plan.prepare([cdp.Record(1, b'{"name": "seen", "id": "1"}')], 0.0)
        others = [m for m in sys.modules if m.startswith(("bad_destinations", "tiktok_destination"))]
        print(json.dumps(["toy_destination" in sys.modules, entry.body.decode(), others]))
    """
    imported, body, others = in_a_new_process(_flush(program), installed / "with_toy")
    assert imported
    assert json.loads(body) == {"name": "seen", "id": "1"}
    assert others == []


def test_a_second_load_gives_the_same_destination(toy_on_path: Path) -> None:
    manager = DestinationManager()
    assert manager.load("toy") is manager.load("toy")


def test_an_unknown_name_is_refused_with_the_known_ones(toy_on_path: Path) -> None:
    with pytest.raises(
        DestinationNotFoundError, match=r"no destination 'tok' is installed; installed: .*toy"
    ):
        DestinationManager().load("tok")


@pytest.mark.parametrize("call", ["names()", "load('toy')", "load('tiktok')"])
def test_two_distributions_of_one_name_are_an_error_before_either_is_imported(
    installed: Path, call: str
) -> None:
    program = f"""
        try:
            cdp.DestinationManager().{call}
        except cdp.DuplicateDestinationError as error:
            print(json.dumps([str(error), [m for m in sys.modules if m.startswith("toy_")]]))
    """
    told, loaded = in_a_new_process(_flush(program), installed / "with_toy", installed / "with_twin")
    assert "'toy'" in told
    assert "toy-destination" in told
    assert "toy-twin" in told
    assert "uninstall one" in told
    assert loaded == []


def test_one_distribution_found_twice_is_no_duplicate(installed: Path) -> None:
    target = installed / "with_toy"
    program = "print(json.dumps(cdp.DestinationManager().load('toy').name))"
    assert in_a_new_process(program, target, target / ".." / target.name) == "toy"


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_destination_is_refused_by_name_and_without_its_secrets(toy_on_path: Path, name: str) -> None:
    with pytest.raises(ContractError) as refusal:
        DestinationManager().load(name)
    told = str(refusal.value)
    assert repr(name) in told
    assert REFUSED[name] in told
    assert CANARY not in told + repr(refusal.value)


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_destination_leaves_nothing_behind(toy_on_path: Path, name: str) -> None:
    manager = DestinationManager()
    refusals = []
    for _ in range(2):
        with pytest.raises(PluginLoadError) as refusal:
            manager.load(name)
        refusals.append(str(refusal.value))
    assert refusals[0] == refusals[1]
    assert manager.load("toy").compile(TOY_CONFIG) is not None


def test_each_of_two_loaded_destinations_answers_for_itself(toy_on_path: Path) -> None:
    manager = DestinationManager()
    toy = manager.load("toy")
    other = manager.register("other", _other_destination())
    assert toy.config_schema() != {"type": "object"}
    assert other.config_schema() == {"type": "object"}


def test_a_destination_loaded_last_answers_for_itself(toy_on_path: Path) -> None:
    manager = DestinationManager()
    other = manager.register("other", _other_destination())
    assert "properties" in manager.load("toy").config_schema()
    assert other.name == "other"


def test_a_listener_cannot_answer_for_a_destination(toy_on_path: Path) -> None:
    class Sneak:
        pass

    sneak = Sneak()
    sneak.destination_config_schema = _other_destination().destination_config_schema  # type: ignore[attr-defined]
    manager = DestinationManager()
    toy = manager.load("toy")
    manager.observe(sneak)
    assert "properties" in toy.config_schema()


def test_one_name_cannot_be_registered_twice(toy_on_path: Path) -> None:
    manager = DestinationManager()
    manager.register("other", _other_destination())
    with pytest.raises(PluginLoadError):
        manager.register("other", _other_destination())


def _other_destination() -> Any:
    """A second good destination: the part of the bad ones that keeps the contract."""
    import bad_destinations  # noqa: PLC0415 - can be imported only while `toy_on_path` is in force

    return bad_destinations._Kept("other")


def _flush(program: str) -> str:
    return "\n".join(line.removeprefix(" " * 8) for line in program.splitlines())
