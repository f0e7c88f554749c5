"""The demo, `make demo`: 17,500 records to an emulated TikTok, and then both sides' books are compared.

It starts an emulator on loopback and makes it fail now and then, sends one file for each event source with the sample
configurations beside this module, and joins what the sender says it delivered with what the receiver says it counted,
event by event: by event id, or by the digest of the whole event where TikTok takes no id (app). It ends with exit code 0
only when the two agree.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
import requests

from sample_configs.demo_app_crm import write_app, write_crm
from sample_configs.demo_records import write_offline, write_web

_COMMAND: Final = (sys.executable, "-m", "tiktok_destination")
_TOKEN: Final = "emulator-token-0000000000000000000000000"  # noqa: S105 - opens the emulator on this machine, nothing else
_SEED: Final = 20_261_121
_STORES: Final = "7400000000000000001"
"""The offline event set whose first answer gets lost."""
_RUN_TIMEOUT_S: Final = 120
_PLANNED_EXIT_CODES: Final = (0, 3)
"""3: some entries were rejected, refused or expired, as planned."""

_WITHOUT_EVENT_ID: Final = ("app",)
"""Event sources whose events carry no event id."""

EventKey = tuple[str, str, str]
"""Event source, event name as sent, event id; without an id the digest of the event."""


@dataclass(frozen=True)
class Shipment:
    """One file, and the sample configuration that sends it."""

    config: str
    event_source: str
    path: Path
    records: int


@dataclass(frozen=True)
class Sent:
    """The sender's side of one shipment."""

    title: str
    event_source: str
    records_written: int
    summary: Mapping[str, Any]
    delivered: Counter[EventKey]


def main() -> int:
    """Run the demo; the exit code."""
    started = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tiktok-destination-demo-")))
        ledger = folder / "ledger.ndjson"
        _say("Writing records of four event sources, some of them unfit on purpose …")
        shipments = _write(folder, time.time())
        url = stack.enter_context(_emulator(ledger))
        _say(f"An emulated TikTok listens on {url}.")
        _make_trouble(url, shipments[0].path)
        _say(
            "It will be out of order once, lose one answer after it has stored the events, and refuse two orders."
        )
        sent = [_send(shipment, url) for shipment in shipments]
        recorded = _read_ledger(ledger)
    faults = [fault for one in sent for fault in _faults(one, recorded)]
    _print_books(sent, recorded)
    for fault in faults:
        _say(f"DISAGREEMENT: {fault}")
    if not faults:
        total = sum(one.delivered.total() for one in sent)
        _say(
            f"Both books agree: {total:,} events delivered, {total:,} counted; none missing, none extra, none twice."
            "\n(Compared event by event: by event id, those of an app by the digest of their content.)"
        )
    _say(f"{time.monotonic() - started:.1f} seconds.")
    return 1 if faults else 0


def _write(folder: Path, now: float) -> list[Shipment]:
    planned = (
        ("segment-web", "web", "web.ndjson", write_web),
        ("segment-app", "app", "app.ndjson", write_app),
        ("amperity-offline", "offline", "offline.csv", write_offline),
        ("segment-crm", "crm", "crm.ndjson", write_crm),
    )
    return [
        Shipment(config, event_source, folder / name, write(folder / name, seed=_SEED, now=now))
        for config, event_source, name, write in planned
    ]


def _make_trouble(url: str, web: Path) -> None:
    orders = (line["properties"]["event_id"] for line in _orders_of(web))
    session = requests.Session()
    session.trust_env = False  # no proxy stands between this machine and itself
    for path, payload in (
        ("faults", [
            {"kind": "http", "status": 503, "nth": 2, "count": 1},
            {"kind": "reset_after", "event_source_id": _STORES, "count": 1},
        ]),
        ("poison", {"event_ids": list(islice(orders, 2))}),
    ):  # fmt: skip
        session.post(f"{url}/_emulator/{path}", json=payload, timeout=10).raise_for_status()
    session.close()


def _orders_of(web: Path) -> Iterator[dict[str, Any]]:
    with web.open("rb") as file:
        lines = (line for line in file if b'"event": "Order Completed"' in line and line.endswith(b"}\n"))
        for line in lines:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:  # broken on purpose
                continue


def _send(shipment: Shipment, url: str) -> Sent:
    source = shipment.path
    outcomes = source.with_suffix(".outcomes.ndjson")
    _say(f"Sending {source.name} ({shipment.records:,} records) with {shipment.config}.yaml …")
    summary = _run("send", shipment, "--outcomes", str(outcomes), "--json", base_url=url)
    digests = _digests(shipment) if shipment.event_source in _WITHOUT_EVENT_ID else {}
    delivered = Counter(
        (
            shipment.event_source,
            line["event"],
            digests[line["record"], line["entry"]] if digests else line["event_id"],
        )
        for line in _lines_of(outcomes)
        if line["outcome"] == "delivered"
    )
    return Sent(source.name, shipment.event_source, shipment.records, json.loads(summary), delivered)


def _digests(shipment: Shipment) -> dict[tuple[int, int], str]:
    """Record and entry → the digest of its event, as the receiver makes it: of JSON with sorted keys."""
    previewed = map(json.loads, _run("preview", shipment).splitlines())
    return {
        (line["record"], line["entry"]): hashlib.sha256(
            msgspec.json.encode(line["request"]["data"][0], order="sorted")
        ).hexdigest()
        for line in previewed
        if "request" in line
    }


def _run(command: str, shipment: Shipment, *options: str, base_url: str = "") -> bytes:
    """What the command prints for this file and its sample configuration."""
    with as_file(files("sample_configs") / f"{shipment.config}.yaml") as config:
        run = subprocess.run(  # noqa: S603 - our own interpreter and module, files of our own
            [*_COMMAND, command, str(config), str(shipment.path), *options],
            env=os.environ
            | {
                "TIKTOK_BASE_URL": base_url,
                "TIKTOK_ACCESS_TOKEN": _TOKEN,
                # What is sent here is nobody's but the demo's, and goes with it.
                "TIKTOK_DESTINATION_DATA": str(shipment.path.parent / "data"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if command == "preview" else None,
            timeout=_RUN_TIMEOUT_S,
            check=False,
        )
    if run.returncode not in _PLANNED_EXIT_CODES:
        raise SystemExit(f"tiktok-destination {command} ended with exit code {run.returncode}.")
    return run.stdout


def _read_ledger(ledger: Path) -> dict[str, Counter[EventKey]]:
    """What the receiver recorded: disposition → events."""
    recorded: dict[str, Counter[EventKey]] = {}
    for line in _lines_of(ledger):
        unique = line["sha256" if line["event_source"] in _WITHOUT_EVENT_ID else "event_id"]
        key = (line["event_source"], line["event"], unique)
        recorded.setdefault(line["disposition"], Counter())[key] += 1
    return recorded


def _lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        yield from map(json.loads, file)


def _faults(sent: Sent, recorded: Mapping[str, Counter[EventKey]]) -> Iterator[str]:
    summary = sent.summary
    if not sent.records_written == summary["records_read"] == summary["records_accounted"]:
        yield (
            f"{sent.title}: {sent.records_written:,} records written, {summary['records_read']:,} read,"
            f" {summary['records_accounted']:,} accounted for"
        )
    if sum(summary["outcomes"].values()) != summary["entries"]:
        yield f"{sent.title}: the outcomes do not add up to {summary['entries']:,} entries"
    if sent.delivered.total() != summary["outcomes"]["delivered"]:
        yield f"{sent.title}: the outcomes file and the summary differ"
    counted = _of_source(recorded, "counted", sent.event_source)
    for what, events in (
        ("delivered but never counted", sent.delivered - counted),
        ("counted but not delivered", counted - sent.delivered),
        ("counted twice", Counter({key: count for key, count in counted.items() if count > 1})),
    ):
        if events:
            yield f"{sent.title}: {len(events):,} events {what}"


def _print_books(sent: list[Sent], recorded: Mapping[str, Counter[EventKey]]) -> None:
    _say("")
    _say(f"  {'':<12}" + "".join(f"{one.title:>16}" for one in sent))
    for row in ("records_read", "entries"):
        _say(f"  {row.replace('_', ' '):<12}" + "".join(f"{one.summary[row]:>16,}" for one in sent))
    for outcome in sent[0].summary["outcomes"]:
        counts = [one.summary["outcomes"][outcome] for one in sent]
        if any(counts):
            _say(f"    {outcome:<10}" + "".join(f"{count:>16,}" for count in counts))
    _say("  the emulator recorded")
    for disposition in ("counted", "duplicate", "test"):
        counts = [_of_source(recorded, disposition, one.event_source).total() for one in sent]
        if disposition == "counted" or any(counts):
            _say(f"    {disposition:<10}" + "".join(f"{count:>16,}" for count in counts))
    _say("")


def _of_source(
    recorded: Mapping[str, Counter[EventKey]], disposition: str, event_source: str
) -> Counter[EventKey]:
    events = recorded.get(disposition, Counter())
    return Counter({key: count for key, count in events.items() if key[0] == event_source})


@contextmanager
def _emulator(ledger: Path) -> Iterator[str]:
    """Runs an emulator of our own; gives its address, and ends it."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [*_COMMAND, "emulator", "--port", "0", "--ledger", str(ledger)], stdout=subprocess.PIPE, text=True
    )
    try:
        sentence = process.stdout.readline() if process.stdout else ""
        address = next((word for word in sentence.split() if word.startswith("http://")), None)
        if address is None:
            raise SystemExit("The emulator did not start.")
        yield address
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout:
            process.stdout.close()


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
