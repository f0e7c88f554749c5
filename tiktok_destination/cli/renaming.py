"""The work of `fields`: the renaming table, aligned, and how to change a line of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from plugin_spec import FieldRename
from tiktok_destination.cli.loading import load_config, warn
from tiktok_destination.cli.wrapping import aligned, wrapped
from tiktok_destination.cli.yaml_writing import in_brackets
from tiktok_destination.config.outline import FIELDS, Outline, example
from tiktok_destination.redaction import printable


@dataclass(frozen=True)
class Renames:
    """The renaming table of one configuration."""

    rules: Sequence[FieldRename]
    how_to_change: str
    """Empty where the destination's configuration has no field rules."""

    def as_json(self) -> str:
        return msgspec.json.encode(list(self.rules)).decode()

    def lines(self) -> Iterator[str]:
        """For people."""
        rows = [("Record", "Event", "From", "")]
        for rule in self.rules:
            says = [", ".join(rule.event_sources), rule.remark]
            rows.append((rule.source, f"→ {rule.target}", rule.origin, " · ".join(filter(None, says))))
        yield from map(printable, aligned(rows))
        yield ""
        fields = len({rule.target for rule in self.rules})
        yield (
            f"{len(self.rules)} paths fill {fields} fields. Where several fill one, the first that holds"
            " something counts."
        )
        if self.how_to_change:
            yield from wrapped(self.how_to_change, "")


def of_config(path: Path, environ: Mapping[str, str]) -> Renames:
    """The table in force. Raises CommandFailedError."""
    loaded = load_config(path, environ)
    warn(loaded)
    rules = loaded.destination.field_rules(loaded.config.plugin)
    place = Outline(loaded.destination.config_schema()).at(FIELDS)
    how = (
        ""
        if place is None
        else f"To change one, write it in {path}: {'.'.join(FIELDS)}, for example {in_brackets(example(place))}."
    )
    return Renames(rules, printable(how))
