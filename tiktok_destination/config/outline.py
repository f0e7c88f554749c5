"""Reads a schema for whoever writes a configuration, not checks one: what may be chosen, what must stand, what it looks like.

Where nothing is given, a section counts as empty, so that a section's alternatives can be asked for as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugin_spec.errors import ConfigPath
from tiktok_destination.config.freezing import frozen
from tiktok_destination.config.sentences import IS_SECRET
from tiktok_destination.config.structure import DISCRIMINATOR, Place, Schema, Structure

PRESET: Final = ("mapping", "preset")
EVENTS: Final = ("mapping", "events")
FIELDS: Final = ("mapping", "fields")
_SETTINGS: Final = ("settings",)
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True)
class Least:
    """The smallest configuration that holds what was given."""

    data: dict[str, Any]
    examples: frozenset[ConfigPath]
    """What of it is an example, for somebody to replace."""


class Outline:
    """One schema: a destination's own, or the host's."""

    def __init__(self, schema: Schema) -> None:
        self._structure = Structure(schema)

    def root(self, data: Mapping[str, Any]) -> Place:
        """The configuration as a whole."""
        return self._structure.place((), data, [self._structure.root])

    def below(self, place: Place, key: str) -> Place:
        """What may stand at one key of a section."""
        return self._place((*place.path, key), place.value.get(key), self._structure.below(place, key))

    def at(self, path: tuple[str, ...]) -> Place | None:
        """What may stand at a path of an empty configuration; None where the schema names no such key."""
        place = self.root(_NOTHING)
        for key in path:
            if key not in place.known_keys():
                return None
            place = self.below(place, key)
        return place

    def choices(self, path: tuple[str, ...]) -> tuple[str, ...]:
        """The words that may stand there; none where the schema lists none."""
        place = self.at(path)
        if place is None:
            return ()
        word = place.annotation("const")
        return (word,) if word is not None else tuple(place.annotation("enum") or ())

    def presets(self) -> tuple[str, ...]:
        """The mappings to begin with."""
        return self.choices(PRESET)

    def event_sources(self) -> tuple[str, ...]:
        """The kinds of settings, by the word that tells them apart."""
        path = self.event_source()
        return () if path is None else self.choices(path)

    def event_source(self) -> tuple[str, str] | None:
        """Where the settings say which of several kinds they are; None where they are of one kind."""
        settings = self.at(_SETTINGS)
        key = settings and settings.annotation(DISCRIMINATOR)
        return (*_SETTINGS, key) if key else None

    def accepts(self, data: Mapping[str, Any]) -> bool:
        """The schema finds no fault with it."""
        return self._structure.validator.is_valid(data)

    def with_defaults(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """As a plugin's hooks get it: defaults filled in, read-only."""
        return frozen(self._structure.root, data, {})

    def least(self, given: Mapping[str, Any]) -> Least:
        """Fills in what must stand beside what is given: fixed words, and examples of everything else."""
        examples: set[ConfigPath] = set()
        data: dict[str, Any] = self._filled(self.root(given), examples)
        return Least(data, frozenset(examples))

    def _filled(self, place: Place, examples: set[ConfigPath]) -> Any:
        if not place.known_keys():
            return place.value
        filled = dict(place.value)
        for key in dict.fromkeys([*place.least(), *filled]):
            member = self.below(place, key)
            if key in filled or member.known_keys():
                filled[key] = self._filled(member, examples)
                continue
            fixed = member.annotation("const")
            filled[key] = example(member) if fixed is None else fixed
            # A reference to a secret may stay as the example has it.
            if fixed is None and not member.annotation(IS_SECRET):
                examples.add(member.path)
        return filled

    def _place(self, path: ConfigPath, value: Any, schemas: Sequence[Schema]) -> Place:
        return self._structure.place(path, _NOTHING if value is None else value, schemas)


def example(place: Place) -> Any:
    """A value that may stand there, if the schema shows one."""
    shown = place.annotation("examples")
    return shown[0] if shown else place.annotation("default")
