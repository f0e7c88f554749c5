"""The emulator's tables hold what tiktok-api.md says, and agree with one another."""

from __future__ import annotations

from tiktok_destination.emulator import tables, track


def test_the_tables_have_the_sizes_that_the_reference_counts() -> None:
    assert len(tables.CURRENCIES) == 62
    assert len(tables.STANDARD_NAMES["web"]) == 21
    assert len(tables.STANDARD_NAMES["app"]) == 27
    assert tables.STANDARD_NAMES["web"] == tables.STANDARD_NAMES["offline"] == tables.STANDARD_NAMES["crm"]


def test_old_and_reserved_names_lead_to_standard_ones_and_are_none_themselves() -> None:
    for old, new in {**tables.RENAMED, **tables.OTHER_SPELLINGS, **tables.RESERVED_NAMES}.items():
        assert old not in tables.STANDARD_NAMES["web"]
        assert new in tables.STANDARD_NAMES["web"]
    assert tables.STANDARD_NAMES["web"] >= tables.SOFT_DEPRECATED_NAMES


def test_each_field_stands_once_and_beneath_an_object_that_its_sources_know() -> None:
    rows = {row.path: row for row in tables.FIELDS}
    assert len(rows) == len(tables.FIELDS)
    for row in tables.FIELDS:
        above = row.path.rpartition(".")[0].removesuffix("[]")
        if above:
            assert set(row.sources) <= set(rows[above].sources), row.path


def test_the_endpoint_that_is_served_has_a_quota() -> None:
    assert track.PATH in tables.LIMITS.endpoint_quotas
