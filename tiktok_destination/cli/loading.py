"""A configuration file becomes a checked configuration, its destination, and its plan. Every fault is a line for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from plugin_spec import (
    ConfigError,
    ConfigFault,
    Credential,
    Destination,
    DestinationManager,
    Overview,
    Plan,
    PluginLoadError,
    Sender,
    Services,
)
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.test_mode import TEST_MODE
from tiktok_destination.config import LoadedConfig, load, render
from tiktok_destination.credentials import (
    KEY_VARIABLE,
    CredentialStore,
    CredentialStoreError,
    data_folder,
)
from tiktok_destination.redaction import printable


@dataclass(frozen=True)
class Loaded:
    """What every command works with."""

    config: LoadedConfig
    """Its warnings are those of the plan as well."""
    destination: Destination
    manager: DestinationManager
    plan: Plan
    overview: Overview

    def warnings(self) -> tuple[str, ...]:
        """What is odd, each with its place in the file: found by the schemas, and by the plan."""
        return (*self.config.warnings, *self.config.locate(self.overview.warnings))

    def open_sender(self, services: Services) -> Sender:
        """A sender for this configuration. Raises CommandFailedError."""
        try:
            return self.destination.open(self.config.plugin, self.config.credential, services)
        except ConfigError as error:
            raise CommandFailedError(
                [line for fault in error.faults for line in self._place(fault, services.environ)]
            ) from error

    def _place(self, fault: ConfigFault, environ: Mapping[str, str]) -> Sequence[str]:
        """What is wrong with the surroundings stands in no line of the file."""
        if len(fault.path) == 1 and fault.path[0] in environ:
            return [
                printable(
                    f"environment variable {fault.path[0]}: {fault.problem.rstrip('.')}. {fault.remedy.rstrip('.')}."
                )
            ]
        return self.config.locate([fault])


def load_config(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read, check and compile. Raises CommandFailedError with every fault that was found."""
    manager = DestinationManager()
    try:
        config = load(
            path,
            environ=environ,
            plugin_schema=lambda name: manager.load(name).config_schema(),
            credentials=stored_credentials(path, environ),
        )
        destination = manager.load(config.destination)
    except ConfigError as error:
        raise CommandFailedError(render(path, None, error.faults)) from error
    except (PluginLoadError, CredentialStoreError) as error:
        raise CommandFailedError([printable(str(error))]) from error
    try:
        plan = destination.compile(config.plugin)
    except ConfigError as error:
        raise CommandFailedError(config.locate(error.faults)) from error
    return Loaded(config, destination, manager, plan, plan.overview())


def stored_credentials(path: Path, environ: Mapping[str, str]) -> Callable[[str], Credential | None]:
    """Looks credentials up in the store beside a configuration file. What it gives raises CredentialStoreError."""
    store = CredentialStore(data_folder(path.parent, environ), environ.get(KEY_VARIABLE))

    def look_up(name: str) -> Credential | None:
        stored = store.get(name)
        return stored.credential if stored else None

    return look_up


def warn(loaded: Loaded) -> None:
    """Say on stderr what is odd about a configuration that can be used all the same, and that it is in test mode."""
    if loaded.overview.test_mode:
        click.echo(TEST_MODE, err=True)
    for warning in loaded.warnings():
        click.echo(f"warning: {warning}", err=True)
