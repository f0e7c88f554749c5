"""Checks configuration data against a schema and says all that is wrong, each fault at its path.

The keywords are judged by the jsonschema library, one value at a time; every word of a message is ours (`sentences`).
Invariants: one fault for one value; a missing key is not reported where an unknown key near it was; data that are
no text, number, list or section never occur, because `document` produces no others.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import ValidationError

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath
from tiktok_destination.config import sentences
from tiktok_destination.config.document import Document, Mark
from tiktok_destination.config.nearest import nearest
from tiktok_destination.config.secrets import is_reference
from tiktok_destination.config.sentences import IS_SECRET
from tiktok_destination.config.structure import Place, Schema, Structure

HINTS = "x-hints"
"""Schema annotation of a text: `{pattern, say}`, a warning where the pattern fits; with `fault: true` a fault."""

_NOWHERE = Mark((1, 1), (1, 1))


@dataclass(frozen=True)
class Findings:
    """What a check found: faults make the configuration unusable, warnings do not."""

    faults: tuple[ConfigFault, ...]
    warnings: tuple[ConfigFault, ...]


def check(schema: Schema, data: Mapping[str, Any], document: Document) -> Findings:
    """Check `data`, which is `document`'s or the part of it with some of the top-level keys."""
    faults: dict[ConfigPath, ConfigFault] = {}
    warnings: list[ConfigFault] = []
    structure = Structure(schema)
    for place in structure.places(data):
        mark = document.marks.get(place.path, _NOWHERE)
        for fault in _faults(structure, place, mark):
            faults.setdefault(fault.path, fault)
        for fault, is_fault in _hints(place):
            if not is_fault:
                warnings.append(fault)
            else:
                faults.setdefault(fault.path, fault)
    return Findings(
        tuple(fault for fault in faults.values() if not _below(fault.path, document.unsound)),
        tuple(fault for fault in warnings if not _below(fault.path, {*document.unsound, *faults})),
    )


def _below(path: ConfigPath, others: set[ConfigPath] | frozenset[ConfigPath]) -> bool:
    return any(path[:length] in others for length in range(len(path) + 1))


def _faults(structure: Structure, place: Place, mark: Mark) -> Iterator[ConfigFault]:
    if is_reference(place.value) and not place.annotation(IS_SECRET):
        yield ConfigFault(place.path, "${…} is read in credentials alone, not here", "Write the value itself")
        return
    meant = yield from _unknown_keys(structure, place)
    yield from _missing_keys(structure, place, meant)
    any_unfit = False
    for schema in place.schemas:
        judge = structure.validator.evolve(schema=structure.own_keywords(schema))
        for error in _in_order(judge.iter_errors(place.value)):
            any_unfit = True
            keyword = str(error.absolute_schema_path[0])
            if keyword in ("oneOf", "anyOf") and meant:
                continue  # one of the keys is there under another name
            path = (*place.path, *error.absolute_path)
            yield ConfigFault(path, *sentences.unfit(place, schema, keyword, mark))
    if mark.blank and not any_unfit:
        yield sentences.blank(place)


def _in_order(errors: Iterable[ValidationError]) -> list[ValidationError]:
    """A wrong type comes first and says enough."""
    return sorted(errors, key=lambda error: error.validator != "type")


def _unknown_keys(structure: Structure, place: Place) -> Generator[ConfigFault, None, set[str]]:
    """Yields a fault for each; gives back the right keys that some of them stood for."""
    meant: set[str] = set()
    closed = any(schema.get("additionalProperties") is False for schema in place.schemas)
    if not closed or not isinstance(place.value, Mapping):
        return meant
    for key in place.value:
        if structure.below(place, key):
            continue
        guess = nearest(key, place.known_keys(), place.also_called())
        if guess in place.value:  # the right one stands there as well
            guess = f"{guess} stands here already: remove one of the two"
        elif guess is not None:
            meant.add(guess)
        yield sentences.unknown(place.path, key, guess, place)
    return meant


def _missing_keys(structure: Structure, place: Place, meant: set[str]) -> Iterator[ConfigFault]:
    if not isinstance(place.value, Mapping):
        return
    for key in place.required():
        if key not in place.value and key not in meant:
            path = (*place.path, key)
            yield sentences.missing(structure.place(path, None, structure.below(place, key)))


def _hints(place: Place) -> Iterator[tuple[ConfigFault, bool]]:
    if not isinstance(place.value, str):
        return
    for hint in place.annotation(HINTS) or ():
        if re.search(hint["pattern"], place.value):
            yield ConfigFault(place.path, hint["say"]), bool(hint.get("fault"))
            return
