"""Test events: one ViewContent for each event source of a configuration, which TikTok shows and does not count.

They are made here and not mapped from a record, so that they test the credential, the event source ids and the way to
TikTok, whatever the mapping. The person in them does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import msgspec

from plugin_spec import ConfigError, ConfigFault, Prepared, TestEvents
from tiktok_destination.catalog.limits import test_event_code
from tiktok_destination.mapping.envelope import batch_key
from tiktok_destination.mapping.hashing import sha256
from tiktok_destination.mapping.model import Model, Rulebook
from tiktok_destination.mapping.rules import Constant

_EVENT: Final = "ViewContent"
_EMAIL: Final = "test-event@example.com"
_PAGE: Final = "https://example.com/test-event"
_LEAD: Final = "test-event"

_WHERE: Final = (
    "Look in Events Manager → the pixel, app or event set → Test events: the event shows there within about 30 seconds.",
    "Test events do not count: they unlock no optimisation and stand in no report.",
    "Real events show in Events Manager 30 to 90 minutes after they are sent; the status of a pixel follows within 2 hours.",
)
"""Times as in tiktok-api D.2 and D.3 (third-party documents and TikTok's help, 2026-08)."""


def in_test_mode(rulebook: Rulebook, code: str | None) -> Rulebook:
    """The same rules, by which every event becomes a test event. Raises ConfigError without a test code."""
    models = {
        source: replace(model, test_event_code=_used_code(model, code))
        for source, model in rulebook.models.items()
    }
    return replace(rulebook, models=models)


def test_events(rulebook: Rulebook, code: str | None, event_id: str, now: float) -> TestEvents:
    """One event for each event source. Raises ConfigError without a test code, or without an app's id."""
    faults: list[ConfigFault] = []
    events: list[Prepared] = []
    for source, model in rulebook.models.items():
        used = _used_code(model, code)
        parts = _PARTS[source](model)
        if parts is None:
            remedy = (
                "Write settings.app_id: the number in the App Store address, or the Android package name."
            )
            faults.append(
                ConfigFault(("settings", "app_id"), "a test event of an app needs the app's id", remedy)
            )
            continue
        event: dict[str, Any] = {"event": _EVENT, "event_time": int(now)}
        if model.sends_event_id:
            event["event_id"] = event_id
        event |= parts
        events.append(
            Prepared(
                position=len(events) + 1,
                ordinal=1,
                event_name=_EVENT,
                event_id=event_id,
                batch_key=batch_key(source, model.source_ids[0], used),
                dedup_key=None,
                not_after=now + model.window_s,
                body=msgspec.json.encode(event),
                test=True,
            )
        )
    if faults:
        raise ConfigError(tuple(faults))
    return TestEvents(tuple(events), tuple(rulebook.models), _WHERE)


def _used_code(model: Model, code: str | None) -> str:
    used = code or model.test_event_code
    if used is None or test_event_code().fullmatch(used) is None:
        problem = "is needed to send a test event" if used is None else "is no test event code"
        remedy = "Copy it from Events Manager → Test events, e.g. TEST12345."
        raise ConfigError((ConfigFault(("settings", "test_event_code"), problem, remedy),))
    return used


def _web(model: Model) -> dict[str, Any]:
    return {"user": {"external_id": sha256(_EMAIL)}, "page": {"url": model.link_url or _PAGE}}


def _offline(_model: Model) -> dict[str, Any]:
    return {"user": {"email": sha256(_EMAIL)}}


def _crm(_model: Model) -> dict[str, Any]:
    return {"user": {"email": sha256(_EMAIL)}, "lead": {"lead_id": _LEAD}}


def _app(model: Model) -> dict[str, Any] | None:
    rule = model.fields.get("app.app_id")
    fixed = [source.value for source in rule.sources if isinstance(source, Constant)] if rule else []
    app_id = model.app_id or next(iter(fixed), None)
    return None if app_id is None else {"user": {"email": sha256(_EMAIL)}, "app": {"app_id": str(app_id)}}


_PARTS: Final[Mapping[str, Callable[[Model], dict[str, Any] | None]]] = {
    "web": _web,
    "app": _app,
    "offline": _offline,
    "crm": _crm,
}
