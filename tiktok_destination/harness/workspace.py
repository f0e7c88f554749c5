"""The workspace: a folder whose YAML files are the destinations, and a data folder with what must not stand in a file.

Files are found by listing the folder and comparing names; no path is ever made of what a request says.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from plugin_spec import (
    ConfigError,
    ContractError,
    Destination,
    DestinationManager,
    DestinationNotFoundError,
    PluginLoadError,
)
from tiktok_destination.config import document as documents
from tiktok_destination.credentials import KEY_VARIABLE, CredentialStore, data_folder
from tiktok_destination.harness.destination_files import DestinationFile, read_destination
from tiktok_destination.redaction import printable

SUFFIXES: Final = frozenset({".yaml", ".yml"})


@dataclass(frozen=True)
class Installed:
    """A destination that is installed: the plugin, or why it cannot be used."""

    name: str
    destination: Destination | None
    fault: str = ""


class Workspace:
    """One folder. Plugins are looked for once, at the start: one that is installed later needs a new start."""

    def __init__(self, folder: Path, environ: Mapping[str, str], manager: DestinationManager) -> None:
        self.folder = folder
        self.data = data_folder(folder, environ)
        self.environ = environ
        self.manager = manager
        self.store = CredentialStore(self.data, environ.get(KEY_VARIABLE))
        self.changing = threading.RLock()
        """Held by whoever changes files of the workspace."""
        self.installed, self.installed_fault = _installed(manager)
        self._plugins = {one.name: one for one in self.installed}
        self._credential_listeners: list[Callable[[str], None]] = []
        self._file_listeners: list[Callable[[str], None]] = []

    def files(self) -> tuple[str, ...]:
        """The names of the configuration files, in alphabetical order."""
        try:
            found = [one.name for one in self.folder.iterdir() if one.suffix in SUFFIXES and one.is_file()]
        except OSError:
            return ()
        return tuple(sorted(name for name in found if not name.startswith(".") and _is_text(name)))

    def destinations(self) -> tuple[DestinationFile, ...]:
        """All of them, faulty ones too."""
        return tuple(self._read(file) for file in self.files())

    def destination(self, file: str) -> DestinationFile | None:
        """The one in the file of this name, or None."""
        return self._read(file) if file in self.files() else None

    def named(self, name: str) -> tuple[str, ...]:
        """The files whose destination has this name."""
        return tuple(file for file in self.files() if _name_in(self.folder / file) == name)

    def plugin(self, name: str) -> Destination:
        """The installed destination of this name. Raises PluginLoadError."""
        found = self._plugins.get(name)
        if found is None:
            raise DestinationNotFoundError("no destination of this name is installed")
        if found.destination is None:
            raise ContractError(found.fault)
        return found.destination

    def when_credential_changes(self, listener: Callable[[str], None]) -> None:
        """`listener` hears the name of each credential that was replaced, pasted or granted."""
        self._credential_listeners.append(listener)

    def credential_changed(self, name: str) -> None:
        """Tell those who wait for this credential that it is a new one."""
        for listener in self._credential_listeners:
            listener(name)

    def when_file_changes(self, listener: Callable[[str], None]) -> None:
        """`listener` hears the name of each configuration file that was written from here."""
        self._file_listeners.append(listener)

    def file_changed(self, file: str) -> None:
        """Tell those who work by this configuration that it is another now."""
        for listener in self._file_listeners:
            listener(file)

    def _read(self, file: str) -> DestinationFile:
        return read_destination(
            self.folder / file, environ=self.environ, store=self.store, plugin=self.plugin
        )


def _is_text(name: str) -> bool:
    """False for bytes that are no UTF-8: no address and no page can hold them."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def _name_in(path: Path) -> Any:
    try:
        return documents.read(path).data.get("name")
    except ConfigError:
        return None


def _installed(manager: DestinationManager) -> tuple[tuple[Installed, ...], str]:
    """What is installed, and what is wrong with all of it together."""
    try:
        names = manager.names()
    except PluginLoadError as error:
        return (), printable(str(error))
    return tuple(_load(manager, name) for name in names), ""


def _load(manager: DestinationManager, name: str) -> Installed:
    try:
        return Installed(name, manager.load(name))
    except PluginLoadError as error:
        return Installed(name, None, printable(str(error)))
