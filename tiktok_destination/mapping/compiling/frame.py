"""The beginning of the function: what happened and which rules follow from that, then an event's time, ids and region."""

from __future__ import annotations

from typing import Any, Final

from plugin_spec import Note
from tiktok_destination.catalog.limits import limit
from tiktok_destination.catalog.places import countries
from tiktok_destination.mapping.compiling import runtime
from tiktok_destination.mapping.compiling.binding import bind_names
from tiktok_destination.mapping.compiling.pen import Pen
from tiktok_destination.mapping.conditions import is_empty
from tiktok_destination.mapping.event_names import NoEvent
from tiktok_destination.mapping.scalars import as_text
from tiktok_destination.mapping.units import Unit

_NAMES: Final[dict[str, Any]] = {
    "CALL_TYPE": NoEvent("call_type"),
    "NO_TIME": Note("event_time_missing", "event_time"),
    "UNMET": NoEvent("condition_not_met"),
    "Unit": Unit,
    "as_text": as_text,
    "clicked": runtime.clicked,
    "countries": countries(),
    "event_id": runtime.event_id,
    "is_empty": is_empty,
    "kind_of": runtime.kind_of,
    "moment": runtime.moment,
    "region_of": runtime.region_of,
    "seconds": runtime.seconds,
    "test_code": runtime.test_code,
}


def write_name(pen: Pen) -> None:
    """`notes`, `name` and `rules`; a record of which no event is made ends here."""
    model, name_place = pen.model, pen.model.name_place
    names = runtime.Names(bind_names(model.names, pen.root), model.event_name)
    pen.hold(_NAMES | {"names": names, "kept": names.kept})
    if model.group is None:
        pen.write("notes = []")
    else:
        pen.hold({"MISPLACED": Note("event_source_ignored", model.group.misplaced)})
        misplaced = f"not is_empty(record.{pen.root.attribute(model.group.misplaced)})"
        pen.write(f"if record is listed[0] and {misplaced}: notes.append(MISPLACED)")
    if model.off is not None:
        pen.hold({"OFF": NoEvent(model.off)})
        pen.write(f"name = (as_text({pen.looked_up(name_place.rule.sources)}.value) or '').strip() or None")
        pen.write("rules = OFF")
    elif name_place.type_path is not None and name_place.named_types is not None:
        pen.hold({"NAMED": dict(name_place.named_types)})
        pen.write(f"v = {pen.value(name_place.type_path)}")
        pen.write(f"kind = v if v is None or v == {name_place.type_of_event!r} else kind_of(v)")
        with pen.block("if kind in NAMED:"):
            pen.write("name, rules = kept.get(NAMED[kind]) or names(NAMED[kind])")
        with pen.block(f"elif kind and kind != {name_place.type_of_event!r}:"):
            pen.write("name = None; rules = CALL_TYPE")
        with pen.block("else:"):
            _own_name(pen)
    else:
        _own_name(pen)
    _conclude(pen)


def _own_name(pen: Pen) -> None:
    sources = pen.model.name_place.rule.sources
    if sources and pen.is_plain(sources):
        found = pen.take(sources)
        pen.write("hit = kept.get(v) if v.__class__ is str else None")
        pen.write(f"name, rules = hit or names({found}.value)")
    else:
        pen.write(f"name, rules = names({pen.looked_up(sources)}.value)")


def _conclude(pen: Pen) -> None:
    """Leave where no event follows from the name, or from what else the rules ask for."""
    tables = [rules for rules in pen.model.names.rules.values() if isinstance(rules, tuple)]
    conditional = any(rule.when for rules in tables for rule in rules)
    _leave(pen, "rules.__class__ is not tuple", "rules")
    if conditional:
        pen.write("rules = tuple([rule for rule in rules if rule.when is None or rule.when(record)])")
    if conditional or () in tables:
        _leave(pen, "not rules", "UNMET")


def _leave(pen: Pen, when: str, why: str) -> None:
    unit = "Unit(position, {})" if pen.model.group is None else "Unit(position, {}, rows, notes=tuple(notes))"
    with pen.block(f"if {when}:"):
        rule = pen.model.fields.get("test_event_code")
        if rule is not None and rule.sources:
            # Whether it would have been a test event by a code of its own is for the interpreter to say.
            if pen.is_plain(rule.sources):
                pen.take(rule.sources)
                pen.write("if v is not None: return None")
            else:
                pen.write("return None")
        pen.write(f"return (interpreter.without_event({unit}, name, {why}).entry,)")


def write_frame(pen: Pen) -> None:
    """`time`, `click`, `own_id`, `code`, `region`, and `fault`: why no event can come of the record."""
    model = pen.model
    pen.write("fault = None")
    found = _take(pen, "event_time")
    if found is None:
        pen.write("time, fault = None, NO_TIME")
    else:
        pen.write("time = seconds(v)")
        pen.write(f"if time is None: time, fault = moment({found}, zone, notes)")
        pen.hold({"zone": model.zone})
    found = _take(pen, "click_time")
    if found is not None:
        pen.hold({"zone": model.zone})
        pen.write(f"click = clicked({found}, zone, notes)")
    elif model.click_window_s is not None:
        pen.write("click = None")
    found = _take(pen, "event_id")
    if found is None:
        pen.write("own_id = None")
    else:
        fits = (
            f"v.__class__ is str and v.isascii() and '@' not in v and len(v) <= {limit('max_event_id_chars')}"
        )
        pen.write(f"own_id = {fits} and v.strip() or event_id({found}, notes)")
    pen.hold({"TEST_CODE": model.test_event_code, "REGION": model.region})
    pen.write("code = TEST_CODE")
    found = _take(pen, "test_event_code")
    if found is not None:
        pen.write(f"if v is not None: code, fault = test_code({found}, TEST_CODE, fault)")
    pen.write("region = REGION")
    if model.country:
        found = _look_for(pen, model.country)
        with pen.block("if v.__class__ is str and v in countries:"):
            pen.write("region = v")
        with pen.block("elif v is not None:"):
            pen.write(f"region = region_of({found}, REGION)")


def _take(pen: Pen, target: str) -> str | None:
    """Write `v` for a rule, if there is one. How the interpreter finds the value."""
    rule = pen.model.fields.get(target)
    return None if rule is None or not rule.sources else _look_for(pen, rule.sources)


def _look_for(pen: Pen, sources: tuple[Any, ...]) -> str:
    """`v`: the first value that is not null, or `record` where that has to be looked for."""
    if pen.is_plain(sources):
        return pen.take(sources)
    pen.write("v = record")
    return pen.looked_up(sources)
