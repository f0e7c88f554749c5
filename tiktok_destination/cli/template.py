"""A configuration to start from, as commented YAML: what must stand stands, what may stand is a comment, and each key
says what it is. All words come from the schemas; a line is at most 100 characters long unless one value alone is longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Final

from plugin_spec.errors import ConfigPath
from tiktok_destination.cli.wrapping import WIDTH
from tiktok_destination.cli.yaml_writing import entry
from tiktok_destination.config.outline import Least, Outline, example
from tiktok_destination.config.structure import Place
from tiktok_destination.redaction import printable

PLACEHOLDER: Final = "REPLACE: a placeholder"
_DEFAULT: Final = "the default"
_EXAMPLE: Final = "for example"


@dataclass(frozen=True)
class Part:
    """One schema with the data that fit it."""

    outline: Outline
    least: Least
    blocks: Mapping[ConfigPath, Sequence[str]] = field(default_factory=dict)
    """Lines to show at an optional key instead of an example."""

    def top_keys(self) -> tuple[str, ...]:
        """The keys at the top."""
        return self.outline.root(self.least.data).known_keys()

    def lines(self, key: str) -> Iterator[str]:
        """One of those keys with all that is below it."""
        yield from self._key(self.outline.root(self.least.data), key, WIDTH)

    def _key(self, place: Place, key: str, width: int) -> Iterator[str]:
        member = self.outline.below(place, key)
        if member.forbidden():
            return
        yield from comment(_words(member), width)
        if key not in place.value:
            yield from commented(self._optional(member, key, width - 2))
        elif member.known_keys():
            yield f"{key}:"
            yield from _indented(self._section(member, width - 2))
        else:
            mark = PLACEHOLDER if member.path in self.least.examples else ""
            yield from marked(entry(key, place.value[key], width), mark, width)

    def _section(self, place: Place, width: int) -> Iterator[str]:
        """Its keys, with room between them."""
        shown = [lines for key in place.known_keys() if (lines := list(self._key(place, key, width)))]
        for at, lines in enumerate(shown):
            yield from ["", *lines] if at else lines

    def _optional(self, member: Place, key: str, width: int) -> Iterator[str]:
        if member.path in self.blocks:
            yield f"{key}:"
            yield from _indented(self.blocks[member.path])
        elif member.known_keys():
            yield f"{key}:"
            for name in member.known_keys():
                below = self.outline.below(member, name)
                if not below.forbidden():
                    yield from _indented(comment(_words(below), width - 2))
                    yield from _indented(self._optional(below, name, width - 2))
        else:
            default = member.annotation("default")
            value, mark = (example(member), _EXAMPLE) if default is None else (default, _DEFAULT)
            yield from marked(entry(key, value, width), mark, width)


def comment(text: str, width: int = WIDTH) -> list[str]:
    """Words, as comment lines."""
    return commented(wrap(printable(text), width - 2, break_long_words=False, break_on_hyphens=False))


def commented(lines: Iterable[str]) -> list[str]:
    """Each line as a comment."""
    return [f"# {line}" for line in lines]


def marked(lines: list[str], mark: str, width: int) -> list[str]:
    """An entry with a word about it: behind it where there is room, else before it."""
    if not mark:
        return lines
    first = f"{lines[0]}  # {mark}"
    return [first, *lines[1:]] if len(first) <= width else [*comment(mark, width), *lines]


def _words(place: Place) -> str:
    said = [words for name in ("title", "description") if (words := place.annotation(name))]
    return " – ".join(said) if said else str(place.path[-1])


def _indented(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield f"  {line}" if line else ""
