"""The work of `init`: chooses the smallest configuration that the destination can compile, and writes it with everything
that may be added.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import click

from plugin_spec import ConfigError, Destination, DestinationManager, Plan, PluginLoadError
from tiktok_destination import __version__
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.starting_events import event_lines
from tiktok_destination.cli.template import PLACEHOLDER, Part, comment
from tiktok_destination.config import destination_schema
from tiktok_destination.config.nearest import nearest
from tiktok_destination.config.outline import EVENTS, PRESET, Least, Outline
from tiktok_destination.redaction import printable, shown_name

_PLUGIN_KEYS: Final = ("settings", "mapping")
"""The host's schema names them, and what they hold is the plugin's."""


@dataclass(frozen=True)
class InitOrder:
    """What was asked for on the command line."""

    destination: str
    preset: str | None
    event_source: str | None
    name: str | None


@dataclass(frozen=True)
class _Draft:
    """The smallest configuration of one event source, and what it does."""

    least: Least
    plan: Plan


def run(order: InitOrder, output: Path | None) -> int:
    """Write the configuration; the exit code. Raises CommandFailedError."""
    try:
        beginning = _Beginning(order, DestinationManager().load(order.destination))
        text = "".join(f"{line}\n" for line in beginning.lines())
    except PluginLoadError as error:
        raise CommandFailedError([printable(str(error))]) from error
    if output is None:
        click.echo(text, nl=False)
    else:
        _write(text, output)
        count = text.count(f"# {PLACEHOLDER}")
        values = f"Replace what is marked REPLACE ({count}), then: " if count else "Check it with: "
        click.echo(printable(f"{output}: written. {values}tiktok-destination validate {output}"))
    return exit_codes.GOOD


def _write(text: str, path: Path) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        said = f"{path} exists already and stays as it is. Name another file, or move that one away."
        raise CommandFailedError([printable(said)]) from None
    except OSError as error:
        cause = os.strerror(error.errno) if error.errno else type(error).__name__
        said = f"{path} cannot be written ({cause}). Choose another place."
        raise CommandFailedError([printable(said)]) from error


class _Beginning:
    def __init__(self, order: InitOrder, destination: Destination) -> None:
        self._destination = destination
        self._host = Outline(destination_schema())
        self._own = Outline(destination.config_schema())
        self._event_source = self._own.event_source()
        self._preset = self._chosen("preset", "preset", order.preset, PRESET)
        if self._preset is None and (presets := self._own.presets()):
            raise CommandFailedError([f"Choose a preset: --preset with one of {', '.join(presets)}."])
        self._host_part = self._host.least(
            {"destination": destination.name} | ({} if order.name is None else {"name": order.name})
        )
        self._check_name()
        chosen = self._chosen("event source", "event-source", order.event_source, self._event_source)
        self._draft = self._first_that_compiles(chosen)

    def lines(self) -> Iterator[str]:
        """The file."""
        yield from self._head()
        host = Part(self._host, self._host_part)
        events = self._events()
        own = Part(self._own, self._draft.least, {EVENTS: events} if events else {})
        own_keys = own.top_keys()
        keys = [key for key in host.top_keys() if key not in _PLUGIN_KEYS or key in own_keys]
        for key in dict.fromkeys([*keys, *own_keys]):
            yield ""
            yield from (own if key in own_keys else host).lines(key)

    def _head(self) -> Iterator[str]:
        about = self._destination.about
        given = [f"preset {self._preset}"] if self._preset else []
        if self._event_source:
            section, key = self._event_source
            given.append(f"event source {self._draft.least.data[section][key]}")
        yield from comment(f"{about.title}. {about.description}")
        yield from comment(
            f"Begun with tiktok-destination {__version__}{''.join(f', {part}' for part in given)}."
        )
        yield "#"
        yield from comment(
            "Values marked REPLACE are placeholders: put your own in their place. Keys behind a # are optional: take"
            " the # away to use one. Then check the file: tiktok-destination validate FILE"
        )

    def _chosen(self, what: str, option: str, word: str | None, path: tuple[str, ...] | None) -> str | None:
        """The word, if it is one of those that the schema offers."""
        if word is None:
            return None
        known = self._own.choices(path) if path else ()
        if word in known:
            return word
        place = self._own.at(path) if path else None
        if place is None or not known:
            raise CommandFailedError(
                [f"{self._destination.name} has no {what} to choose. Leave --{option} out."]
            )
        meant = nearest(word, known, place.also_called())
        hint = f"Did you mean {meant}? " if meant in known else f"{meant}. " if meant else ""
        raise CommandFailedError(
            [f"There is no {what} {shown_name(word)}. {hint}There are: {', '.join(known)}."]
        )

    def _check_name(self) -> None:
        if not self._host.accepts(self._host_part.data):
            place = self._host.at(("name",))
            said = place.annotation("description") if place else ""
            raise CommandFailedError([f"--name cannot be used as it is. {said}"])

    def _first_that_compiles(self, event_source: str | None) -> _Draft:
        words: tuple[str | None, ...] = (event_source,)
        if event_source is None and self._event_source:
            words = self._own.event_sources()
        failures: list[ConfigError] = []
        for word in words:
            least = self._own.least(self._given(word))
            try:
                return _Draft(least, self._compiled(least.data))
            except ConfigError as error:
                failures.append(error)
        raise CommandFailedError(
            [printable(f"{fault.problem.rstrip('.')}. {fault.remedy}") for fault in failures[0].faults]
        ) from failures[0]

    def _given(self, event_source: str | None) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for path, word in ((self._event_source, event_source), (PRESET, self._preset)):
            if path and word:
                section, key = path
                given[section] = {key: word}
        return given

    def _compiled(self, data: Mapping[str, Any]) -> Plan:
        config = {"name": self._host_part.data["name"], **self._own.with_defaults(data)}
        return self._destination.compile(MappingProxyType(config))

    def _events(self) -> list[str]:
        """The preset's own lines, where the schema has a place for them."""
        if self._own.at(EVENTS) is None:
            return []
        return list(event_lines(self._draft.plan.overview().events, self._switched_on))

    def _switched_on(self, record: str) -> str | None:
        """The event that `true` makes of this record's name, if it makes one."""
        section, key = EVENTS
        data = self._draft.least.data
        data = {**data, section: {**data.get(section, {}), key: {record: True}}}
        try:
            lines = self._compiled(data).overview().events if self._own.accepts(data) else ()
        except ConfigError:
            return None
        return next((line.event for line in lines if line.record == record and line.event), None)
