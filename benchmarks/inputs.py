"""The events as files beside this module, made once: a benchmark reads the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import inspect
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from benchmarks import events, people

CACHE: Final = Path(__file__).parent / ".cache"
RESULTS: Final = Path(__file__).parent / ".results"
_SEED: Final = 5
_BLOCK: Final = 50_000


def track_file(count: int) -> Path:
    """Calls of the Segment spec as NDJSON."""
    return _made("track.ndjson", count, lambda: events.track_lines(_SEED, count))


def row_file(count: int) -> Path:
    """Flat rows as NDJSON: a number is a number, an empty cell is missing."""
    return _made("rows.ndjson", count, lambda: map(_row_line, events.rows(_SEED, count)))


def row_csv(count: int) -> Path:
    """The same rows as CSV."""
    return _made("rows.csv", count, lambda: _csv_lines(count))


def long_track_file(count: int) -> Path:
    """As `track_file`, quickly made: the events repeat after 50,000, each time under ids of their own."""
    if count <= _BLOCK:
        return track_file(count)

    def again() -> Iterator[bytes]:
        lines = lines_of(track_file(_BLOCK))
        for number in range(count):
            turn, at = divmod(number, _BLOCK)
            yield lines[at].replace(b'"ajs-next-', b'"ajs-%04d-' % turn, 1)

    return _made("long.ndjson", count, again)


def lines_of(path: Path) -> list[bytes]:
    """The lines of a file, without their ends."""
    return path.read_bytes().splitlines()


def _row_line(row: events.Json) -> bytes:
    held = {column: value for column, value in row.items() if value is not None}
    return json.dumps(held, ensure_ascii=False, separators=(",", ":")).encode()


def _csv_lines(count: int) -> Iterator[bytes]:
    text = io.StringIO()
    table = csv.DictWriter(text, events.COLUMNS, lineterminator="")
    table.writeheader()
    yield text.getvalue().encode()
    for row in events.rows(_SEED, count):
        text.seek(0)
        text.truncate()
        table.writerow(row)
        yield text.getvalue().encode()


def _made(name: str, count: int, make: Callable[[], Iterable[bytes]]) -> Path:
    """The file; another version of the generator gives another one."""
    path = CACHE / f"{count}-{_version()}-{name}"
    if not path.exists():
        CACHE.mkdir(exist_ok=True)
        for older in CACHE.glob(f"{count}-*-{name}"):
            older.unlink()
        unfinished = path.with_suffix(f".{os.getpid()}")
        with unfinished.open("wb") as file:
            file.writelines(line + b"\n" for line in make())
        unfinished.rename(path)
    return path


def _version() -> str:
    sources = [Path(inspect.getfile(module)).read_bytes() for module in (events, people)]
    return hashlib.sha256(b"".join(sources)).hexdigest()[:8]
