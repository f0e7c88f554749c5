"""From a YAML file to frozen, checked settings, or to one ConfigError that lists everything that is wrong.

The host's keys are judged by the host's schema, the plugin's (`settings`, `mapping` and whatever else its schema names)
by the plugin's own. The environment is read only through `environ`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

from plugin_spec import ConfigError, ConfigFault, ContractError, Credential, DestinationNotFoundError
from plugin_spec.errors import ConfigPath
from tiktok_destination.config import document as documents
from tiktok_destination.config.checking import check
from tiktok_destination.config.document import Document
from tiktok_destination.config.freezing import frozen
from tiktok_destination.config.nearest import nearest
from tiktok_destination.config.rendering import locate, render
from tiktok_destination.config.schemas import destination_schema
from tiktok_destination.config.secrets import resolve
from tiktok_destination.config.structure import Schema

_CREDENTIALS = ("credential", "reporting_credential")


@dataclass(frozen=True)
class LoadedConfig:
    """One destination's configuration, ready to use."""

    path: Path
    version: int
    destination: str
    name: str
    enabled: bool
    credential: Credential
    reporting_credential: Credential
    """What reads reports; the same where the file names no other."""
    delivery: Mapping[str, Any]
    """`patience_s` and `in_flight`, always both."""
    plugin: Mapping[str, Any] = field(repr=False)
    """What the plugin's hooks get: `name`, `settings`, `mapping`, read-only all the way down, defaults filled in."""
    warnings: tuple[str, ...]
    """Lines like those of `locate`."""
    document: Document = field(repr=False)

    def locate(self, faults: Iterable[ConfigFault]) -> tuple[str, ...]:
        """The plugin's own faults as `file:line:column: …`, in the order of the file."""
        return render(self.path, self.document, faults)


def _none_stored(_name: str) -> None:
    """For a host without a store."""


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    plugin_schema: Callable[[str], Mapping[str, Any]],
    credentials: Callable[[str], Credential | None] = _none_stored,
    with_credentials: bool = True,
) -> LoadedConfig:
    """Read, check and freeze the file at `path`.

    `plugin_schema` gives the schema of the destination of that name, or raises DestinationNotFoundError, which becomes
    a fault; `credentials` the stored credential of a name, or None. `with_credentials` false: for a host that is about to
    obtain one; what the file says of credentials is passed over, and there is no token. Raises ConfigError for everything that is wrong with the configuration; its faults know their places:
    `render(path, None, error.faults)`. What else `plugin_schema` raises passes through.
    """
    document = documents.read(path)
    host_schema = destination_schema()
    if not with_credentials:
        host_schema["required"].remove("credential")
    own_schema, not_found = _own_schema(document, host_schema, plugin_schema)
    own_keys = own_schema.get("properties", {})
    passed_over = own_keys if with_credentials else {*own_keys, *_CREDENTIALS}
    host = {key: value for key, value in document.data.items() if key not in passed_over}
    own = {key: value for key, value in document.data.items() if key in own_keys}
    # The host knows the plugin's keys by name, so that it can recognise one that is misspelt.
    host_schema["properties"].update({key: {} for key in own_keys if key not in host_schema["properties"]})
    own_schema = _without_misspelt(own_schema, [key for key in host if key not in host_schema["properties"]])

    found = (check(host_schema, host, document), check(own_schema, own, document))
    faults = [*document.faults, *not_found, *(fault for findings in found for fault in findings.faults)]
    secrets: list[dict[ConfigPath, str]] = []
    for schema, data in ((host_schema, host), (own_schema, own)):
        resolved, unreadable = resolve(schema, data, environ=environ, folder=path.parent)
        secrets.append(resolved)
        faults.extend(unreadable)
    stored, unknown = _stored(host, credentials)
    faults.extend(unknown)
    if faults:
        raise _error(faults, document)

    settings = frozen(host_schema, host, secrets[0])
    plugin = frozen(own_schema, own, secrets[1])
    name: str = settings["name"]
    return LoadedConfig(
        path=path,
        version=settings["version"],
        destination=settings["destination"],
        name=name,
        enabled=settings["enabled"],
        credential=_credential(settings, "credential", stored),
        reporting_credential=_credential(
            settings, "reporting_credential" if "reporting_credential" in settings else "credential", stored
        ),
        delivery=settings["delivery"],
        plugin=MappingProxyType({"name": name, **plugin}),
        warnings=render(path, document, [warning for it in found for warning in it.warnings]),
        document=document,
    )


def _stored(
    host: Mapping[str, Any], credentials: Callable[[str], Credential | None]
) -> tuple[dict[str, Credential], list[ConfigFault]]:
    """The stored credentials that the file names, and those that are not there."""
    found: dict[str, Credential] = {}
    faults: list[ConfigFault] = []
    for key in _CREDENTIALS:
        name = host.get(key)
        if not isinstance(name, str):
            continue
        credential = credentials(name)
        if credential is not None:
            found[key] = credential
        else:
            # The name is not repeated: somebody may have put the token itself there.
            remedy = "Write the name of one that is (credential list), or add it: tiktok-destination credential add NAME"
            faults.append(ConfigFault((key,), "no credential of this name is stored", remedy))
    return found, faults


def _credential(settings: Mapping[str, Any], key: str, stored: Mapping[str, Credential]) -> Credential:
    token = settings[key]["access_token"] if key in settings and key not in stored else ""
    return stored.get(key) or Credential(settings["name"], token)


def _own_schema(
    document: Document, host_schema: Schema, plugin_schema: Callable[[str], Mapping[str, Any]]
) -> tuple[Schema, list[ConfigFault]]:
    """The plugin's schema, or an empty one and the reason."""
    name = document.data.get("destination")
    if not isinstance(name, str) or not name:
        return {}, []  # the host's schema says so
    try:
        schema = plugin_schema(name)
    except DestinationNotFoundError:
        remedy = "Write the name of one that is, or install the plugin that offers it"
        return {}, [ConfigFault(("destination",), "no destination of this name is installed", remedy)]
    taken = (set(schema.get("properties", {})) & set(host_schema["properties"])) - {"settings", "mapping"}
    fault = _schema_fault(json.dumps(schema, default=dict, sort_keys=True))
    if fault:
        raise ContractError(f"the configuration schema of {name!r} is none: {fault}")
    if taken:
        raise ContractError(
            f"the configuration schema of {name!r} names keys of the host: {', '.join(sorted(taken))}"
        )
    return schema, []


@lru_cache(maxsize=32)
def _schema_fault(schema: str) -> str:
    """Where this JSON is no schema; empty: it is one. Remembered, as a host may load many files of one destination."""
    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        return error.json_path
    return ""


def _without_misspelt(schema: Schema, unknown_keys: Iterable[str]) -> Schema:
    """The schema, asking no more for keys that stand there misspelt: the host's check names them already."""
    meant = {nearest(key, schema.get("properties", {}), {}) for key in unknown_keys}
    return {**schema, "required": [key for key in schema.get("required", ()) if key not in meant]}


def _error(faults: Iterable[ConfigFault], document: Document) -> ConfigError:
    located = sorted((locate(fault, document) for fault in faults), key=lambda it: (it.line, it.column))
    return ConfigError(tuple(located))
