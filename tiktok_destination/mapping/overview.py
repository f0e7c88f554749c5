"""What a configuration does, for people: the renaming table, the table of event names, and what the pixel has to send."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from plugin_spec import EventLine, FieldRename, Overview
from tiktok_destination.catalog.codes import codes
from tiktok_destination.mapping.event_names import NoEvent
from tiktok_destination.mapping.model import Model, Rulebook
from tiktok_destination.mapping.rules import FieldRule, FromPath, FromQuery, Source, TrackingStatus, describe

_PIXEL = (
    "One conversion counts once where the browser pixel sends the same event name and the same event id as this"
    " destination: ttq.track(EVENT, {…}, {event_id: ID}), with EVENT as in the table of events"
)
_APP = (
    "App events have no documented deduplication at TikTok: an app event that another partner reports as well counts"
    " twice, and an attempt without a certain end is not repeated by itself."
)


def overview(rulebook: Rulebook) -> Overview:
    """All of it."""
    models = rulebook.models.values()
    return Overview(
        events=tuple(line for model in models for line in _event_lines(model)),
        remarks=tuple(_remarks(rulebook)),
        warnings=rulebook.warnings,
        test_mode=any(model.test_event_code is not None for model in models),
    )


def field_renames(rulebook: Rulebook) -> tuple[FieldRename, ...]:
    """The renaming table: every path that a rule reads, and the field that it fills."""
    models = rulebook.models
    first = next(iter(models.values()))
    takers: dict[str, list[str]] = {}
    rules: dict[str, FieldRule] = {}
    for source, model in models.items():
        for target, rule in model.fields.items():
            rules.setdefault(target, rule)
            takers.setdefault(target, []).append(source)
    chosen = [rulebook.choice.rule] if rulebook.choice else []
    everywhere = [*chosen, first.name_place.rule]
    return tuple(
        FieldRename(
            describe(source),
            rule.target,
            rule.origin,
            tuple(takers[rule.target]) if len(takers.get(rule.target, models)) < len(models) else (),
            _remark(source),
        )
        for rule in (*everywhere, *rules.values(), *first.item_fields.values())
        for source in _flat(rule.sources)
        if isinstance(source, FromPath | FromQuery | TrackingStatus)
    )


def _remark(source: Source) -> str:
    if isinstance(source, FromPath):
        says = [f"as {source.transform}"] if source.transform else []
        return ", ".join([*says, "under a condition"] if source.when else says)
    if isinstance(source, FromQuery) and source.same_site_as is not None:
        return f"of the same site as {source.same_site_as.text}"
    return "derived from these" if isinstance(source, TrackingStatus) else ""


def _flat(sources: Sequence[Source]) -> Iterator[Source]:
    for source in sources:
        groups = getattr(source, "groups", None)
        if groups is None:
            yield source
        else:
            for group in groups:
                yield from _flat(group)


def _event_lines(model: Model) -> Iterator[EventLine]:
    for folded, held in model.names.rules.items():
        written = model.names.written[folded]
        if model.off is not None:
            yield EventLine(written, model.event_source, None, remark=codes()[model.off].meaning)
        elif isinstance(held, NoEvent):
            yield EventLine(written, model.event_source, None, remark=codes()[held.code].meaning)
        else:
            for rule in held:
                says = [codes()[note].meaning for note in rule.notes]
                says += ["Under a condition."] if rule.when else []
                says += ["With a fixed value."] if rule.fixed else []
                yield EventLine(written, model.event_source, rule.name, rule.origin, " ".join(says))


def _remarks(rulebook: Rulebook) -> Iterator[str]:
    web = rulebook.models.get("web")
    if web is not None:
        rule = web.fields.get("event_id")
        read = [describe(source) for source in _flat(rule.sources)] if rule else []
        where = f" and ID the value of {', else '.join(read)}." if read else ". No rule reads an event id."
        yield f"{_PIXEL}{where}"
    if "app" in rulebook.models:
        yield _APP
