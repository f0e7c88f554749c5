"""One measurement, in a process of its own: `python -m benchmarks.measure VARIANT EVENTS` prints it as JSON.

Warmed up with the first thousand records, then all records once. CPU seconds of the process, on one core if the system
lets it choose.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from benchmarks import floor, inputs, naive
from benchmarks.events import NOW

_WARM_UP: Final = 1_000
Parts = dict[str, float]
"""What was measured → seconds; the sum is the variant's."""


def main() -> None:
    variant, events = sys.argv[1], int(sys.argv[2])
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    parts = VARIANTS[variant](events)
    print(json.dumps({name: seconds / events * 1e6 for name, seconds in parts.items()}))


def _timed(work: Callable[[Any], Iterable[Any]], records: Any, first: Any) -> Parts:
    """Run the work to its end, keeping nothing."""
    deque(work(first), maxlen=0)
    began = floor.CLOCK()
    deque(work(records), maxlen=0)
    return {"all": floor.CLOCK() - began}


def _prepare(plan: Any, bodies: Iterable[Any]) -> Iterable[Any]:
    from plugin_spec import Record  # noqa: PLC0415 - the floor records what is hashed before anything of ours is there

    prepared: Iterable[Any] = plan.prepare(
        (Record(position, body) for position, body in enumerate(bodies, start=1)), NOW
    )
    return prepared


def _plan_over(preset: str, *, compiled: bool) -> Callable[[Iterable[Any]], Iterable[Any]]:
    from benchmarks import plans  # noqa: PLC0415 - as above

    plan = plans.plan(preset) if compiled else plans.interpreted(preset)
    return lambda bodies: _prepare(plan, bodies)


def _lines(preset: str, events: int) -> list[bytes]:
    return inputs.lines_of(inputs.track_file(events) if preset == "segment" else inputs.row_file(events))


def _of_lines(preset: str, *, compiled: bool) -> Callable[[int], Parts]:
    def measure(events: int) -> Parts:
        lines = _lines(preset, events)
        return _timed(_plan_over(preset, compiled=compiled), lines, lines[:_WARM_UP])

    return measure


def _objects(lines: Iterable[bytes]) -> list[Any]:
    """The records that are JSON, as a host's own dicts."""
    objects = []
    for line in lines:
        try:
            objects.append(json.loads(line))
        except ValueError:
            objects.append({})
    return objects


def _of_dicts(work: Callable[[], Callable[[Iterable[Any]], Iterable[Any]]]) -> Callable[[int], Parts]:
    def measure(events: int) -> Parts:
        records = _objects(_lines("segment", events))
        return _timed(work(), records, records[:_WARM_UP])

    return measure


def _naive_rows(lines: Iterable[bytes]) -> Iterable[Any]:
    return naive.row_events(json.loads(line) for line in lines)


def _naive_csv(text: str) -> Iterable[Any]:
    import csv  # noqa: PLC0415 - beside its only use

    return naive.row_events(csv.DictReader(io.StringIO(text)))


def _naive_lines(preset: str) -> Callable[[int], Parts]:
    def measure(events: int) -> Parts:
        lines = _lines(preset, events)
        return _timed(naive.track_events if preset == "segment" else _naive_rows, lines, lines[:_WARM_UP])

    return measure


def _csv_text(events: int) -> tuple[str, str]:
    """All of it, and its beginning."""
    text = inputs.row_csv(events).read_text(encoding="utf-8")
    return text, "".join(text.splitlines(keepends=True)[: _WARM_UP + 1])


def _csv_records(text: bytes) -> Iterable[Any]:
    from tiktok_destination.formats.csv_rows import CsvRows  # noqa: PLC0415 - as above
    from tiktok_destination.formats.lines import Lines  # noqa: PLC0415 - as above

    return (record for record, _ in CsvRows(Lines(io.BufferedReader(io.BytesIO(text))), "rows.csv"))


def _of_csv(*, compiled: bool | None) -> Callable[[int], Parts]:
    """Through the host's reader; None: reading alone."""

    def measure(events: int) -> Parts:
        from benchmarks import plans  # noqa: PLC0415 - as above

        text, first = (half.encode() for half in _csv_text(events))
        if compiled is None:
            return _timed(_csv_records, text, first)
        plan = plans.plan("amperity") if compiled else plans.interpreted("amperity")
        return _timed(lambda text: plan.prepare(_csv_records(text), NOW), text, first)

    return measure


def _naive_of_csv(events: int) -> Parts:
    return _timed(_naive_csv, *_csv_text(events))


def _floor(preset: str, *, csv: bool = False) -> Callable[[int], Parts]:
    def measure(events: int) -> Parts:
        lines = _lines(preset, events)
        with floor.recorded_hashes() as recorded:
            work = _plan_over(preset, compiled=True)
            deque(work(lines[:_WARM_UP]), maxlen=0)
            once = len(recorded)  # what a plan hashes once only is no part of the floor
            bodies = [entry.body for entry in work(lines) if hasattr(entry, "body")]
        floor.check_all_seen(recorded, lines, bodies)
        from benchmarks import plans  # noqa: PLC0415 - as above

        record_type = plans.input_type(preset)
        floor.decode_seconds(lines[:_WARM_UP], record_type, floor.CLOCK)
        return {
            "decode": floor.cells_seconds(_csv_text(events)[0], floor.CLOCK)
            if csv
            else floor.decode_seconds(lines, record_type, floor.CLOCK),
            "hash": floor.hash_seconds(recorded[once:], floor.CLOCK),
            "encode": floor.encode_seconds(bodies, floor.CLOCK),
        }

    return measure


VARIANTS: Final[dict[str, Callable[[int], Parts]]] = {
    "segment floor": _floor("segment"),
    "segment prepare": _of_lines("segment", compiled=True),
    "segment interpreter": _of_lines("segment", compiled=False),
    "segment naive": _naive_lines("segment"),
    "dicts prepare": _of_dicts(lambda: _plan_over("segment", compiled=True)),
    "dicts naive": _of_dicts(lambda: lambda records: map(naive.track_event, records)),
    "rows floor": _floor("amperity"),
    "rows prepare": _of_lines("amperity", compiled=True),
    "rows interpreter": _of_lines("amperity", compiled=False),
    "rows naive": _naive_lines("amperity"),
    "csv floor": _floor("amperity", csv=True),
    "csv reading": _of_csv(compiled=None),
    "csv prepare": _of_csv(compiled=True),
    "csv interpreter": _of_csv(compiled=False),
    "csv naive": _naive_of_csv,
}
"""`WORKLOAD VARIANT` → how it is measured."""


if __name__ == "__main__":
    main()
