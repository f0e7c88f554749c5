"""What every case of one process works with; made once, because it is costly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import config_schemas
from plugin_spec import Destination, DestinationNotFoundError
from tests.fuzz.samples import Sample, destination, samples
from tiktok_destination import formats

NOW = 1_795_176_000.0
"""2026-11-20T12:00:00Z: the sample events lie in the weeks before this moment."""


@dataclass(frozen=True)
class Bench:
    """The destination, its samples and the judges."""

    known: Destination
    schema: Mapping[str, Any]
    """The plugin's part of the configuration."""
    samples: Sequence[Sample]
    codes: frozenset[str]
    """Every code that may stand in an entry: the destination's and the readers'."""
    wire: Draft202012Validator
    targets: Sequence[str]
    """The fields of a wire event, as overlays name them."""
    folder: Path
    """For files that are written to be read."""

    def plugin_schema(self, name: str) -> Mapping[str, Any]:
        """The schema of the destination of that name. Raises DestinationNotFoundError."""
        if name != self.known.name:
            raise DestinationNotFoundError(name)
        return self.schema


def bench(folder: Path) -> Bench:
    """Load the destination and all samples."""
    known = destination()
    wire = config_schemas.load("wire_event")
    targets = [
        f"{part}.{name}" if "properties" in schema else part
        for part, schema in wire["properties"].items()
        for name in schema.get("properties", [part])
    ]
    return Bench(
        known=known,
        schema=known.config_schema(),
        samples=samples(known),
        codes=frozenset(known.about.codes) | frozenset(formats.CODES),
        wire=Draft202012Validator(wire),
        targets=targets,
        folder=folder,
    )
