"""Installs the distributions of `tests/plugins` once, as pip would, and lends them to one test at a time."""

from __future__ import annotations

import fcntl
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("kit")

PLUGINS = Path(__file__).parents[1] / "plugins"
SETS = {"with_toy": ("toy", "bad"), "with_twin": ("bad/twin",)}


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The directory that holds one `--target` directory for each of `SETS`; all workers of a run share it."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "distributions"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            for name, sources in SETS.items():
                _install(shared / name, sources)
            (shared / "ready").touch()
    return shared


@pytest.fixture
def toy_on_path(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The toy and the bad destinations can be found and imported; nothing of them is left behind."""
    yield from _on_path(installed / "with_toy", monkeypatch)


def _on_path(target: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(target))
    yield target
    monkeypatch.undo()
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None) or "").startswith(str(target)):
            del sys.modules[name]
    importlib.invalidate_caches()


def _install(target: Path, sources: tuple[str, ...]) -> None:
    offline = ["--no-index", "--no-build-isolation", "--no-deps", "--disable-pip-version-check", "--quiet"]
    directories = [str(PLUGINS / source) for source in sources]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), *directories]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
