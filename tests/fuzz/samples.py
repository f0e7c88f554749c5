"""What the cases start from: every sample configuration with its plan, and the records and bytes of the inputs beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path as FilePath
from typing import Any
from zlib import crc32

import msgspec

import sample_configs
from plugin_spec import Destination, DestinationManager, FieldRename, Plan
from tiktok_destination.config import load
from tiktok_destination.formats import InputError, open_records
from tiktok_destination.mapping.paths import Path, parse

FOLDER = FilePath(sample_configs.__file__).parent
TOKEN = "canary-6e1f0b7ad2c94835fuzz"
"""What every variable of the environment holds; it may stand in no message."""


class Environment(Mapping[str, str]):
    """An environment in which every variable is set whose name has no UNSET in it."""

    def __getitem__(self, name: str) -> str:
        if "UNSET" in name:
            raise KeyError(name)
        return TOKEN

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True)
class Input:
    """One input file beside a configuration."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Sample:
    """One sample configuration."""

    name: str
    text: str
    plan: Plan
    inputs: Sequence[Input]
    records: Sequence[Mapping[str, Any]]
    """The records of its inputs, decoded."""
    paths: Sequence[Path]
    """Where its rules look in a record."""


def destination() -> Destination:
    """The destination that all samples configure."""
    return DestinationManager().load("tiktok")


def samples(known: Destination) -> tuple[Sample, ...]:
    """All of them, in alphabetical order."""
    return tuple(_sample(path, known) for path in sorted(FOLDER.glob("*.yaml")))


def chosen(seed: int, candidates: Sequence[Sample]) -> Sample:
    """The sample of a seed. One more sample takes its share of the seeds, and leaves the others where they were."""
    return max(candidates, key=lambda sample: crc32(f"{seed}:{sample.name}".encode()))


def _sample(path: FilePath, known: Destination) -> Sample:
    config = load(path, environ=Environment(), plugin_schema=lambda _name: known.config_schema())
    inputs = tuple(
        Input(beside.name, beside.read_bytes())
        for beside in sorted(FOLDER.glob(f"{path.stem}.*"))
        if beside != path and ".outcomes." not in beside.name
    )
    records = [record for one in inputs for record in _records(one)]
    if not records:
        raise AssertionError(f"{path.name}: no input with records stands beside it")
    return Sample(
        name=path.stem,
        text=path.read_text("utf-8"),
        plan=known.compile(config.plugin),
        inputs=inputs,
        records=records,
        paths=_paths(known.field_rules(config.plugin)),
    )


def _paths(rules: Sequence[FieldRename]) -> list[Path]:
    """The paths that rules read, those of addresses with query parameters among them."""
    written = dict.fromkeys(rule.source.rpartition(" in the query of ")[2] for rule in rules)
    return [path for path in map(parse, written) if isinstance(path.steps[0], str)]


def _records(one: Input) -> Iterator[Mapping[str, Any]]:
    try:
        with open_records(str(FOLDER / one.name), BytesIO) as file:
            held = [record.body for record, _line in file if record.fault is None]
    except InputError:
        return  # what stands beside a configuration need not be records
    for body in held:
        decoded = dict(body) if isinstance(body, Mapping) else _decoded(body)
        if isinstance(decoded, dict) and decoded:
            yield decoded


def _decoded(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None  # a sample may show what a broken line comes to
