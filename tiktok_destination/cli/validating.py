"""The work of `validate`: loads, compiles, and reports what is in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from plugin_spec import EventLine
from tiktok_destination.cli.event_table import event_table, shown_lines
from tiktok_destination.cli.loading import load_config
from tiktok_destination.cli.test_mode import TEST_MODE
from tiktok_destination.cli.wrapping import wrapped
from tiktok_destination.redaction import printable


class FieldRule(msgspec.Struct, frozen=True):
    """One line of the renaming table in force."""

    source: str
    target: str
    origin: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A good configuration."""

    good: bool = True
    file: str
    name: str
    destination: str
    enabled: bool
    test_mode: bool
    warnings: tuple[str, ...]
    events: tuple[EventLine, ...]
    remarks: tuple[str, ...]
    field_rules: tuple[FieldRule, ...]

    def as_json(self) -> str:
        return msgspec.json.encode(self).decode()

    def lines(self) -> Iterator[str]:
        """For people."""
        own = [rule for rule in self.field_rules if rule.origin == "config"]
        yield f"{self.file}: good. {self.name} sends to {self.destination}."
        if self.test_mode:
            yield TEST_MODE
        if not self.enabled:
            yield "It is switched off (enabled: false): send would send nothing."
        yield from event_table(self.events)
        if self.remarks:
            yield ""
            yield "To bear in mind"
            for remark in self.remarks:
                yield from wrapped(printable(remark), "  - ")
            yield ""
        yield f"{len(self.field_rules)} field rules are in force, {len(own)} of them from this file (--json lists all)."
        for rule in own:
            yield f"  {printable(rule.source)} → {printable(rule.target)}"


def examine(path: Path, environ: Mapping[str, str]) -> Report:
    """Check everything that can be checked without a connection. Raises CommandFailedError."""
    loaded = load_config(path, environ)
    rules = loaded.destination.field_rules(loaded.config.plugin)
    return Report(
        file=printable(str(path)),
        name=loaded.config.name,
        destination=loaded.destination.about.title,
        enabled=loaded.config.enabled,
        test_mode=loaded.overview.test_mode,
        warnings=loaded.warnings(),
        events=shown_lines(loaded.overview.events),
        remarks=loaded.overview.remarks,
        field_rules=tuple(FieldRule(rule.source, rule.target, rule.origin) for rule in rules),
    )


def faults_json(lines: Sequence[str]) -> str:
    """A bad configuration, for machines."""
    return msgspec.json.encode({"good": False, "faults": list(lines)}).decode()
