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
CRM_SET = "7400000000000000002"
APP = "7350000000000000003"
IDS = {
    "web": {"pixel_code": PIXEL},
    "app": {"tiktok_app_id": APP},
    "offline": {"event_set_id": SET},
    "crm": {"event_set_id": CRM_SET},
    "auto": {
        "pixel_code": PIXEL,
        "tiktok_app_id": APP,
        "event_set_id": SET,
        "crm_event_set_id": CRM_SET,
    },
}
SOURCES = ("web", "app", "offline", "crm")


def config(event_source="web", preset="segment", settings=None, ids=None, **mapping):
    if ids is None:
        ids = {} if settings and "event_set_ids" in settings else IDS[event_source]
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


def plain(name="purchase", **fields):
    return {
        "event": name,
        "timestamp": TIME,
        "event_id": "e-1",
        "email": "a@example.com",
        "page_url": "https://shop.example/",
        "app_id": "com.example.shop",
        **fields,
    }


def ga4(name="purchase", **fields):
    return {
        "event_name": name,
        "event_time": TIME,
        "event_id": "e-1",
        "user_data": {"email_address": "a@example.com"},
        "page_location": "https://shop.example/",
        **fields,
    }


def happening(preset, name):
    """A record of a preset's own shape that lacks nothing at any event source."""
    if preset in ("segment", "rudderstack"):
        return {
            **track(name, {"email": "a@example.com", "lead_id": "7300000000000000009"}),
            "type": "page" if name == "page" else "track",
            "context": {"app": {"namespace": "com.example.shop"}, "page": {"url": "https://shop.example/"}},
        }
    if preset == "amperity":
        return row(event=name, page_url="https://shop.example/")
    return ga4(name) if preset == "ga4" else plain(name)
