"""The sample inputs that ship beside the sample configurations. Found by listing; no path is made of what a request says."""

from __future__ import annotations

import io
from importlib.resources import files
from typing import Final

from tiktok_destination.formats import RecordFile

_PACKAGE: Final = "sample_configs"
_SUFFIXES: Final = (".ndjson", ".csv", ".json")
_OUTCOMES: Final = ".outcomes.ndjson"


def sample_names() -> tuple[str, ...]:
    """In alphabetical order."""
    found = (one.name for one in files(_PACKAGE).iterdir() if one.is_file())
    return tuple(sorted(name for name in found if name.endswith(_SUFFIXES) and not _is_none(name)))


def open_sample(name: str) -> RecordFile | None:
    """The sample of this name, open; None: there is none."""
    if name not in sample_names():
        return None
    stream = io.BytesIO((files(_PACKAGE) / name).read_bytes())
    return RecordFile(name, stream, stream.close)


def _is_none(name: str) -> bool:
    """What came of a sample, or the emulator's data."""
    return name.endswith((_OUTCOMES, "_seed.json"))
