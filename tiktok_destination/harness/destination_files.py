"""One configuration of a workspace, as far as it can be read: a page can be shown of any, however faulty it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from plugin_spec import ConfigError, ConfigFault, Destination, Overview, Plan, PluginLoadError
from tiktok_destination.config import LoadedConfig, load, render
from tiktok_destination.config import document as documents
from tiktok_destination.config.secrets import may_be_shown
from tiktok_destination.config.structure import DISCRIMINATOR
from tiktok_destination.credentials import CredentialStore, CredentialStoreError, StoredCredential
from tiktok_destination.harness.told import beside
from tiktok_destination.redaction import printable, shown_key

_REFERENCE: Final = "access_token"


@dataclass(frozen=True)
class CredentialState:
    """Where a configuration takes its credential from, and whether it is there. Holds no secret."""

    name: str | None = None
    """The stored credential that the file names."""
    stored: StoredCredential | None = None
    """What is known of that one; its secrets are left out."""
    reference: str | None = None
    """`${NAME}` or `${file:PATH}`, as the file has it."""
    ready: bool = False
    trouble: str = ""
    """Why it cannot be used: a sentence with what to do."""


@dataclass(frozen=True)
class DestinationFile:
    """One YAML file. `config` is None where it is faulty, `plan` where more than the credential is."""

    file: str
    """The file's name: the destination's address in this workspace."""
    path: Path
    data: Mapping[str, Any] = field(repr=False)
    """What the file says, as far as it is YAML."""
    destination: Destination | None
    """The plugin, where it is installed and sound."""
    config: LoadedConfig | None
    plugin_config: Mapping[str, Any] | None = field(repr=False)
    """What the plugin's hooks get. Also there where nothing but the credential is wrong."""
    plan: Plan | None
    overview: Overview
    credential: CredentialState
    faults: tuple[ConfigFault, ...]
    """All of them, each with its place where it has one."""
    problems: tuple[str, ...]
    """The faults as lines for people, without the file's folder; those of the credential tells `credential.trouble`."""
    warnings: tuple[str, ...]

    @property
    def name(self) -> str:
        """The destination's own name, or the file's where it has none."""
        said = self.data.get("name")
        return said if isinstance(said, str) and said else Path(self.file).stem

    @property
    def title(self) -> str:
        """The plugin's title, or the name that the file gives for it."""
        return self.destination.about.title if self.destination else self.plugin_name

    @property
    def plugin_name(self) -> str:
        said = self.data.get("destination")
        return shown_key(said) if isinstance(said, str) else ""

    @property
    def enabled(self) -> bool:
        return self.data.get("enabled") is not False

    @property
    def event_sources(self) -> tuple[str, ...]:
        """The one that the settings choose, or those of the plan's events; otherwise all that the plugin has."""
        if self.destination is None:
            return ()
        known = self.destination.about.event_sources
        chosen = _chosen(self.destination.config_schema(), self.data)
        if chosen in known:
            return (str(chosen),)
        return tuple(dict.fromkeys(line.event_source for line in self.overview.events)) or known

    def can(self, capability: str) -> bool:
        """True: the plugin declares it."""
        return self.destination is not None and capability in self.destination.about.capabilities


def read_destination(
    path: Path,
    *,
    environ: Mapping[str, str],
    store: CredentialStore,
    plugin: Callable[[str], Destination],
) -> DestinationFile:
    """Read one file. `plugin` gives the destination of a name, or raises PluginLoadError."""
    document = _document(path)
    data = document.data if document else {}
    destination, not_loaded = _plugin(data, plugin)

    def read(*, with_credentials: bool) -> LoadedConfig:
        return load(
            path,
            environ=environ,
            plugin_schema=lambda name: plugin(name).config_schema(),
            credentials=lambda name: stored.credential if (stored := store.get(name)) else None,
            with_credentials=with_credentials,
        )

    config: LoadedConfig | None = None
    plugin_config: Mapping[str, Any] | None = None
    plan: Plan | None = None
    overview = Overview()
    faults: tuple[ConfigFault, ...] = ()
    lines: tuple[str, ...] = ()
    not_opened = ""
    try:
        config = read(with_credentials=True)
        plugin_config = config.plugin
    except ConfigError as error:
        faults = error.faults
        beyond = [fault for fault in faults if fault.path[:1] != ("credential",)]
        lines = render(path, None, beyond)
        plugin_config = _without_credentials(read) if not beyond else None
    except CredentialStoreError as error:
        not_opened = printable(str(error))
        plugin_config = _without_credentials(read)
    except PluginLoadError:
        lines = (not_loaded,)
    if destination and plugin_config is not None:
        try:
            plan = destination.compile(plugin_config)
            overview = plan.overview()
        except ConfigError as error:
            faults = (*faults, *error.faults)
            lines = (*lines, *render(path, document, error.faults))
            config = None
    credential = _credential_state(data.get("credential"), store, faults)
    if not_opened:
        credential = replace(credential, ready=False, trouble=not_opened)
    warnings = (*config.warnings, *config.locate(overview.warnings)) if config else ()
    return DestinationFile(
        file=path.name,
        path=path,
        data=data,
        destination=destination,
        config=config,
        plugin_config=plugin_config,
        plan=plan,
        overview=overview,
        credential=credential,
        faults=faults,
        problems=tuple(_without_folder(line, path) for line in lines),
        warnings=tuple(_without_folder(line, path) for line in warnings),
    )


def _document(path: Path) -> documents.Document | None:
    try:
        return documents.read(path)
    except ConfigError:
        return None  # `load` says why


def _plugin(data: Mapping[str, Any], plugin: Callable[[str], Destination]) -> tuple[Destination | None, str]:
    name = data.get("destination")
    if not isinstance(name, str):
        return None, ""
    try:
        return plugin(name), ""
    except PluginLoadError as error:
        return None, printable(str(error))


def _without_credentials(read: Callable[..., LoadedConfig]) -> Mapping[str, Any] | None:
    try:
        return read(with_credentials=False).plugin
    except ConfigError:
        return None


def _credential_state(said: Any, store: CredentialStore, faults: tuple[ConfigFault, ...]) -> CredentialState:
    if isinstance(said, str):
        return _named(said, store)
    reference = said.get(_REFERENCE) if isinstance(said, Mapping) else None
    shown = reference if may_be_shown(reference) else None
    wrong = next((fault for fault in faults if fault.path[:1] == ("credential",)), None)
    if said is None:
        return CredentialState(trouble="The file names none: choose one on the page Configure.")
    if wrong is not None:
        return CredentialState(reference=shown, trouble=beside(wrong, len(wrong.path)))
    return CredentialState(reference=shown, ready=True)


def _chosen(schema: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    """The word that chooses between the alternatives of the settings, where the schema has such."""
    settings = data.get("settings")
    key = schema.get("properties", {}).get("settings", {}).get(DISCRIMINATOR)
    return settings.get(key) if isinstance(settings, Mapping) and key else None


def _named(name: str, store: CredentialStore) -> CredentialState:
    try:
        known = next((one for one in store.described() if one.name == name), None)
    except CredentialStoreError as error:
        return CredentialState(name=shown_key(name), trouble=printable(str(error)))
    if known is None:
        return CredentialState(
            name=shown_key(name), trouble="No credential of this name is stored yet: connect."
        )
    return CredentialState(name=name, stored=known, ready=True)


def _without_folder(line: str, path: Path) -> str:
    return line.replace(f"{path.parent}/", "", 1) if line.startswith(str(path)) else line
