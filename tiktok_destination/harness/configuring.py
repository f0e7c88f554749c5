"""The form of a destination, made ready to be shown: parts, texts, faults beside them, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from plugin_spec import ConfigFault, Destination
from plugin_spec.errors import ConfigPath
from tiktok_destination.config import destination_schema
from tiktok_destination.config.secrets import may_be_shown
from tiktok_destination.credentials import CredentialStoreError, StoredCredential
from tiktok_destination.harness.choosing import CAPABILITY, ListKeeper, Lists, choosable
from tiktok_destination.harness.destination_files import DestinationFile
from tiktok_destination.harness.file_text import has_remarks_inside, shown_again, text_of
from tiktok_destination.harness.form_shape import Kind, Part, fields_of, parts_of
from tiktok_destination.harness.form_values import OTHERS, REFERENCE, Filled, Texts, filled
from tiktok_destination.harness.told import beside
from tiktok_destination.harness.workspace import Workspace

FIXED: Final = ("version", "destination")
"""Keys that the harness writes by itself."""

_FIRST: Final = ("name", "enabled", "credential")
_PLUGINS: Final = ("settings", "mapping")


@dataclass(frozen=True)
class Given:
    """What a form is to show: what stands in the file, or what somebody typed."""

    texts: Texts
    faults: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By the name of the field or section."""
    other_faults: Sequence[str] = ()
    download: bool = False
    """The file could not be written, and is offered instead."""
    ask_again: bool = False
    """For the lists to choose from."""


@dataclass(frozen=True)
class Form:
    """What the template shows."""

    destination: DestinationFile | None
    """None: a new one."""
    plugin: Destination
    first: tuple[Part, ...]
    own: tuple[Part, ...]
    """The plugin's."""
    more: tuple[Part, ...]
    texts: Texts
    faults: Mapping[str, Sequence[str]]
    other_faults: Sequence[str]
    lists: Lists
    can_choose: bool
    credentials: Sequence[StoredCredential]
    download: bool
    remarks_get_lost: bool

    @property
    def title(self) -> str:
        return (
            f"Configure {self.destination.name}"
            if self.destination
            else f"New destination: {self.plugin.about.title}"
        )


class Forms:
    """Makes forms for the destinations of a workspace."""

    def __init__(self, workspace: Workspace, lists: ListKeeper) -> None:
        self._workspace = workspace
        self._lists = lists

    def form(self, plugin: Destination, found: DestinationFile | None, given: Given) -> Form:
        """The form of one destination, or of a new one."""
        parts = parts_for(plugin)
        own_keys = plugin.config_schema().get("properties", {})
        first = sorted(
            (part for part in parts if part.path[0] in _FIRST),
            key=lambda part: _FIRST.index(str(part.path[0])),
        )
        own = [part for part in parts if part.path[0] in own_keys]
        lists, can_choose = self._to_choose(plugin, parts, given)
        return Form(
            destination=found,
            plugin=plugin,
            first=tuple(first),
            own=tuple(own),
            more=tuple(part for part in parts if part not in first and part not in own),
            texts=_without_secrets(parts, given.texts),
            faults=given.faults,
            other_faults=given.other_faults,
            lists=lists,
            can_choose=can_choose,
            credentials=self._credentials(),
            download=given.download,
            remarks_get_lost=found is not None and has_remarks_inside(text_of(found) or ""),
        )

    def _to_choose(self, plugin: Destination, parts: tuple[Part, ...], given: Given) -> tuple[Lists, bool]:
        """Lists where the plugin has them and the credential belongs to an app; and whether that is so."""
        if CAPABILITY not in plugin.about.capabilities:
            return Lists(), False
        back = filled(parts, given.texts).data
        try:
            stored = self._workspace.store.get(str(back.get("credential", "")))
        except CredentialStoreError as error:
            return Lists(reason=str(error)), False
        if stored is None or stored.credential.app is None or not stored.credential.access_token:
            return Lists(), False
        settings = back.get("settings")
        config = {
            "name": back.get("name", ""),
            "settings": settings if isinstance(settings, dict) else {},
            "mapping": {},
        }
        wanted = tuple(one for one in choosable(parts, given.texts) if one.path[0] == "settings")
        lists = self._lists.lists(plugin, config, stored.credential, wanted, again=given.ask_again)
        return lists, True

    def _credentials(self) -> Sequence[StoredCredential]:
        try:
            return self._workspace.store.described()
        except CredentialStoreError:
            return ()


def parts_for(plugin: Destination) -> tuple[Part, ...]:
    """The parts of a whole configuration: the host's keys, then the plugin's."""
    host, own = destination_schema(), plugin.config_schema()
    left_out = {*FIXED, *_PLUGINS}
    properties = {key: part for key, part in host["properties"].items() if key not in left_out}
    return (*parts_of({**host, "properties": properties}, host), *parts_of(own, own))


def placed(back: Filled, faults: Sequence[ConfigFault]) -> tuple[dict[str, list[str]], list[str]]:
    """The faults by the field that they belong to, and those that belong to none, with their lines."""
    by_name: dict[str, list[str]] = {}
    others: list[ConfigFault] = []
    for fault in faults:
        name = back.place(fault.path)
        if name is None:
            others.append(fault)
        else:
            depth = _depth(back, fault.path) - name.endswith(OTHERS)  # there the key itself has to be told
            by_name.setdefault(name, []).append(beside(fault, depth))
    return by_name, lines_of(others)


def lines_of(faults: Sequence[ConfigFault]) -> list[str]:
    """Faults of a file, with their lines."""
    return [
        (f"Line {line}: " if (line := getattr(fault, "line", 0)) else "") + beside(fault, 0)
        for fault in faults
    ]


def _depth(back: Filled, path: ConfigPath) -> int:
    return next((length for length in range(len(path), 0, -1) if path[:length] in back.names), 0)


def _without_secrets(parts: tuple[Part, ...], texts: Texts) -> dict[str, str]:
    """A secret that was typed where a reference belongs does not come back in the page, nor one in a field of YAML."""
    guarded = {
        one.name + (REFERENCE if one.kind is Kind.CREDENTIAL else "")
        for one in fields_of(parts)
        if one.kind in (Kind.CREDENTIAL, Kind.SECRET)
    }
    return {
        name: text
        for name, text in texts.items()
        if (may_be_shown(text.strip()) if name in guarded else shown_again(text) is not None)
    }
