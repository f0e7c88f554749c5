"""Finds, loads and wraps destination plugins.

The metadata of all installed distributions is read first, so that two plugins of one name are an error (pluggy would
skip one without a word) and only the plugin that is chosen is imported. A `Destination` is the typed face of one
plugin: hosts never touch pluggy. Each plugin has a pluggy manager of its own, so that no other one, loaded before or
after it, can hear its calls or answer them.
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

    def __init__(self, name: str, manager: pluggy.PluginManager) -> None:
        self._hooks = {hook: getattr(manager.hook, hook) for hook in _REQUIRED_HOOKS}
        self._receiver = manager.hook.destination_receiver
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

    def receiver(self, environ: Mapping[str, str]) -> str:
        """Where calls go in this environment; empty where the destination does not say. Raises ConfigError."""
        receiver: str | None = self._receiver(environ=environ)
        return receiver or ""

    def _checked_about(self) -> About:
        try:
            about = self._hooks["destination_about"]()
        except Exception as error:
            raise ContractError(
                f"destination {self.name!r}: destination_about raised {type(error).__name__}"
            ) from error
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
        self._loaded: dict[str, Destination] = {}
        self._listening: list[pluggy.PluginManager] = []

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
        """Take a destination that is already imported. Raises PluginLoadError."""
        if name in self._loaded:
            raise DuplicateDestinationError(f"a destination {name!r} is registered already")
        told = f"destination {name!r}"
        self._check_hooks(name, plugin)
        manager = _manager_of(plugin, told)
        destination = self._loaded[name] = Destination(name, manager)
        self._listening.append(manager)
        return destination

    def observe(self, observer: object) -> None:
        """Register a listener that implements `outcomes_observed`. Raises ContractError."""
        self._listening.append(_manager_of(observer, "the listener"))

    def announce(self, destination: str, outcomes: Sequence[EntryOutcome], logger: Logger) -> None:
        """Tell every listener. One that fails is logged and harms nobody."""
        for manager in self._listening:
            try:
                manager.hook.outcomes_observed(destination=destination, outcomes=outcomes)
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


def _manager_of(plugin: object, told: str) -> pluggy.PluginManager:
    """A pluggy manager that holds this one plugin. Raises ContractError."""
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    known = set(vars(manager.hook))
    unknown = [name for name in dir(plugin) if name not in known and _implements(plugin, name)]
    if unknown:  # pluggy's own message for this shows the plugin, which may hold anything
        raise ContractError(f"{told}: unknown hook {', '.join(map(repr, unknown))}")
    try:
        manager.register(plugin, name=told)
    except pluggy.PluginValidationError as error:
        raise ContractError(f"{told}: {error}") from None
    return manager


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
