"""A toy destination: a record with a `name` and an `id` becomes a small JSON event, posted to one local address.

A record without a name is rejected. The receiver answers `{"ok": true}`, or anything else for no.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

import plugin_spec as cdp

CODES = (
    cdp.Code("unreadable_record", "Not a JSON object whose name and id are texts.", "Mend the export."),
    cdp.Code("name_missing", "The record has no name.", "Give every record a name."),
    cdp.Code("id_missing", "Without an id, copies cannot be told apart.", "Give every record an id."),
    cdp.Code("not_ok", "The receiver said no.", "Ask whoever runs the receiver."),
    cdp.Code("no_answer", "The receiver gave no answer that can be read.", "Nothing: it is asked again."),
)
URL = {"title": "Address", "description": "Where events are posted.", "examples": ["http://127.0.0.1:8080/"]}
PREFIX = {"title": "Prefix", "description": "Stands before every name.", "examples": ["shop."], "default": ""}


class Thing(msgspec.Struct, omit_defaults=True):
    """What is read of a record, and what is sent."""

    name: str | None = None
    id: str | None = None


@dataclass(frozen=True)
class ToyPlan:
    prefix: str

    def prepare(self, records: Iterable[cdp.Record], now: cdp.Now) -> Iterator[cdp.Prepared | cdp.Settled]:
        return map(self._entry, records)

    def explain(self, records: Iterable[cdp.Record], now: cdp.Now) -> Iterator[cdp.Explanation]:
        for entry in self.prepare(records, now):
            sent = msgspec.json.decode(entry.body) if isinstance(entry, cdp.Prepared) else {}
            fields = tuple(cdp.FieldTrace(key, key, ("as given",), value) for key, value in sent.items())
            yield cdp.Explanation(entry, "every named record is one event", fields, entry.notes)

    def identify(self, record: cdp.Record) -> tuple[cdp.Identifier, ...]:
        return ()

    def envelope(self, batch_key: str, bodies: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(bodies) + b"]"

    def group_key(self, record: cdp.Record) -> bytes | None:
        return None

    def overview(self) -> cdp.Overview:
        return cdp.Overview(remarks=("The receiver has to run on this machine.",))

    def _entry(self, record: cdp.Record) -> cdp.Prepared | cdp.Settled:
        at, rejected = record.position, cdp.Outcome.REJECTED
        if record.fault:
            return cdp.Settled(at, 1, rejected, record.fault.code, record.fault.path)
        added = {path: value.value for path, value in (record.overlay or {}).items()}
        try:
            given = msgspec.json.decode(record.body) if isinstance(record.body, bytes) else record.body
            thing, gaps = msgspec.convert(given, Thing), msgspec.convert(added, Thing)
            name, id_ = thing.name or gaps.name, thing.id or gaps.id
            if not name:
                return cdp.Settled(at, 1, rejected, "name_missing", "name")
            body = msgspec.json.encode(Thing(self.prefix + name, id_))
        except (ValueError, RecursionError):  # no JSON, a wrong type, half a surrogate pair, a bottomless pit
            return cdp.Settled(at, 1, rejected, "unreadable_record")
        dedup_key = id_.encode() if id_ else None
        notes = () if id_ else (cdp.Note("id_missing", "id"),)
        return cdp.Prepared(at, 1, self.prefix + name, id_, "all", dedup_key, math.inf, body, notes)


@dataclass(frozen=True)
class ToySender:
    url: str
    plan: cdp.Plan
    token: cdp.Credential
    services: cdp.Services

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> cdp.Reply:
        headers = {"Authorization": f"Bearer {self.token.access_token}", "Content-Type": "application/json"}
        undecided = (cdp.Verdict(cdp.VerdictStatus.UNDECIDED),) * len(bodies)
        try:
            with self.services.http_session() as session:
                data = self.plan.envelope(batch_key, bodies)
                answer = session.post(self.url, data, headers=headers, timeout=10).json()
        except requests.RequestException:
            return cdp.Reply(undecided, cdp.Advice(cdp.Action.WAIT), "no_answer", ambiguous=True)
        if answer == {"ok": True}:
            delivered = (cdp.Verdict(cdp.VerdictStatus.DELIVERED),) * len(bodies)
            return cdp.Reply(delivered, cdp.Advice(cdp.Action.GO_ON))
        if len(bodies) > 1:
            return cdp.Reply(undecided, cdp.Advice(cdp.Action.SPLIT), "not_ok")
        refused = (cdp.Verdict(cdp.VerdictStatus.REFUSED, "not_ok"),)
        return cdp.Reply(refused, cdp.Advice(cdp.Action.GO_ON), "not_ok")

    def close(self) -> None:
        """Nothing stays open between two calls."""


@cdp.hookimpl
def destination_about() -> cdp.About:
    return cdp.About(
        name="toy",
        title="Toy",
        description="Posts named things to an address on this machine.",
        event_sources=("thing",),
        max_events=100,
        max_bytes=65_536,
        repeat_window_s=3600,
        codes={code.code: code for code in CODES},
    )


@cdp.hookimpl
def destination_config_schema() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "settings": _part("Settings", "How to reach the receiver.", "url", URL, required=["url"]),
            "mapping": _part("Mapping", "How a record becomes an event.", "prefix", PREFIX, required=[]),
        },
        "required": ["settings"],
    }


def _part(title: str, text: str, key: str, about: dict[str, Any], required: list[str]) -> dict[str, Any]:
    properties = {key: {"type": "string", **about}}
    shape = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"title": title, "description": text, "examples": [{key: about["examples"][0]}], **shape}


@cdp.hookimpl
def destination_field_rules() -> Sequence[cdp.FieldRename]:
    return [cdp.FieldRename(field, field, origin="toy") for field in ("name", "id")]


@cdp.hookimpl
def destination_compile(config: Mapping[str, Any]) -> cdp.Plan:
    return ToyPlan(config.get("mapping", {}).get("prefix", ""))


@cdp.hookimpl
def destination_open(
    config: Mapping[str, Any], credential: cdp.Credential, services: cdp.Services
) -> cdp.Sender:
    url = config["settings"]["url"]
    if urlsplit(url).hostname not in {"127.0.0.1", "localhost"}:
        fault = cdp.ConfigFault(("settings", "url"), "is not on this machine", "take http://127.0.0.1:PORT/")
        raise cdp.ConfigError((fault,))
    return ToySender(url, destination_compile(config), credential, services)
