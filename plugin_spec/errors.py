"""Errors of the contract, arranged by who must act.

PluginSpecError
├── ConfigError                  the operator: the configuration is wrong; holds every fault found
└── PluginLoadError              whoever installs or writes plugins
    ├── DestinationNotFoundError     no installed plugin has that name
    ├── DuplicateDestinationError    two installed plugins share one name
    └── ContractError                the plugin does not keep the contract (misspelt hook, wrong version, wrong type)

Faults of data are values (`Settled`, `Reply`), never exceptions.
"""

from __future__ import annotations

from dataclasses import dataclass

ConfigPath = tuple[str | int, ...]
"""Keys and list positions from the top of the configuration, e.g. `("mapping", "events", "Lead", 0, "event")`."""


class PluginSpecError(Exception):
    """Any error of the contract."""


@dataclass(frozen=True)
class ConfigFault:
    """One thing wrong with a configuration. The text never repeats a secret."""

    path: ConfigPath
    problem: str
    remedy: str = ""
    at_key: bool = False
    """The fault is the key itself (an unknown key), not its value."""


class ConfigError(PluginSpecError):
    """The configuration cannot be used. `faults` is never empty and lists everything found, not the first only."""

    def __init__(self, faults: tuple[ConfigFault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{show_path(fault.path)}: {fault.problem}" for fault in faults))


class PluginLoadError(PluginSpecError):
    """A destination plugin could not be loaded."""


class DestinationNotFoundError(PluginLoadError):
    """No installed plugin has the name that was asked for."""


class DuplicateDestinationError(PluginLoadError):
    """Two installed distributions offer a destination of the same name."""


class ContractError(PluginLoadError):
    """A plugin does not keep the contract."""


def show_path(path: ConfigPath) -> str:
    """`("mapping", "events", "Lead Created", 0)` as `mapping.events."Lead Created"[0]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            key = step if step and not set(step) & set('." []') else f'"{step}"'
            text += f".{key}" if text else key
    return text or "the file"
