"""Finds, loads and wraps destination plugins.

The metadata of all installed distributions is read first, so that two plugins of one name are an error (pluggy would
skip one without a word) and only the plugin that is chosen is imported. A `Destination` is the typed face of one
plugin: hosts never touch pluggy.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from logging import Logger
from typing import Any

import pluggy

from plugin_spec import hookspecs
from plugin_spec.about import SPEC_VERSION, About, FieldRename
from plugin_spec.errors import ContractError, DestinationNotFoundError, DuplicateDestinationError
from plugin_spec.plan import Plan
from plugin_spec.records import EntryOutcome
from plugin_spec.sender import Credential, Sender, Services

ENTRY_POINT_GROUP = "cdp_destination"

_REQUIRED_HOOKS = (
    "destination_about",
    "destination_config_schema",
    "destination_field_rules",
    "destination_compile",
    "destination_open",
)


class Destination:
    """One loaded destination plugin."""

    def __init__(self, name: str, manager: pluggy.PluginManager, plugin: object) -> None:
        others = [other for other in manager.get_plugins() if other is not plugin]
        self._hooks = {hook: manager.subset_hook_caller(hook, others) for hook in _REQUIRED_HOOKS}
        self.name = name
        self.about = self._checked_about()

    def config_schema(self) -> Mapping[str, Any]:
        """The JSON Schema of the plugin's part of the configuration."""
        schema: Mapping[str, Any] = self._hooks["destination_config_schema"]()
        return schema

    def field_rules(self, config: Mapping[str, Any]) -> Sequence[FieldRename]:
        """The renaming table in force. Raises ConfigError."""
        rules: Sequence[FieldRename] = self._hooks["destination_field_rules"](config=config)
        return rules

    def compile(self, config: Mapping[str, Any]) -> Plan:
        """A plan for this configuration. Raises ConfigError."""
        plan: Plan = self._hooks["destination_compile"](config=config)
        return plan

    def open(self, config: Mapping[str, Any], credential: Credential, services: Services) -> Sender:
        """A sender for this configuration and credential. Raises ConfigError."""
        sender: Sender = self._hooks["destination_open"](
            config=config, credential=credential, services=services
        )
        return sender

    def _checked_about(self) -> About:
        about = self._hooks["destination_about"]()
        if not isinstance(about, About):
            raise ContractError(
                f"destination {self.name!r}: destination_about returned {type(about).__name__}, not About"
            )
        if about.spec_version != SPEC_VERSION:
            raise ContractError(
                f"destination {self.name!r} keeps contract version {about.spec_version}, this host keeps"
                f" {SPEC_VERSION}: install a matching version of the plugin"
            )
        if about.name != self.name:
            raise ContractError(
                f"the entry point {self.name!r} leads to a destination that calls itself {about.name!r}"
            )
        return about


class DestinationManager:
    """The host's way to destinations. Build one in a function, not at import."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._loaded: dict[str, Destination] = {}

    def names(self) -> tuple[str, ...]:
        """The destinations that are installed. Imports none. Raises DuplicateDestinationError."""
        return tuple(sorted(_installed()))

    def load(self, name: str) -> Destination:
        """Import one destination and check that it keeps the contract. Raises PluginLoadError."""
        if name in self._loaded:
            return self._loaded[name]
        installed = _installed()
        if name not in installed:
            known = ", ".join(sorted(installed)) or "none"
            raise DestinationNotFoundError(f"no destination {name!r} is installed; installed: {known}")
        try:
            plugin = installed[name].load()
        except Exception as error:
            raise ContractError(f"destination {name!r} cannot be imported: {type(error).__name__}") from error
        return self.register(name, plugin)

    def register(self, name: str, plugin: object) -> Destination:
        """Take a destination that is already imported. Raises ContractError."""
        self._check_hooks(name, plugin)
        self._manager.register(plugin, name=name)
        try:
            self._manager.check_pending()
            destination = Destination(name, self._manager, plugin)
        except pluggy.PluginValidationError as error:
            self._manager.unregister(plugin)
            raise ContractError(f"destination {name!r}: {error}") from error
        except ContractError:
            self._manager.unregister(plugin)
            raise
        self._loaded[name] = destination
        return destination

    def observe(self, observer: object) -> None:
        """Register a listener that implements `outcomes_observed`. Raises ContractError."""
        self._manager.register(observer)
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            self._manager.unregister(observer)
            raise ContractError(f"the observer's hooks are not those of the contract: {error}") from error

    def announce(self, destination: str, outcomes: Sequence[EntryOutcome], logger: Logger) -> None:
        """Tell every listener. One that fails is logged and harms nobody."""
        for listener in self._manager.get_plugins():
            others = [other for other in self._manager.get_plugins() if other is not listener]
            caller = self._manager.subset_hook_caller("outcomes_observed", others)
            try:
                caller(destination=destination, outcomes=outcomes)
            except Exception as error:  # noqa: BLE001 - a stranger's code; its message may hold anything
                logger.warning("an outcome listener failed: %s", type(error).__name__)

    def _check_hooks(self, name: str, plugin: object) -> None:
        missing = [hook for hook in _REQUIRED_HOOKS if not _implements(plugin, hook)]
        if missing:
            raise ContractError(f"destination {name!r} implements no {', '.join(missing)}")
        for hook in _REQUIRED_HOOKS:
            implementation = getattr(plugin, hook)
            if getattr(implementation, "__defaults__", None):
                raise ContractError(
                    f"destination {name!r}: {hook} has a parameter with a default value, which is never passed"
                )


def _implements(plugin: object, hook: str) -> bool:
    return hasattr(getattr(plugin, hook, None), f"{hookspecs.PROJECT}_impl")


def _installed() -> dict[str, importlib.metadata.EntryPoint]:
    return _by_name(importlib.metadata.entry_points(group=ENTRY_POINT_GROUP))


def _by_name(
    entry_points: Iterable[importlib.metadata.EntryPoint],
) -> dict[str, importlib.metadata.EntryPoint]:
    found: dict[str, importlib.metadata.EntryPoint] = {}
    for entry_point in entry_points:
        earlier = found.setdefault(entry_point.name, entry_point)
        if earlier.value != entry_point.value or _owner(earlier) != _owner(entry_point):
            raise DuplicateDestinationError(
                f"two installed distributions offer a destination {entry_point.name!r}:"
                f" {_owner(earlier)} and {_owner(entry_point)}; uninstall one"
            )
    return found


def _owner(entry_point: importlib.metadata.EntryPoint) -> str:
    return entry_point.dist.name if entry_point.dist else "unknown"
