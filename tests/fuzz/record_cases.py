"""Cases of records: a batch of mutated sample records goes through the sample's plan."""

from __future__ import annotations

import json
import re
from collections import ChainMap, Counter, OrderedDict
from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

import msgspec

from plugin_spec import Note, OverlayValue, Plan, Prepared, Record
from tests.fuzz import entry_checks, values
from tests.fuzz.bench import NOW, Bench
from tests.fuzz.damage import damaged
from tests.fuzz.mutation import Palette, mutated, planted
from tests.fuzz.samples import Sample, chosen
from tiktok_destination.formats import CODES

_RAW_MARK = re.compile(rb'"@@raw(\d+)@@"')
_HOST_CODES = sorted(CODES)
_MOMENTS = (NOW, NOW, NOW, NOW, NOW, NOW, NOW, NOW, NOW, NOW - 86_400, NOW + 10 * 86_400, 1.5, 4e9, 1e12)


def run(seed: int, bench: Bench) -> Counter[str]:
    """Prepare the batch of this seed and check everything. Raises BreachError, and whatever the plan raises."""
    rng = Random(f"records:{seed}")
    sample = chosen(seed, bench.samples)
    records = batch(rng, sample, bench.targets)
    return check(rng, sample.plan, records, rng.choice(_MOMENTS), bench)


def check(rng: Random, plan: Plan, records: Sequence[Record], now: float, bench: Bench) -> Counter[str]:
    """Prepare these records and check everything; what happened."""
    entries = list(plan.prepare(iter(records), now))
    entry_checks.check_cover(records, entries)
    entry_checks.check_engines(plan, records, now, entries)
    events: dict[int, Mapping[str, Any]] = {}
    for entry in entries:
        entry_checks.check_entry(entry, now, bench.codes)
        if isinstance(entry, Prepared):
            event = entry_checks.check_body(entry)
            if not entry.rows:
                events[entry.position] = event
            if rng.random() < 0.08:
                entry_checks.check_wire(entry, bench.wire)
    entry_checks.check_envelopes(plan, [entry for entry in entries if isinstance(entry, Prepared)])
    if rng.random() < 0.15:
        entry_checks.check_explained(plan, records, now, entries, frames=rng.choice((0, 10, 60)))
    if rng.random() < 0.15:
        for record in records:
            entry_checks.check_identified(plan, record, events.get(record.position))
    return entry_checks.tally(len(records), entries)


def batch(rng: Random, sample: Sample, targets: Sequence[str]) -> list[Record]:
    """Mutated records in about the order of the sample, so that adjacent rows still make groups."""
    size, start = rng.choice((1, 4, 16, 32, 32, 48, 64)), rng.randrange(len(sample.records))
    bodies = [
        _body(rng, sample, sample.records[(start + at // rng.choice((1, 1, 1, 2))) % len(sample.records)])
        for at in range(size)
    ]
    if rng.random() < 0.2:
        rng.shuffle(bodies)
    return [
        Record(
            position,
            body,
            _overlay(rng, targets) if rng.random() < 0.1 else None,
            Note(rng.choice(_HOST_CODES), "line") if rng.random() < 0.02 else None,
        )
        for position, body in enumerate(bodies, start=1)
    ]


def _body(rng: Random, sample: Sample, record: Mapping[str, Any]) -> bytes | Mapping[str, Any]:
    draw = rng.random()
    if draw < 0.12:
        return record if rng.random() < 0.5 else written(record)
    if draw < 0.52:
        changed = _changed(rng, sample, record, values.json_value)
        return changed if rng.random() < 0.3 else written(changed)
    if draw < 0.66:
        return _with_raw(rng, sample, record)
    if draw < 0.76:
        return damaged(rng, written(record), written(mutated(rng, record, values.json_value, 1)))
    if draw < 0.94:
        return _from_python(rng, _changed(rng, sample, record, values.python_value))
    if draw < 0.97:
        return written(_random_object(rng, record))
    return rng.choice(
        (
            b"",
            b"null",
            b"[]",
            b"{}",
            b'{"":{}}',
            b"[" * 20_000,
            rng.randbytes(rng.randrange(60)),
            written([record]),
        )
    )


def _changed(rng: Random, sample: Sample, record: Mapping[str, Any], palette: Palette) -> Any:
    steps = rng.choice((1, 1, 1, 2, 2, 4, 10))
    if rng.random() < 0.6:
        return mutated(rng, record, palette, steps)
    for _ in range(steps):  # where it is sure to be read
        record = planted(rng, record, rng.choice(sample.paths).steps, palette(rng))
    return record


def written(value: Any) -> bytes:
    """The value as JSON; half characters as their bytes, which are no UTF-8."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, ValueError, RecursionError):
        pass
    try:
        return json.dumps(value, ensure_ascii=len(value) % 2 == 0).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return b"{}"


def _with_raw(rng: Random, sample: Sample, record: Mapping[str, Any]) -> bytes:
    """JSON text that no encoder writes: odd literals, and keys that stand twice."""
    text = written(_changed(rng, sample, record, values.raw_mark))
    text = _RAW_MARK.sub(lambda found: values.RAW[int(found[1])], text)
    if rng.random() < 0.4 and (at := text.find(b'{"', rng.randrange(len(text)))) >= 0:
        end = text.find(b'":', at)
        again = (
            text[at + 1 : end + 2]
            + rng.choice((b"null", b'""', b"0", b'"again"', b"{}", rng.choice(values.RAW)))
            + b","
        )
        text = text[: at + 1] + again + text[at + 1 :]
    return text


def _from_python(rng: Random, record: dict[Any, Any]) -> Mapping[Any, Any]:
    draw = rng.random()
    if draw < 0.2:
        record[values.python_key(rng)] = values.python_value(rng)
    elif draw < 0.3:
        return {values.python_key(rng): values.python_value(rng), **record}
    elif draw < 0.4:
        return MappingProxyType(record)
    elif draw < 0.45:
        return OrderedDict(record)
    elif draw < 0.5:
        return ChainMap({}, record)
    return record


def _random_object(rng: Random, record: Mapping[str, Any]) -> Any:
    """An object that shares nothing with the sample but, by chance, its keys."""
    keys = [*record, *(str(values.time_value(rng)), "a", "")]
    return {rng.choice(keys)[:300]: values.json_value(rng) for _ in range(rng.randrange(8))}


def _overlay(rng: Random, targets: Sequence[str]) -> dict[str, OverlayValue]:
    return {
        rng.choice(targets) if rng.random() < 0.9 else "no.such.field": OverlayValue(
            values.python_value(rng) if rng.random() < 0.7 else "a@shop.example", "click store"
        )
        for _ in range(rng.randint(1, 4))
    }
