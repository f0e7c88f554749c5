"""Cases of inputs: the damaged bytes of an input file are read, and what could be read is prepared."""

from __future__ import annotations

import gzip
import itertools
from collections import Counter
from collections.abc import Mapping
from io import BytesIO
from random import Random

from plugin_spec import Note, Record
from tests.fuzz import damage, record_cases, values
from tests.fuzz.bench import NOW, Bench
from tests.fuzz.entry_checks import expect
from tests.fuzz.samples import Input, Sample, chosen
from tiktok_destination.formats import CODES, InputError, open_records

_SUFFIXES = (
    "",
    ".txt",
    ".csv",
    ".CSV",
    ".ndjson",
    ".jsonl",
    ".json",
    ".tsv",
    ".gz",
    ".csv.gz",
    ".ndjson.gz",
    ".json.gz",
    ".zst",
    ".parquet",
)
_MOST_RECORDS = 2_000
"""As many as are looked at of one input; a damaged archive may hold more."""


def run(seed: int, bench: Bench) -> Counter[str]:
    """Read the input of this seed. Raises BreachError, and whatever the reader or the plan raises."""
    rng = Random(f"inputs:{seed}")
    sample = chosen(seed, bench.samples)
    given = input_of(rng, sample, bench)
    piped = rng.random() < 0.3
    path = bench.folder / given.name
    if not piped:
        path.write_bytes(given.content)
    counted = Counter(inputs=1)
    try:
        records = _read("-" if piped else str(path), given.content)
    except InputError as error:
        expect(error.problem.strip() and error.remedy.strip(), "an error says what is wrong and what to do")
        expect(values.CANARY not in str(error), "an error holds nothing of the content")
        counted["input refused"] += 1
        return counted
    finally:
        if not piped:
            path.unlink()
    counted["input read"] += 1
    counted["records read"] += len(records)
    counted["records with a fault"] += sum(record.fault is not None for record in records)
    if len(records) < 100 and rng.random() < 0.5:
        record_cases.check(rng, sample.plan, records, NOW, bench)
    return counted


def input_of(rng: Random, sample: Sample, bench: Bench) -> Input:
    """A sample's input, changed; its name fits, or does not."""
    original = rng.choice(sample.inputs)
    content, suffix = original.content, original.name.removeprefix(sample.name)
    draw = rng.random()
    if draw < 0.55:
        other = rng.choice(rng.choice(bench.samples).inputs).content
        content = damage.damaged(rng, content, rng.choice((other, values.CANARY.encode() * 3)))
    elif draw < 0.63:
        content = damage.reencoded(rng, content)
    elif draw < 0.75:
        content = _other_lines(rng, content)
    elif draw < 0.80:
        content = rng.choice(
            (
                b"",
                b"\n\n",
                b"[",
                b"[]",
                b"{}",
                b"[{}]",
                b"[" + content.strip().replace(b"\n", b",") + b"]",
                b"\x00" * 500,
                rng.randbytes(300),
            )
        )
    elif draw < 0.81:
        content += rng.choice(
            (b"x" * 5_000_000, b'"' * 4_500_001, b"," * 70_000, b'"' + b"a\n" * 70_000, b"\r" * 10_000)
        )
    if rng.random() < 0.2:
        content = gzip.compress(content, 1, mtime=0)
        suffix = f"{suffix}.gz" if rng.random() < 0.8 else suffix
        if rng.random() < 0.5:
            content = damage.damaged(rng, content)
        elif rng.random() < 0.1:
            content += content
    if rng.random() < 0.15:
        suffix = rng.choice(_SUFFIXES)
    return Input(f"input{suffix}", content)


def _other_lines(rng: Random, content: bytes) -> bytes:
    """The same lines in another number and order, with other ends and separators between cells."""
    lines = content.splitlines()
    draw = rng.randrange(6)
    if draw == 0:
        lines = rng.choices(lines, k=rng.randrange(1, 40))
    elif draw == 1:
        lines.insert(
            rng.randrange(len(lines) + 1),
            rng.choice((b"", b",,,", b'"', b"# comment", b'{"a":1}', b"a,b", b"\xef\xbb\xbf", b'"a","b\n')),
        )
    elif draw == 2:
        lines = [line.replace(b",", rng.choice((b";", b"\t", b"|", b",,"))) for line in lines]
    elif draw == 3:
        lines = lines[1:]
    elif draw == 4:
        lines[0] = lines[0].replace(b",", b"," + values.CANARY.encode() + b",", 1)
    return rng.choice((b"\n", b"\r\n", b"\r", b"\n\n")).join(lines)


def _read(path: str, content: bytes) -> list[Record]:
    records: list[Record] = []
    last_line = 0
    with open_records(path, lambda: BytesIO(content)) as file:
        for position, (record, line) in enumerate(itertools.islice(file, _MOST_RECORDS), start=1):
            expect(type(record) is Record and record.position == position, "records count from 1")
            expect(isinstance(record.body, bytes | Mapping), "a record's body is bytes or a mapping")
            expect(line >= last_line and line >= 1, "lines rise")
            fault = record.fault
            expect(
                fault is None or (type(fault) is Note and fault.code in CODES),
                "a fault has a code of the readers'",
            )
            last_line = line
            records.append(record)
    return records
