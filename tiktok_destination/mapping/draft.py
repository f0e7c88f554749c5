"""Reads everything of a unit that does not depend on which event it becomes: user, page, properties, time, ids.

A draft is shared by all events of one record. With a trace it also tells, for every field that the event source
takes, where the value came from or why there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from plugin_spec import Note
from tiktok_destination.catalog.fields import Field, fields
from tiktok_destination.catalog.limits import limit, test_event_code
from tiktok_destination.catalog.places import countries
from tiktok_destination.mapping import contents, money, readers
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.looking import NOTHING, described, look, where
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.rules import FieldRule, Source, describe
from tiktok_destination.mapping.scalars import as_flag, as_text
from tiktok_destination.mapping.times import Moment, read_moment
from tiktok_destination.mapping.tracking import DENIED
from tiktok_destination.mapping.units import Unit


class Origin(NamedTuple):
    """Where a field's value came from, what was done to it, or why there is none."""

    source: str | None
    steps: tuple[str, ...] = ()
    reason: str | None = None
    """A code of the catalog, or `nothing_there`."""
    tried: tuple[str, ...] = ()


NOTHING_THERE = "nothing_there"


@dataclass(slots=True)
class Draft:
    """The parts of an event, before it has a name."""

    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """`user`, `page`, `app`, `ad`, `lead`, `properties` → field → value."""
    limited_data_use: bool | None = None
    moment: Moment | None = None
    clicked: Moment | None = None
    """When the ad was clicked, where the record says so."""
    fault: Note | None = None
    """Why no event can come of it."""
    event_id: str | None = None
    test_event_code: str | None = None
    currency_unsupported: bool = False
    items: contents.Items = field(default_factory=lambda: contents.Items([]))
    notes: list[Note] = field(default_factory=list)
    origins: dict[str, Origin] | None = None
    """Field → where its value came from, or why there is none; kept only when somebody asks."""

    def tell(self, target: str, origin: Origin) -> None:
        """Keep where a field's value came from, if somebody asks."""
        if self.origins is not None:
            self.origins[target] = origin


class Drafter:
    """Makes drafts by one model."""

    def __init__(self, model: Model) -> None:
        self._model = model
        takes = [taken for taken in fields().values() if model.event_source in taken.event_sources]
        self._takes = [(taken, model.fields.get(taken.target)) for taken in takes]
        self._of_user = [(taken, rule) for taken, rule in self._takes if taken.target.startswith("user.")]

    def draft(self, unit: Unit, *, trace: bool) -> Draft:
        """The draft of a unit that has no fault."""
        draft = Draft(notes=list(unit.notes), origins={} if trace else None)
        self._read_moment(draft, unit)
        self._read_click(draft, unit)
        self._read_event_id(draft, unit)
        self._read_test_event_code(draft, unit)
        region = self._region(unit)
        for taken, rule in self._takes:
            if taken.kind == "contents":
                self._read_contents(draft, unit)
            elif taken.target == money.VALUE:
                self._read_value(draft, unit, taken, rule, region)
            else:
                self._read_field(draft, unit, taken, rule, region)
        self._settle_page(draft)
        self._settle_app(draft)
        self._settle_tracking(draft, unit)
        if draft.limited_data_use and "ip" not in draft.parts.get("user", {}):
            draft.notes.append(Note("ldu_without_ip", "limited_data_use"))
        self._derive(draft)
        return draft

    def identifiers(self, unit: Unit) -> Iterator[tuple[str, str]]:
        """Every field of `user` that the record fills, in the form in which it is sent."""
        draft = Draft()
        region = self._region(unit)
        for taken, rule in self._of_user:
            self._read_field(draft, unit, taken, rule, region)
        self._settle_tracking(draft, unit)
        for name, value in draft.parts.get("user", {}).items():
            for one in value if isinstance(value, list) else [value]:
                yield f"user.{name}", one

    def _region(self, unit: Unit) -> str | None:
        named = look(self._model.country, unit.record)
        if named.source is None:
            return self._model.region
        text = (as_text(named.value) or "").strip()
        return text.upper() if text.isascii() and text.upper() in countries() else None

    def _read_moment(self, draft: Draft, unit: Unit) -> None:
        rule = self._model.fields.get("event_time")
        found = look(rule.sources, unit.record) if rule else None
        if found is None or found.source is None:
            draft.fault = Note("event_time_missing", "event_time")
        else:
            draft.moment = read_moment(found.value, self._model.zone)
            if draft.moment is None:
                draft.fault = Note("event_time_unreadable", "event_time")
            elif draft.moment.without_offset:
                draft.notes.append(Note("time_without_offset", "event_time"))
        if draft.origins is not None:
            source = describe(found.source) if found and found.source else None
            reason = draft.fault.code if draft.fault else None
            draft.tell("event_time", Origin(source, ("Unix seconds",), reason, _tried(rule)))

    def _read_click(self, draft: Draft, unit: Unit) -> None:
        rule = self._model.fields.get("click_time")
        found = look(rule.sources, unit.record) if rule else NOTHING
        if found.source is not None:
            draft.clicked = read_moment(found.value, self._model.zone)
            if draft.clicked is None:
                draft.notes.append(Note("click_time_unreadable", "click_time"))

    def _read_event_id(self, draft: Draft, unit: Unit) -> None:
        rule = self._model.fields.get("event_id")
        found = look(rule.sources, unit.record) if rule else None
        if found is None or found.source is None:
            return
        text = (as_text(found.value) or "").strip()
        if not text or len(text) > limit("max_event_id_chars"):
            draft.notes.append(Note("event_id_unfit", "event_id"))
            return
        draft.event_id = text
        if "@" in text:
            draft.notes.append(Note("event_id_personal", "event_id"))
        unsent = None if self._model.sends_event_id else "event_id_not_sent"
        draft.tell("event_id", Origin(describe(found.source), reason=unsent))

    def is_test(self, unit: Unit) -> bool:
        """Whether an event of this unit would be a test event: by the settings, or by a code of its own."""
        rule = self._model.fields.get("test_event_code")
        own = look(rule.sources, unit.record).source if rule else None
        return own is not None or self._model.test_event_code is not None

    def _read_test_event_code(self, draft: Draft, unit: Unit) -> None:
        rule = self._model.fields.get("test_event_code")
        found = look(rule.sources, unit.record) if rule else None
        draft.test_event_code = self._model.test_event_code
        if found is None or found.source is None:
            return
        code = (as_text(found.value) or "").strip()
        if test_event_code().fullmatch(code):
            draft.test_event_code = code
        else:
            draft.fault = draft.fault or Note("test_event_code_unfit", "test_event_code")

    def _read_field(
        self, draft: Draft, unit: Unit, taken: Field, rule: FieldRule | None, region: str | None
    ) -> None:
        found = look(rule.sources, unit.record) if rule else NOTHING
        if found is NOTHING and not unit.overlay and draft.origins is None:
            return  # most fields of most records: nothing there, and nobody asks why
        source: Source | str | None = found.source
        reading = readers.read(taken, found.value, region) if source is not None else readers.Reading(None)
        if found.note:
            draft.notes.append(Note(found.note, taken.target))
        overlaid = unit.overlay.get(taken.target)
        if reading.value is None and overlaid is not None and not is_empty(overlaid.value):
            source = f"overlay: {overlaid.origin}"
            filled = readers.read(taken, overlaid.value, region)
            reading = readers.Reading(filled.value, reading.notes + filled.notes, filled.steps)
        self._put(draft, taken, reading, source, unit)

    def _put(
        self, draft: Draft, taken: Field, reading: readers.Reading, source: Source | str | None, unit: Unit
    ) -> None:
        if reading.value is not None:
            part, _, name = taken.target.rpartition(".")
            if part:
                draft.parts.setdefault(part, {})[name] = reading.value
            else:
                draft.limited_data_use = reading.value
        for code in reading.notes:
            draft.notes.append(Note(code, taken.target))
            draft.currency_unsupported |= taken.target == money.CURRENCY
        if draft.origins is not None:
            reason = (
                reading.notes[0] if reading.notes else None if reading.value is not None else NOTHING_THERE
            )
            tried = _tried(self._model.fields.get(taken.target)) if source is None else ()
            written = source if source is None or isinstance(source, str) else where(source, unit.record)
            draft.tell(taken.target, Origin(written, reading.steps, reason, tried))

    def _read_contents(self, draft: Draft, unit: Unit) -> None:
        items = contents.read_items(self._model, unit.record)
        draft.items = items
        draft.notes.extend(items.notes)
        if items.contents:
            draft.parts.setdefault("properties", {})["contents"] = items.contents
            draft.tell(contents.CONTENTS, Origin(items.source))
        elif draft.origins is not None:
            draft.tell(contents.CONTENTS, Origin(None, (), NOTHING_THERE, described(self._model.items)))

    def _read_value(
        self, draft: Draft, unit: Unit, taken: Field, rule: FieldRule | None, region: str | None
    ) -> None:
        model = self._model
        if model.value_rule in ("field", "sum_of_items"):
            self._read_field(draft, unit, taken, rule, region)
            if model.value_rule == "field" or "value" in draft.parts.get("properties", {}):
                return
            worth = money.from_items(draft.items)
        elif model.group is not None:
            worth = money.from_rows(model.value_rule, unit.record["rows"], model.group.value, draft.items)
        else:
            return
        notes = (worth.note,) if worth.note else ()
        self._put(draft, taken, readers.Reading(worth.value, notes), worth.source, unit)

    def _settle_page(self, draft: Draft) -> None:
        if self._model.event_source != "web":
            return
        page = draft.parts.get("page", {})
        if "url" not in page:
            # A referrer without the page it led to says nothing, and TikTok wants `url` wherever `page` is (A.7).
            draft.parts.pop("page", None)
            if self._model.link_url:
                draft.parts["page"] = {"url": self._model.link_url}
                draft.notes.append(Note("page_url_from_settings", "page.url"))
                draft.tell("page.url", Origin("settings.link_url"))
            else:
                draft.notes.append(Note("page_url_missing", "page.url"))

    def _settle_app(self, draft: Draft) -> None:
        if self._model.event_source != "app" or self._model.app_id is None:
            return
        app = draft.parts.setdefault("app", {})
        if "app_id" not in app:
            draft.parts["app"] = {"app_id": self._model.app_id, **app}
            draft.notes.append(Note("app_id_from_settings", "app.app_id"))
            draft.tell("app.app_id", Origin("settings.app_id"))

    def _settle_tracking(self, draft: Draft, unit: Unit) -> None:
        """Under denied tracking no advertising id is sent: not Apple's, not Google's."""
        user = draft.parts.get("user", {})
        held = [name for name in ("idfa", "gaid") if name in user]
        if not held or not self._tracking_is_denied(user, unit):
            return
        for name in held:
            del user[name]
            draft.notes.append(Note("tracking_denied", f"user.{name}"))
            draft.tell(f"user.{name}", Origin(None, reason="tracking_denied"))

    def _tracking_is_denied(self, user: Mapping[str, Any], unit: Unit) -> bool:
        if user.get("att_status") in DENIED:
            return True
        rule = self._model.fields.get("ad_tracking_enabled")
        return rule is not None and as_flag(look(rule.sources, unit.record).value) is False

    def _derive(self, draft: Draft) -> None:
        properties = draft.parts.get("properties", {})
        if "content_ids" not in properties and (ids := contents.ids_of(draft.items.contents)):
            properties["content_ids"] = ids
            draft.tell("properties.content_ids", Origin("the items' content_id"))
        if "num_items" not in properties and (number := contents.number_of(draft.items)) is not None:
            properties["num_items"] = number
            draft.tell("properties.num_items", Origin("the items' quantity, summed"))
        silent = "value" not in properties and not any(note.path == money.VALUE for note in draft.notes)
        if silent and self._model.value_rule == "field" and contents.sum_of(draft.items) is not None:
            draft.notes.append(Note("value_not_given", money.VALUE))


def _tried(rule: FieldRule | None) -> tuple[str, ...]:
    return described(rule.sources) if rule else ()
