"""A configuration file becomes a checked configuration, its destination, and its plan. Every fault is a line for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import click

from plugin_spec import ConfigError, Destination, DestinationManager, Plan, PluginLoadError, Sender, Services
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.config import LoadedConfig, load, render
from tiktok_destination.redaction import printable

_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Loaded:
    """What every command works with."""

    config: LoadedConfig
    destination: Destination
    manager: DestinationManager
    plan: Plan

    def open_sender(self, services: Services) -> Sender:
        """A sender for this configuration. Raises CommandFailedError."""
        return _located(
            self.config,
            lambda: self.destination.open(self.config.plugin, self.config.credential, services),
        )


class _AnyCredential(Mapping[str, str]):
    """An environment in which no variable is unset: for commands that only map, and need no credential."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        return self._environ.get(name) or "not-needed"

    def __iter__(self) -> Iterator[str]:
        return iter(self._environ)

    def __len__(self) -> int:
        return len(self._environ)


def load_config(path: Path, environ: Mapping[str, str], *, credential_needed: bool = True) -> Loaded:
    """Read, check and compile. Raises CommandFailedError with every fault that was found."""
    environ = environ if credential_needed else _AnyCredential(environ)
    manager = DestinationManager()
    try:
        config = load(path, environ=environ, plugin_schema=lambda name: manager.load(name).config_schema())
        destination = manager.load(config.destination)
    except ConfigError as error:
        raise CommandFailedError(render(path, None, error.faults)) from error
    except PluginLoadError as error:
        raise CommandFailedError([printable(str(error))]) from error
    plan = _located(config, lambda: destination.compile(config.plugin))
    return Loaded(config, destination, manager, plan)


def warn(config: LoadedConfig) -> None:
    """Say on stderr what is odd about a configuration that can be used all the same."""
    for warning in config.warnings:
        click.echo(f"warning: {warning}", err=True)


def _located(config: LoadedConfig, make: Callable[[], _Made]) -> _Made:
    try:
        return make()
    except ConfigError as error:
        raise CommandFailedError(config.locate(error.faults)) from error
