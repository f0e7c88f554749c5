"""How Parquet files become records."""

import builtins
import datetime as dt
import decimal
import gzip
import io
import os
import threading
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from reading import read, read_until_it_breaks, written

from tiktok_destination.formats import InputError, open_records

NS = 1_700_000_000_000_000_001
MOMENT = dt.datetime(2023, 11, 14, 22, 13, 20)  # noqa: DTZ001 - as a column without a zone has it
ZONED = MOMENT.replace(tzinfo=dt.UTC)
ID = uuid.UUID("12345678-1234-5678-1234-567812345678")


def parquet(columns, **options):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    pq.write_table(table, file, **options)
    return file.getvalue()


def column(*values, of=None):
    return pa.array(values, of)


def broken_text(size=1):
    raw = pa.array([b"\xff"] * size, pa.binary())
    return pa.StringArray.from_buffers(size, *raw.buffers()[1:])


VALUES = [
    ("text", column("x", None), ["x", None]),
    ("numbers", column(1, None), [1, None]),
    ("unsigned numbers", column(2**64 - 1, of=pa.uint64()), [2**64 - 1]),
    ("decimals", column(decimal.Decimal("1.50")), [decimal.Decimal("1.50")]),
    ("large decimals", column(decimal.Decimal(10) ** 60, of=pa.decimal256(76, 0)), [decimal.Decimal(10) ** 60]),
    ("half floats", column(1.5, of=pa.float16()), [1.5]),
    ("flags", column(True, False), [True, False]),
    ("bytes", column(b"\xff"), [b"\xff"]),
    ("a type of nothing", pa.nulls(1), [None]),
    ("days", column(dt.date(2026, 1, 2)), [dt.date(2026, 1, 2)]),
    ("times of day", column(dt.time(1, 2)), [dt.time(1, 2)]),
    ("times of day in nanoseconds", column(1_001, of=pa.time64("ns")), [dt.time(0, 0, 0, 1)]),
    ("seconds", column(1_700_000_000, of=pa.timestamp("s")), [MOMENT]),
    ("nanoseconds", column(NS, None, of=pa.timestamp("ns")), [MOMENT, None]),
    ("nanoseconds in a time zone", column(NS, of=pa.timestamp("ns", "Asia/Tokyo")), [ZONED]),
    ("seconds in a time zone that nobody knows", column(1_700_000_000, of=pa.timestamp("s", "Mars/Base")), [ZONED]),
    ("the last second of all years, further east", column(253_402_300_799, of=pa.timestamp("s", "Asia/Tokyo")),
     [dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)]),
    ("nanoseconds in lists", column([NS], None, of=pa.list_(pa.timestamp("ns"))), [[MOMENT], None]),
    ("nanoseconds in large lists", column([NS], of=pa.large_list(pa.timestamp("ns"))), [[MOMENT]]),
    ("nanoseconds in lists of one size", column([NS, NS], of=pa.list_(pa.timestamp("ns"), 2)), [[MOMENT, MOMENT]]),
    ("nanoseconds in objects", column({"at": NS}, None, of=pa.struct([("at", pa.timestamp("ns"))])), [{"at": MOMENT}, None]),
    ("nanoseconds in maps", column([("k", NS)], [], of=pa.map_(pa.string(), pa.timestamp("ns"))), [{"k": MOMENT}, {}]),
    ("nanoseconds in a dictionary", column(NS, None, of=pa.timestamp("ns")).dictionary_encode(), [MOMENT, None]),
    ("lengths of time in nanoseconds", column(5_001, of=pa.duration("ns")), [dt.timedelta(microseconds=5)]),
    ("dictionaries", column("x", None, "x").dictionary_encode(), ["x", None, "x"]),
    ("dictionaries in objects", pa.StructArray.from_arrays([column("x").dictionary_encode()], ["k"]), [{"k": "x"}]),
    ("lists of objects", column([{"sku": "x"}]), [[{"sku": "x"}]]),
    ("UUIDs", column(ID.bytes, of=pa.uuid()), [ID]),
    ("a date in the year 33658, beside a good one", column(10**15, 0, of=pa.timestamp("ms")),
     [b"timestamp[ms]", dt.datetime(1970, 1, 1)]),  # noqa: DTZ001 - as above
]  # fmt: skip


@pytest.mark.parametrize(
    ("held", "expected"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES]
)
def test_values(tmp_path, held, expected):
    records = read(tmp_path, parquet({"c": held}), "rows.parquet")
    assert records == [(row, {"c": value}) for row, value in enumerate(expected, 1)]


FAULTS = [
    ("text that is not UTF-8", pa.concat_arrays([broken_text(), column("x")]), "undecodable"),
    ("a key twice in a map", column([("k", 1), ("k", 2)], [("k", 1)], of=pa.map_(pa.string(), pa.int64())), "unreadable_cell"),
    ("a date beyond all years in a list", column([2**30], [1], of=pa.list_(pa.date32())), "unreadable_cell"),
]  # fmt: skip


@pytest.mark.parametrize(("held", "code"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_cell_that_cannot_be_read_costs_its_own_row_alone(tmp_path, held, code):
    [first, second] = read(tmp_path, parquet({"c": held}), "rows.parquet")
    assert first == (1, code)
    assert isinstance(second[1], dict)


def test_rows_are_numbered_over_batches_and_row_groups(tmp_path):
    content = parquet({"n": list(range(1_000))}, row_group_size=300)
    assert read(tmp_path, content, "rows") == [(number + 1, {"n": number}) for number in range(1_000)]


def test_dictionaries_inside_objects_differ_from_row_group_to_row_group(tmp_path):
    nested = pa.StructArray.from_arrays([column(*map(str, range(600))).dictionary_encode()], ["k"])
    content = parquet({"c": nested}, row_group_size=200)
    assert [body["c"]["k"] for _, body in read(tmp_path, content)] == list(map(str, range(600)))


def test_the_columns_are_known_before_the_first_row_and_progress_goes_with_the_rows(tmp_path):
    path = written(tmp_path, parquet({"a": list(range(100)), "b": list(range(100))}), "rows.parquet")
    with open_records(str(path), io.BytesIO) as records:
        assert records.columns == ("a", "b")
        assert records.bytes_read == 0
        for record, _ in records:
            assert records.bytes_read == record.position * records.size_bytes // 100


def test_a_file_without_rows_holds_no_records(tmp_path):
    assert read(tmp_path, parquet({"a": pa.array([], pa.string())}), "rows.parquet") == []


def test_packed_and_piped_files_are_read_as_well(tmp_path):
    content = parquet({"a": ["x" * 100_000, "y"]})
    expected = [(1, {"a": "x" * 100_000}), (2, {"a": "y"})]
    assert read(tmp_path, gzip.compress(content), "rows.parquet.gz") == expected
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb") as sink:
        feeder = threading.Thread(target=lambda: (sink.write(content), sink.close()))
        feeder.start()
        with open_records("-", lambda: source) as records:
            assert records.columns == ("a",)
            assert [(line, record.body) for record, line in records] == expected
        feeder.join()


def test_a_file_as_standard_input_is_read_from_where_it_stands(tmp_path):
    content = parquet({"a": ["x"]})
    for before in (b"", b"some lines\n"):
        with written(tmp_path, before + content, "rows").open("rb") as source:
            source.read(len(before))
            with open_records("-", lambda: source) as records:
                assert [record.body for record, _ in records] == [{"a": "x"}]


def damaged_in_its_second_row_group():
    content = bytearray(
        parquet({"a": [f"text {n}" for n in range(600)]}, row_group_size=300, compression="gzip")
    )
    start = pq.ParquetFile(io.BytesIO(content)).metadata.row_group(1).column(0).data_page_offset
    content[start : start + 400] = b"secret  " * 50
    return bytes(content)


WHOLE_FILE = [
    ("cut short", parquet({"a": ["x"]})[:-9], "damaged, not complete"),
    ("its beginning alone", b"PAR1", "damaged, not complete"),
    ("something else between its marks", b"PAR1secretPAR1", "damaged, not complete"),
    ("encrypted", b"PAREsecretPARE", "encrypted"),
    ("two columns of one name", parquet(pa.Table.from_arrays([column(1), column(2)], ["a", "a"])),
     "column 2 has the name of an earlier column"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "problem"), [case[1:] for case in WHOLE_FILE], ids=[case[0] for case in WHOLE_FILE]
)
def test_a_file_that_cannot_be_read_is_one_clear_error(tmp_path, content, problem):
    for name, bytes_ in (("rows.parquet", content), ("rows.parquet.gz", gzip.compress(content))):
        kept, error = read_until_it_breaks(tmp_path, bytes_, name)
        assert kept == []
        assert problem in error
        assert "secret" not in error


def test_damage_half_way_keeps_the_rows_before(tmp_path):
    kept, error = read_until_it_breaks(tmp_path, damaged_in_its_second_row_group(), "rows.parquet")
    assert [body for _, body in kept] == [{"a": f"text {n}"} for n in range(len(kept))]
    assert len(kept) >= 256
    assert f"damaged, not complete or of an unknown kind, after row {len(kept)}" in error
    assert "secret" not in error


def test_without_its_library_the_error_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def missing(name, *arguments):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(InputError, match=r"pip install 'tiktok-destination\[parquet\]'"):
        read(tmp_path, b"PAR1....PAR1", "rows.parquet")
