"""One event in the making: a draft with a name, judged and either ready to send or settled with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from plugin_spec import FieldTrace, Note, Outcome, Prepared, Settled
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.fields import fields
from tiktok_destination.catalog.limits import limit
from tiktok_destination.mapping import event_ids, money
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.draft import NOTHING_THERE, Draft, Origin
from tiktok_destination.mapping.envelope import batch_key
from tiktok_destination.mapping.event_names import EventRule
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.scalars import as_text
from tiktok_destination.mapping.units import Unit

MatchKeys = list[tuple[str, ...]]
_PARTS = ("user", "page", "app", "ad", "lead", "properties")
_encoder = msgspec.json.Encoder()


@dataclass(slots=True)
class Case:
    """One event of one unit."""

    model: Model
    unit: Unit
    ordinal: int
    rule: EventRule
    draft: Draft
    event: dict[str, Any] = field(default_factory=dict)
    """The wire event."""
    notes: list[Note] = field(default_factory=list)
    origins: dict[str, Origin] | None = None

    def write(self) -> None:
        """Put the draft under its name: parts, fixed values, money."""
        draft, event = self.draft, self.event
        self.notes = [*draft.notes, *(Note(code, "event") for code in self.rule.notes)]
        self.origins = dict(draft.origins) if draft.origins is not None else None
        event["event"] = self.rule.name
        if draft.moment is not None:
            event["event_time"] = draft.moment.seconds
        if draft.event_id is not None and self.model.sends_event_id:
            event["event_id"] = draft.event_id
        for part in _PARTS:
            if values := draft.parts.get(part):
                event[part] = dict(values)
        self._write_worth()
        if draft.limited_data_use is not None:
            event["limited_data_use"] = draft.limited_data_use

    def judge(self, now: float, match_keys: MatchKeys) -> Prepared | Settled:
        """Ready to send, or why not. `now` in Unix seconds."""
        source_id = source_id_of(self.model, self.unit.record)
        moment = self.draft.moment
        if self.draft.fault is not None or moment is None:
            return self._settled(
                Outcome.REJECTED, self.draft.fault or Note("event_time_missing", "event_time")
            )
        if isinstance(source_id, Note):
            return self._settled(Outcome.REJECTED, source_id)
        if moment.seconds > now + limit("future_tolerance_s"):
            return self._settled(Outcome.REJECTED, Note("event_time_future", "event_time"))
        if (lacking := self._lacking()) is not None:
            return self._settled(Outcome.REJECTED, lacking)
        if not self._has_identifier(match_keys):
            return self._settled(Outcome.REJECTED, Note("no_identifier", "user"))
        if self.draft.event_id is None:
            if self.model.require_event_id:
                return self._settled(Outcome.REJECTED, Note("event_id_missing", "event_id"))
            if self.model.sends_event_id:
                self._derive_event_id(source_id)
        if self._is_outside_click_window(moment.seconds):
            return self._settled(Outcome.FILTERED, Note("outside_attribution_window", "click_time"))
        not_after = float(moment.seconds + self.model.window_s)
        if not_after < now:
            return self._settled(Outcome.EXPIRED, Note("expired", "event_time"))
        return self._prepared(source_id, not_after)

    def traces(self) -> tuple[FieldTrace, ...]:
        """Where every field that this event source takes came from, or why it is empty."""
        origins = self.origins or {}
        traces = [FieldTrace("event", self.rule.origin, (), self.rule.name)]
        traces += [_trace(target, self.event.get(target), origins) for target in ("event_time", "event_id")]
        for target, taken in fields().items():
            if self.model.event_source in taken.event_sources:
                part, _, key = target.rpartition(".")
                traces.append(
                    _trace(target, (self.event.get(part, {}) if part else self.event).get(key), origins)
                )
        return tuple(traces)

    def _write_worth(self) -> None:
        properties: dict[str, Any] = self.event.get("properties", {})
        unsupported = self.draft.currency_unsupported
        if unsupported:
            # A currency that a host adds would be another one than the record's amounts are in.
            for target in (money.VALUE, money.CURRENCY):
                if properties.pop(target.removeprefix("properties."), None) is not None:
                    self._tell(target, Origin(None, reason="currency_unsupported"))
        if self.rule.worth_from_rule and not self.rule.fixed and properties.pop("value", None) is not None:
            self.notes.append(Note("value_not_configured", money.VALUE))
            self._tell(money.VALUE, Origin(None, reason="value_not_configured"))
        if self.rule.fixed:
            self._fix_worth(properties)
        elif not unsupported:
            for note in money.settle(properties, self.model.currency):
                self.notes.append(note)
                if note.code == "currency_defaulted":
                    self._tell(money.CURRENCY, Origin("settings.default_currency"))
        if properties:
            self.event["properties"] = {
                name: properties[name] for name in _wire_order() if name in properties
            }
        else:
            self.event.pop("properties", None)

    def _fix_worth(self, properties: dict[str, Any]) -> None:
        stated = properties.get("currency")
        for target, value in self.rule.fixed.items():
            properties[target.removeprefix("properties.")] = value
            self._tell(target, Origin("fixed by the event's rule"))
        other = self.draft.currency_unsupported or stated not in (None, properties["currency"])
        contents = properties.get("contents", ())
        if other and any("price" in item for item in contents):
            # The event has one currency: prices in another would be read in this one.
            properties["contents"] = [
                rest
                for item in contents
                if (rest := {name: held for name, held in item.items() if name != "price"})
            ]
            if not properties["contents"]:
                del properties["contents"]
            self.notes.append(Note("price_in_other_currency", "properties.contents[].price"))

    def _derive_event_id(self, source_id: str) -> None:
        order_id = self.event.get("properties", {}).get("order_id")
        if self.model.group is not None and order_id is not None:
            event_id = event_ids.derive_of_order(source_id, self.rule.canonical, order_id)
        else:
            event_id = event_ids.derive(source_id, self.rule.canonical, self.event)
        head = {name: self.event[name] for name in ("event", "event_time")} | {"event_id": event_id}
        self.event = head | {name: value for name, value in self.event.items() if name not in head}
        self.notes.append(Note("event_id_derived", "event_id"))
        self._tell(
            "event_id", Origin("what the event says", ("SHA-256, its first 32 digits",), "event_id_derived")
        )
        if self.model.event_source == "web":
            self.notes.append(Note("pixel_cannot_match", "event_id"))

    def _tell(self, target: str, origin: Origin) -> None:
        if self.origins is not None:
            self.origins[target] = origin

    def _lacking(self) -> Note | None:
        """The first field that this event source's events cannot do without and that is missing."""
        missing = (field for field in self.model.required if not self._holds(field.target))
        return next((Note(field.required, field.target) for field in missing if field.required), None)

    def _has_identifier(self, match_keys: MatchKeys) -> bool:
        return any(all(self._holds(target) for target in key) for key in match_keys)

    def _holds(self, target: str) -> bool:
        part, _, name = target.partition(".")
        return name in self.event.get(part, ())

    def _is_outside_click_window(self, seconds: int) -> bool:
        window_s, clicked = self.model.click_window_s, self.draft.clicked
        return window_s is not None and clicked is not None and seconds - clicked.seconds > window_s

    def _settled(self, outcome: Outcome, fault: Note) -> Settled:
        return Settled(
            position=self.unit.position,
            ordinal=self.ordinal,
            outcome=outcome,
            code=fault.code,
            path=fault.path,
            reason=codes()[fault.code].meaning,
            event_name=self.rule.name,
            event_id=self.event.get("event_id", self.draft.event_id),
            notes=tuple(self.notes),
            rows=self.unit.rows,
            test=self.draft.test_event_code is not None,
        )

    def _prepared(self, source_id: str, not_after: float) -> Prepared:
        event_id: str | None = self.event.get("event_id", self.draft.event_id)
        dedup_key = (
            None if event_id is None else event_ids.dedup_key(source_id, self.rule.canonical, event_id)
        )
        return Prepared(
            position=self.unit.position,
            ordinal=self.ordinal,
            event_name=self.rule.name,
            event_id=event_id,
            batch_key=batch_key(self.model.event_source, source_id, self.draft.test_event_code),
            dedup_key=dedup_key,
            repeatable=self.model.sends_event_id,
            not_after=not_after,
            body=_encoder.encode(self.event),
            notes=tuple(self.notes),
            rows=self.unit.rows,
            test=self.draft.test_event_code is not None,
        )


def source_id_of(model: Model, record: Mapping[str, Any]) -> str | Note:
    """The event source id of a record, or why it has none: rows may choose among event sets."""
    ids, group = model.source_ids, model.group
    if group is None or model.event_source != "offline":
        return ids[0]
    cell = record.get(group.event_set)
    if is_empty(cell):
        return ids[0] if len(ids) == 1 else Note("event_set_missing", group.event_set)
    named = (as_text(cell) or "").strip()
    return named if named in ids else Note("event_set_unknown", group.event_set)


@cache
def _wire_order() -> tuple[str, ...]:
    return tuple(target.removeprefix("properties.") for target in fields())


def _trace(target: str, sent: Any, origins: dict[str, Origin]) -> FieldTrace:
    origin = origins.get(target, Origin(None, reason=NOTHING_THERE))
    if sent is None:
        tried = origin.tried or ((origin.source,) if origin.source else ())
        return FieldTrace(target, None, (), None, origin.reason or NOTHING_THERE, tried)
    return FieldTrace(target, origin.source, origin.steps, sent, origin.reason)
