"""Plans and records for the tests of mapping, through the public face."""

import json

from plugin_spec import ConfigError, Prepared, Record
from tiktok_destination.mapping.plan import compile_plan

NOW = 1_767_312_000.0
"""2026-01-02T00:00:00Z"""
TIME = "2026-01-01T00:00:00Z"
SECONDS = 1_767_225_600
PIXEL = "C0PIXELCODE00000001A"
SET = "7400000000000000001"


def config(event_source="web", preset="segment", settings=None, **mapping):
    ids = {"pixel_code": PIXEL} if event_source == "web" else {"event_set_id": SET}
    if settings and "event_set_ids" in settings:
        ids = {}
    return {
        "name": "test",
        "settings": {"event_source": event_source, **ids, **(settings or {})},
        "mapping": {"preset": preset, **mapping} if preset else mapping,
    }


def plan(*args, **kwargs):
    return compile_plan(config(*args, **kwargs))


def faults(*args, **kwargs):
    try:
        plan(*args, **kwargs)
    except ConfigError as error:
        return error.faults
    return ()


def records(*bodies):
    return [
        Record(at, body if isinstance(body, bytes) else json.dumps(body).encode())
        for at, body in enumerate(bodies, 1)
    ]


def entries(the_plan, *bodies, now=NOW):
    return list(the_plan.prepare(records(*bodies), now))


def one(the_plan, body, now=NOW):
    (entry,) = entries(the_plan, body, now=now)
    return entry


def event(the_plan, body, now=NOW):
    entry = one(the_plan, body, now)
    assert isinstance(entry, Prepared), entry
    return json.loads(entry.body)


def notes(entry):
    return {(note.code, note.path) for note in entry.notes}


def track(name="Order Completed", properties=None, **fields):
    return {
        "type": "track",
        "event": name,
        "messageId": "m-1",
        "timestamp": TIME,
        "userId": "u-1",
        "context": {"page": {"url": "https://shop.example/"}},
        "properties": properties or {},
        **fields,
    }


def row(**columns):
    return {
        "event": "CompletePayment",
        "timestamp": TIME,
        "event_id": "e-1",
        "email": "a@example.com",
        **columns,
    }
