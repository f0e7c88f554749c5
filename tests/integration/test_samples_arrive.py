"""Each sample configuration, sent for real: the outcomes beside it come true, and the receiver's books agree.

The outcomes beside the samples are a preview's: `pending` with the code `preview` is what sending would deliver. The
receiver refuses none of it; a sample of which it refuses something is to be mended.
"""

import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

import sample_configs
from plugin_spec import DestinationManager, Outcome
from tests.integration.sending import TOKEN, ledger, send_as_configured
from tiktok_destination.config.loading import load
from tiktok_destination.emulator.ledger import canonical_json, digest
from tiktok_destination.formats.opening import open_records

FOLDER = Path(sample_configs.__file__).parent
CONFIGS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
NOW = 1_795_176_000.0
"""2026-11-20T12:00:00Z, the moment at which the outcomes beside the samples are judged."""


def config_of(name):
    manager = DestinationManager()
    loaded = load(
        FOLDER / f"{name}.yaml",
        environ={"TIKTOK_ACCESS_TOKEN": TOKEN},
        plugin_schema=lambda destination: manager.load(destination).config_schema(),
    )
    return loaded.plugin


def records_of(name):
    [path] = [path for suffix in (".csv", ".ndjson") if (path := FOLDER / f"{name}{suffix}").exists()]
    with open_records(str(path), lambda: None) as file:
        return [record for record, _ in file]


def outcomes_beside(name):
    return [json.loads(line) for line in (FOLDER / f"{name}.outcomes.ndjson").read_bytes().splitlines()]


def as_delivered(line):
    """What sending makes of a previewed outcome, as far as code can tell; the sentences of reasons left aside."""
    told = {name: value for name, value in line.items() if name not in ("line", "reason", "request")}
    if (line["outcome"], line.get("code")) == ("pending", "preview"):
        del told["code"]
        told["outcome"] = "delivered"
    return without_kind_of_copy(told)


def without_kind_of_copy(told):
    """Sending also tells a copy from another event with its id; a preview need not."""
    return {name: value for name, value in told.items() if (told["outcome"], name) != ("duplicate", "code")}


def as_told(entry):
    """An outcome, as `as_delivered` gives it."""
    told = {
        "record": entry.position,
        "entry": entry.ordinal,
        "outcome": entry.outcome.value,
        "code": entry.code,
        "path": entry.path,
        "notes": list(msgspec.to_builtins(entry.notes)),
        "event": entry.event_name,
        "event_id": entry.event_id,
        "suggestion": entry.suggestion,
        "rows": list(entry.rows),
        "test": entry.test,
    }
    return without_kind_of_copy({name: value for name, value in told.items() if value})


def booked(event_source, event_source_id, event, sha256):
    """One event in a book of either side; an app's has no event id."""
    return (
        event_source,
        event_source_id,
        event["event"],
        event.get("event_id"),
        event["event_time"],
        sha256,
    )


@pytest.mark.parametrize("name", CONFIGS)
def test_a_sample_comes_to_the_outcomes_beside_it_and_its_events_arrive_as_they_were_previewed(
    emulator, name
):
    emulator.admin("clock", {"now": NOW, "frozen": True})
    expected = outcomes_beside(name)

    outcomes, _ = send_as_configured(emulator, config_of(name), records_of(name), now=NOW)

    assert list(map(as_told, outcomes)) == list(map(as_delivered, expected))
    arrived = ledger(emulator)
    assert Counter(line["disposition"] for line in arrived) == Counter(
        "test" if entry.test else "counted" for entry in outcomes if entry.outcome is Outcome.DELIVERED
    )
    requests = [line["request"] for line in expected if "request" in line]
    assert Counter(
        booked(line["event_source"], line["event_source_id"], line, line["sha256"]) for line in arrived
    ) == Counter(
        booked(one["event_source"], one["event_source_id"], event, digest(canonical_json(event)))
        for one in requests
        for event in one["data"]
    )
