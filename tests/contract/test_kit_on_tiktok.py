"""The TikTok destination keeps the contract: events of each event source, records that choose one, and grouped rows."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import ClassVar

from kit import DestinationContract

from plugin_spec import Record

SAMPLES = Path(__file__).parents[2] / "sample_configs"
AT_2026_11_20 = 1_795_132_800.0


def lines(name: str) -> list[Record]:
    content = (SAMPLES / name).read_bytes().splitlines()
    return [Record(position, line) for position, line in enumerate(content, start=1)]


def rows(name: str) -> list[Record]:
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return [Record(position, row) for position, row in enumerate(csv.DictReader(file), start=1)]


class TestTiktokWeb(DestinationContract):
    name = "tiktok"
    config: ClassVar = {
        "settings": {"event_source": "web", "pixel_code": "C0PIXELCODE00000001A", "default_region": "GB"},
        "mapping": {"preset": "segment"},
    }
    records = lines("segment-web.ndjson")
    now = AT_2026_11_20


class TestTiktokOfflineRows(DestinationContract):
    name = "tiktok"
    config: ClassVar = {
        "settings": {
            "event_source": "offline",
            "event_set_ids": ["7400000000000000001", "7400000000000000011"],
            "default_region": "US",
        },
        "mapping": {"preset": "amperity", "value": "sum_of_items"},
    }
    records = rows("amperity-offline.csv")
    now = AT_2026_11_20


class TestTiktokApp(DestinationContract):
    name = "tiktok"
    config: ClassVar = {
        "settings": {"event_source": "app", "tiktok_app_id": "7350000000000000003"},
        "mapping": {"preset": "segment"},
    }
    records = lines("segment-app.ndjson")
    now = AT_2026_11_20


class TestTiktokCrm(DestinationContract):
    name = "tiktok"
    config: ClassVar = {
        "settings": {"event_source": "crm", "event_set_id": "7400000000000000002"},
        "mapping": {"preset": "segment", "events": {"Lead Qualified": "Lead"}},
    }
    records = lines("segment-crm.ndjson")
    now = AT_2026_11_20


class TestTiktokRecordsThatChoose(DestinationContract):
    name = "tiktok"
    config: ClassVar = {
        "settings": {
            "event_source": "auto",
            "pixel_code": "C0PIXELCODE00000001A",
            "tiktok_app_id": "7350000000000000003",
            "event_set_id": "7400000000000000001",
            "crm_event_set_id": "7400000000000000002",
            "test_event_code": "TEST12345",
        },
        "mapping": {"preset": "segment"},
    }
    records = lines("segment-auto.ndjson")
    now = AT_2026_11_20
