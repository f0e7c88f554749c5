"""The emulator's tables hold what tiktok-api.md says, and agree with one another."""

from __future__ import annotations

from tiktok_destination.emulator import tables
from tiktok_destination.emulator.endpoints import JUDGES


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


def test_every_endpoint_has_a_judge_and_every_quota_an_endpoint() -> None:
    assert set(JUDGES) == set(tables.ENDPOINTS)
    assert tables.REPORT_EVENTS in tables.LIMITS.endpoint_quotas
    assert set(tables.LIMITS.endpoint_quotas) <= set(tables.ENDPOINTS)


def test_every_permission_that_is_asked_for_has_a_name_and_those_above_it_imply_it() -> None:
    for scope in tables.SCOPES.values():
        assert scope.above is None or scope.above in tables.SCOPES
    assert {row.scope for row in tables.ENDPOINTS.values() if row.scope} <= set(tables.SCOPES)
    assert tables.sufficient("800") == {"800", "80", "8"}
    assert tables.sufficient("7224195155857866754") == {"7224195155857866754", "5"}
    assert tables.sufficient("5") == {"5"}
    assert tables.sufficient("1234") == {"1234"}
