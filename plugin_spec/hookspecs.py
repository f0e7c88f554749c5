"""The hooks. A destination implements the `destination_*` hooks, all but the last; anybody may implement the broadcast.

Every `destination_*` hook is asked of one plugin alone, the one that the configuration names: each plugin has a pluggy
manager of its own, so that another one neither sees the call nor can answer it. Arguments are passed by name; an implementation takes
those it needs and gives none of them a default value (pluggy would silently never pass it). Arguments are read, not
changed. Hooks are called from the host's main thread, at load and not per record.

The configuration that hooks receive is a frozen mapping of the plugin's own keys (`settings`, `mapping`, and the
destination's `name`), already checked against the plugin's schema. The host's keys stay with the host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pluggy

from plugin_spec.about import About, FieldRename
from plugin_spec.plan import Plan
from plugin_spec.records import EntryOutcome
from plugin_spec.sender import Credential, Sender, Services

PROJECT = "cdp_destination"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec(firstresult=True)
def destination_about() -> About:
    """Describe the destination.

    Called once at load, before any configuration is read. Must be cheap and without effects.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def destination_config_schema() -> Mapping[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the plugin's part of the configuration: an object with `settings` and `mapping`.

    Hosts check configurations against it, generate forms from it and show its titles, descriptions and examples.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def destination_field_rules(config: Mapping[str, Any]) -> Sequence[FieldRename]:
    """Return the renaming table that is in force: which path of a record becomes which field of the event.

    Raise `ConfigError` as `destination_compile` does.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def destination_compile(config: Mapping[str, Any]) -> Plan:
    """Turn a configuration into a plan. Pure: no credential, no network, the same plan in any process.

    Raise `ConfigError` with every fault that the schema cannot express.
    """
    raise NotImplementedError


@hookspec(firstresult=True)
def destination_open(config: Mapping[str, Any], credential: Credential, services: Services) -> Sender:
    """Open a sender. Makes no call yet; raise `ConfigError` when the surroundings are unfit (a forbidden base URL)."""
    raise NotImplementedError


@hookspec(firstresult=True)
def destination_receiver(environ: Mapping[str, str]) -> str:
    """Say where calls go in this environment: the receiver's address, without a secret. A destination may leave it out.

    Hosts keep their books apart by it: what was sent to a receiver of a test says nothing of what the real one has. Raise
    `ConfigError` as `destination_open` does.
    """
    raise NotImplementedError


@hookspec
def outcomes_observed(destination: str, outcomes: Sequence[EntryOutcome]) -> None:
    """Hear of outcomes, in input order, in portions, as they are decided.

    Broadcast to every registered plugin; may be called from the host's delivery thread. What it raises is logged by
    the type of the exception alone, and changes nothing.
    """
