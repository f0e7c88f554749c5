"""The demo's generator and its comparison of both sides' books. The demo itself is run by `make demo`."""

import csv
import json
import signal
import subprocess
import sys
from collections import Counter

import pytest
import requests

from sample_configs import demo
from sample_configs.demo_app_crm import APP_RECORDS, CRM_RECORDS, write_app, write_crm
from sample_configs.demo_records import OFFLINE_ROWS, WEB_RECORDS, write_offline, write_web
from tiktok_destination.emulator.ledger import canonical_json, digest

NOW = 1_795_176_000.0


def test_the_same_seed_and_moment_give_the_same_files_of_the_promised_size(tmp_path):
    promised = {
        write_web: WEB_RECORDS,
        write_app: APP_RECORDS,
        write_offline: OFFLINE_ROWS,
        write_crm: CRM_RECORDS,
    }
    assert sum(promised.values()) == 17_500
    for write, rows in promised.items():
        first, second, other = (tmp_path / name for name in ("first", "second", "other"))
        assert write(first, seed=1, now=NOW) == write(second, seed=1, now=NOW) == rows
        write(other, seed=2, now=NOW)
        assert first.read_bytes() == second.read_bytes() != other.read_bytes()


def names_in(path):
    """How often each event or call is there, and how many lines are none."""
    names, broken = Counter(), 0
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            record = json.loads(line)
            names[record["event"] if "event" in record else record["type"]] += 1
        except (ValueError, TypeError):
            broken += 1
    return names, broken


def test_the_web_records_are_varied_and_some_are_broken(tmp_path):
    path = tmp_path / "web.ndjson"
    write_web(path, seed=1, now=NOW)
    names, broken = names_in(path)
    assert broken > 20
    assert {"Order Completed", "Product Viewed", "page", "identify", "Cart Shared", "Order Refunded"} <= set(
        names
    )


def test_the_app_and_crm_records_are_varied_and_some_are_unfit(tmp_path):
    app, crm = tmp_path / "app.ndjson", tmp_path / "crm.ndjson"
    write_app(app, seed=1, now=NOW)
    write_crm(crm, seed=1, now=NOW)
    names, broken = names_in(app)
    assert broken > 5
    assert {
        "Application Installed",
        "Order Completed",
        "Signed In",
        "Form Submitted",
        "Basket Shaken",
    } <= set(names)
    names, broken = names_in(crm)
    assert not broken
    assert {"Lead Qualified", "Deal Won", "Deal Lost", "Proposal Sent"} <= set(names)
    leads = [
        json.loads(line)["properties"]["lead_id"] for line in crm.read_text(encoding="utf-8").splitlines()
    ]
    assert any(not lead for lead in leads)


def test_the_offline_rows_are_grouped_and_some_are_ragged(tmp_path):
    path = tmp_path / "offline.csv"
    write_offline(path, seed=1, now=NOW)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert len(rows) == OFFLINE_ROWS
    assert any(len(row) < len(header) for row in rows)
    sizes = Counter(row[header.index("order_id")] for row in rows if len(row) == len(header))
    assert max(sizes.values()) >= 4


KEYS = [("web", "Purchase", f"order-{number}") for number in range(4)]


def sent(delivered, **changes):
    summary = {
        "records_read": 4,
        "records_accounted": 4,
        "entries": 4,
        "outcomes": {"delivered": delivered.total(), "rejected": 4 - delivered.total()},
    }
    return demo.Sent("web.ndjson", "web", 4, summary | changes, delivered)


def test_books_that_agree_have_no_fault():
    recorded = {"counted": Counter(KEYS[:3]), "duplicate": Counter(KEYS[:1])}
    assert list(demo._faults(sent(Counter(KEYS[:3])), recorded)) == []


@pytest.mark.parametrize(
    ("counted", "changes", "fault"),
    [
        (KEYS[:2], {}, "1 events delivered but never counted"),
        (KEYS, {}, "1 events counted but not delivered"),
        ([*KEYS[:3], KEYS[0]], {}, "1 events counted twice"),
        (KEYS[:3], {"records_read": 3}, "4 records written, 3 read"),
        (KEYS[:3], {"records_accounted": 3}, "3 accounted for"),
        (KEYS[:3], {"entries": 5}, "do not add up to 5 entries"),
        (KEYS[:3], {"outcomes": {"delivered": 4}}, "the outcomes file and the summary differ"),
    ],
)
def test_books_that_disagree_are_told(counted, changes, fault):
    faults = list(demo._faults(sent(Counter(KEYS[:3]), **changes), {"counted": Counter(counted)}))
    assert any(fault in text for text in faults)


def test_the_demo_of_the_harness_leaves_both_sides_open_until_it_is_ended():
    process = subprocess.Popen(
        [sys.executable, "-m", "sample_configs.demo_harness"], stdout=subprocess.PIPE, text=True
    )
    try:
        said = []
        while "Ctrl-C ends both" not in (line := process.stdout.readline()):
            assert line, said
            said.append(line)
        harness, emulator = (line.split()[-1] for line in said[:2])
        with requests.Session() as session:
            session.trust_env = False
            page = session.get(f"{harness}/destinations/segment-web.yaml/activity", timeout=30)
            assert "web.ndjson" in page.text
            assert session.get(f"{emulator}/accounts", timeout=30).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_an_app_event_is_known_by_the_digest_that_the_receiver_writes(monkeypatch, tmp_path):
    event = {"event": "LaunchAPP", "user": {"idfv": "Ü"}, "app": {"app_id": "a"}, "event_time": 5}
    preview = {"record": 7, "entry": 1, "request": {"event_source": "app", "data": [event]}}
    lines = [json.dumps(preview), json.dumps({"record": 8, "entry": 1})]
    monkeypatch.setattr(demo, "_run", lambda *_: "\n".join(lines).encode())
    shipment = demo.Shipment("segment-app", "app", tmp_path / "app.ndjson", 8)
    assert demo._digests(shipment) == {(7, 1): digest(canonical_json(event))}


def test_the_receivers_book_names_events_by_their_id_and_those_of_an_app_by_their_digest(tmp_path):
    line = {"event": "Purchase", "disposition": "counted", "sha256": "0f"}
    ledger = tmp_path / "ledger.ndjson"
    ledger.write_text(
        json.dumps({**line, "event_source": "web", "event_id": "order-1"})
        + "\n"
        + json.dumps({**line, "event_source": "app", "event_id": None})
        + "\n"
    )
    assert demo._read_ledger(ledger) == {
        "counted": Counter([("web", "Purchase", "order-1"), ("app", "Purchase", "0f")])
    }
