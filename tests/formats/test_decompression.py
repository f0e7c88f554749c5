"""How inputs that are packed with gzip or zstd are read."""

import gzip
import os
import tracemalloc
from contextlib import suppress

import pytest
import zstandard
from reading import read, read_until_it_breaks, written

from tiktok_destination.formats import InputError, open_records

LINES = b"".join(b'{"n":%d}\n' % number for number in range(1, 2_001))
RECORDS = [(number, b'{"n":%d}' % number) for number in range(1, 2_001)]
HALF = LINES.index(b"\n", len(LINES) // 2) + 1
SKIPPED = b"\x50\x2a\x4d\x18\x04\0\0\0note"


def zstd(content):
    return zstandard.ZstdCompressor().compress(content)


def zstd_of_unknown_size(content):
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(content) + packer.flush()


PACKED = [
    ("gzip", gzip.compress(LINES)),
    ("gzip of several members", gzip.compress(LINES[:HALF]) + gzip.compress(b"") + gzip.compress(LINES[HALF:])),
    ("gzip with padding between and behind its members",
     gzip.compress(LINES[:HALF]) + b"\0" * 5_000 + gzip.compress(LINES[HALF:]) + b"\0" * 512),
    ("zstd", zstd(LINES)),
    ("zstd of unknown size", zstd_of_unknown_size(LINES)),
    ("zstd of several frames, some to be skipped", SKIPPED + zstd(LINES[:HALF]) + SKIPPED + zstd(LINES[HALF:])),
]  # fmt: skip


@pytest.mark.parametrize("name", ["events.ndjson", "events.ndjson.gz", "events.zst", "events"])
@pytest.mark.parametrize("content", [case[1] for case in PACKED], ids=[case[0] for case in PACKED])
def test_what_is_packed_is_told_by_its_bytes_and_never_by_its_name(tmp_path, content, name):
    assert read(tmp_path, content, name) == RECORDS


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"{,b\n1,2\n", "rows.csv.PACKED", [(2, {"{": "1", "b": "2"})]),
        (b'{\n"a":1}', "events.json.PACKED", [(1, b'{\n"a":1}')]),
        (b'[\n{"a":1}]', "events.PACKED", [(2, b'{"a":1}')]),
        ("a\n\u00e4\n".encode("utf-16"), "rows.csv.PACKED", [(2, {"a": "\u00e4"})]),
    ],
)
def test_the_name_before_the_packing_says_the_format(tmp_path, pack, content, name, expected):
    for suffix in ("gz", "ZST"):
        assert read(tmp_path, pack(content), name.replace("PACKED", suffix)) == expected


BROKEN = [
    ("gzip that is cut short", gzip.compress(LINES)[:-20], "the gzip data ends in the middle"),
    ("gzip without its check sum", gzip.compress(LINES)[:-8], "the gzip data ends in the middle"),
    ("gzip with a wrong check sum", gzip.compress(LINES)[:-8] + b"12345678", "the gzip data is damaged"),
    ("gzip that goes on as something else", gzip.compress(LINES) + b"secret", "the gzip data is damaged or goes on"),
    ("zstd that is cut short", zstd(LINES[:HALF]) + zstd(LINES[HALF:])[:-20], "the zstd data ends in the middle"),
    ("zstd that is damaged", zstd(LINES[:HALF]) + zstd(LINES[HALF:])[:7] + b"\xff" * 50, "the zstd data is damaged"),
    ("zstd that goes on as something else", zstd(LINES) + b"secret", "the zstd data is damaged or goes on"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "problem"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN]
)
def test_damage_ends_the_input_after_what_could_be_unpacked(tmp_path, content, problem):
    kept, error = read_until_it_breaks(tmp_path, content, "events.ndjson.gz")
    assert kept == RECORDS[: len(kept)]
    assert len(kept) > 900
    assert problem in error
    assert "secret" not in error


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the input is empty"),
        (b"PK\x03\x04...", "spreadsheet"),
        (gzip.compress(LINES), "packed twice"),
        (zstd(LINES), "packed twice"),
    ],
    ids=["nothing", "a spreadsheet", "gzip", "zstd"],
)
def test_what_is_inside_is_judged_like_any_input(tmp_path, pack, content, problem):
    with pytest.raises(InputError, match=problem):
        read(tmp_path, pack(content), "rows.csv.gz")


@pytest.mark.parametrize("start", [b"\x1f\x8b", b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd"])
def test_a_beginning_alone_ends_in_the_middle(tmp_path, start):
    with pytest.raises(InputError, match="ends in the middle"):
        read(tmp_path, start)


@pytest.mark.parametrize(
    ("begin", "filling", "end", "expected"),
    [
        (b"[", b" ", b"{}]", [b"{}"]),
        (b'["', b"x", b'",{}]', [b"", b"{}"]),
        (b"{}\n", b"{", b"\n{}", [b"{}", b"", b"{}"]),
    ],
    ids=["white space", "one string", "one line"],
)
def test_what_unpacks_to_a_thousand_times_its_size_stays_small_in_memory(
    tmp_path, begin, filling, end, expected
):
    content = begin + filling * 200_000_000 + end
    path = written(tmp_path, zstd(content), "events.json.zst")
    del content
    tracemalloc.start()
    try:
        assert [record.body for record in until_it_breaks(path)] == expected
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def until_it_breaks(path):
    with suppress(InputError), open_records(str(path), lambda: None) as records:
        for record, _ in records:
            yield record


def test_progress_is_that_in_the_packed_file(tmp_path):
    content = gzip.compress(b"".join(os.urandom(40).hex().encode() + b"\n" for _ in range(5_000)))
    with open_records(str(written(tmp_path, content, "rows.csv.gz")), lambda: None) as records:
        assert records.size_bytes == len(content)
        assert records.bytes_read < len(content)
        list(records)
        assert records.bytes_read == len(content)


@pytest.mark.parametrize("pack", [gzip.compress, zstd])
def test_a_live_packed_pipe_is_followed_member_by_member(pack):
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        sink.write(pack(b'{"n":1}\n'))
        with open_records("-", lambda: source) as records:
            stream = iter(records)
            assert next(stream)[0].body == b'{"n":1}'
            sink.write(pack(b'{"n":2}\n'))
            assert next(stream)[0].body == b'{"n":2}'
            sink.close()
            assert next(stream, None) is None
