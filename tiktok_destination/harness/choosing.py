"""Lists to choose from: the values that a receiver knows for a configuration's properties, with their names for people.

What was answered is remembered for a minute, refusals too, so that a form that comes back asks nobody again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from plugin_spec import Choice, Chooser, Credential, Denied, Destination, Services
from plugin_spec.errors import show_path
from tiktok_destination.harness.form_shape import Alternatives, Field, Kind, Part, Section
from tiktok_destination.harness.form_values import Texts
from tiktok_destination.harness.senders import CannotAskError, opened
from tiktok_destination.harness.told import denial

CAPABILITY: Final = "choose"
_REMEMBERED_S: Final = 60.0
_MOST_REMEMBERED: Final = 50


@dataclass(frozen=True)
class Lists:
    """What there is to choose from, by the field's name in the form."""

    choices: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    reason: str = ""
    """Why there is none: a sentence."""


class ListKeeper:
    """Asks destinations for lists, and remembers them for a while."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[tuple[Any, ...], tuple[float, Lists]] = {}

    def lists(
        self,
        destination: Destination,
        config: Mapping[str, Any],
        credential: Credential,
        fields: tuple[Field, ...],
        *,
        again: bool,
    ) -> Lists:
        """The lists for these fields, with this credential, under a configuration that may be incomplete."""
        key = (destination.name, credential.name, credential.access_token, repr(config), fields)
        now = self._services.monotonic()
        known = self._known.get(key)
        if known and not again and now < known[0]:
            return known[1]
        found = self._ask(destination, config, credential, fields)
        while len(self._known) >= _MOST_REMEMBERED:
            self._known.pop(next(iter(self._known)), None)
        self._known[key] = (now + _REMEMBERED_S, found)
        return found

    def _ask(
        self,
        destination: Destination,
        config: Mapping[str, Any],
        credential: Credential,
        fields: tuple[Field, ...],
    ) -> Lists:
        found: dict[str, tuple[Choice, ...]] = {}
        try:
            with opened(destination, config, credential, self._services) as sender:
                chooser = cast("Chooser", sender)  # it declares the capability
                for one in fields:
                    answer = chooser.choices(show_path(one.path))
                    if isinstance(answer, Denied):
                        return Lists(found, denial(destination.about, answer))
                    if answer:
                        found[one.name] = answer
        except CannotAskError as error:
            return Lists(found, str(error))
        return Lists(found)


def choosable(parts: tuple[Part, ...], texts: Texts) -> Iterator[Field]:
    """The fields of a form that hold a text: those of the alternatives that are chosen."""
    for part in parts:
        if isinstance(part, Field):
            if part.kind is Kind.TEXT:
                yield part
        elif isinstance(part, Section):
            yield from choosable(part.parts, texts)
        elif isinstance(part, Alternatives):
            for one in part.alternatives:
                if one.word == texts.get(part.name):
                    yield from choosable(one.parts, texts)
