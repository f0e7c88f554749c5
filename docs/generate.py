"""Writes docs/reference.md from the catalog, the presets and the schemas: `make docs`. A test holds the page to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from plugin_spec import Code, DestinationManager, Outcome
from tiktok_destination.catalog.codes import codes
from tiktok_destination.catalog.events import event_names
from tiktok_destination.catalog.fields import fields, item_fields
from tiktok_destination.catalog.reading import read
from tiktok_destination.config.schemas import destination_schema, plugin_part
from tiktok_destination.delivery import CODES
from tiktok_destination.formats.codes import CODES as INPUT_CODES
from tiktok_destination.mapping.presets import preset, preset_names

EVENT_SOURCES = ("web", "app", "offline", "crm")
SETTINGS = {
    "web": {"event_source": "web", "pixel_code": "x"},
    "app": {"event_source": "app", "tiktok_app_id": "x"},
    "offline": {"event_source": "offline", "event_set_id": "x"},
    "crm": {"event_source": "crm", "event_set_id": "x"},
}
PAGE = Path(__file__).with_name("reference.md")

OUTCOMES = {
    Outcome.DELIVERED: "TikTok accepted it",
    Outcome.REJECTED: "we found it unfit: code, path, what to do",
    Outcome.REFUSED: "TikTok refused this very event: its code",
    Outcome.EXPIRED: "outside the event window, judged again just before each send",
    Outcome.FILTERED: "switched off, or a condition not met",
    Outcome.SUPPRESSED: "consent",
    Outcome.DUPLICATE: "the same event is already pending or delivered",
    Outcome.PENDING: "waiting, backing off, or held by a pause with a named reason",
}


def page() -> str:
    """The whole reference."""
    parts = [
        "# Reference\n\nGenerated from the catalog, the presets and the schemas by `make docs`; do not edit by hand.",
        "## Outcomes\n\nEvery entry ends in exactly one.",
        table(("Outcome", "Meaning"), OUTCOMES.items()),
        "## Codes\n\n### Rejected, expired, filtered",
        code_table(
            row["code"] for group in ("rejected", "expired", "filtered") for row in read("codes")[group]
        ),
        "### Notes\n\nWhat was left out of, or corrected in, an event that is sent all the same.",
        code_table(row["code"] for row in read("codes")["notes"]),
        "### Input\n\nRecords that could not be read, and why.",
        table(("Code", "Meaning", "What to do"), (row_of(code) for code in INPUT_CODES.values())),
        "### Pending, duplicate, expired while sending",
        table(("Code", "Meaning", "What to do"), (row_of(code) for code in CODES.values())),
        "### TikTok's return codes, HTTP statuses and failed calls",
        table(("Code", "Meaning", "About", "Advice", "What to do"), return_code_rows()),
        "## Event names",
        *event_tables(),
        "## Fields of an event",
        table(("Field", "Kind", "Event sources", "Hashed", "Several"), field_rows()),
        f"Items (`properties.contents[]`): {', '.join(f'`{item.name}`' for item in item_fields())}.",
        "## Presets",
        *preset_tables(),
        "## The configuration file",
        table(("Key", "Meaning", "Example"), setting_rows()),
    ]
    return "\n\n".join(parts) + "\n"


def table(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def row_of(code: Code) -> tuple[str, str, str]:
    """A code as a table row."""
    return f"`{code.code}`", code.meaning, code.remedy


def code_table(names: Iterable[str]) -> str:
    """Our own codes."""
    return table(("Code", "Meaning", "What to do"), (row_of(codes()[name]) for name in names))


def return_code_rows() -> Iterator[tuple[str, ...]]:
    """One row for each code, as the sender reads it."""
    for row in read("return_codes")["rows"]:
        advice: Mapping[str, Any] = row["advice"]
        waits = ", ".join(str(wait) for wait in advice.get("waits", ()))
        scope = f" ({advice['scope'].replace('_', ' ')})" if "scope" in advice else ""
        yield (
            f"`{row['code']}`",
            row["meaning"],
            row["about"],
            advice["action"].replace("_", " ") + (f" {waits}" if waits else "") + scope,
            row["remedy"],
        )


def event_tables() -> Iterator[str]:
    """Standard names by event source."""
    web, offline = event_names("web"), event_names("offline")
    rows = []
    for name, event in web.standard.items():
        others = sorted(
            spelling
            for spelling, canonical in web.canonical.items()
            if canonical == name and spelling != name
        )
        remark = f"offered until {event.deprecated_until}" if event.deprecated_until else ""
        rows.append(
            (
                f"`{name}`",
                "web, offline, crm" if name in offline.standard else "web",
                ", ".join(f"`{other}`" for other in others),
                remark,
            )
        )
    yield table(("Event", "Event sources", "Other spellings that TikTok converts", "Remark"), rows)
    yield "App events: " + ", ".join(f"`{name}`" for name in event_names("app").standard) + "."


def field_rows() -> Iterator[tuple[str, ...]]:
    """Every field of the wire event that a rule can fill."""
    everywhere = "web, app, offline, crm"
    yield "`event`", "name, before it is looked up", everywhere, "", ""
    yield (
        "`event_source`",
        "event source, under `settings.event_source: auto`; not sent as a field",
        everywhere,
        "",
        "",
    )
    for row in read("fields")["frame"]:
        yield f"`{row['target']}`", row["kind"], ", ".join(row["event_sources"]), "", ""
    yield (
        "`click_time`",
        "time of the ad's click, to judge the attribution window by; not sent",
        everywhere,
        "",
        "",
    )
    yield "`ad_tracking_enabled`", "flag: false keeps advertising ids back; not sent", "app", "", ""
    for field in fields().values():
        sources = ", ".join(source for source in EVENT_SOURCES if source in field.event_sources)
        yield (
            f"`{field.target}`",
            field.kind.replace("_", " ") + (f": {field.means}" if field.means else ""),
            sources,
            "SHA-256" if field.hashed else "",
            "yes" if field.many else "",
        )


def preset_tables() -> Iterator[str]:
    """What each preset does with names, and where it finds each field."""
    destination = DestinationManager().load("tiktok")
    for name in preset_names():
        content = preset(name)
        sources: list[str] = content["event_sources"]
        yield f"### {name}\n\n{content['title']}. Event sources: {', '.join(sources)}. Naming: {content['naming'].replace('_', ' ')}."
        if "events" in content:
            yield table(("Record", *sources), _name_rows(content, sources))
        if "never" in content:
            yield f"Never sent: {', '.join(f'`{never}`' for never in content['never'])}."
        if "listed" in content:
            yield (
                "Listed names: "
                + ", ".join(f"`{listed}`" for listed in content["listed"])
                + ". Other standard names are sent with a note; custom names are rejected."
            )
        for source, kept in content.get("kept_off", {}).items():
            yield f"The column {source} is off as a whole until `mapping.{kept['switch']}: true`: {kept['says']}."
        paths: dict[str, list[str]] = {}
        for source in sources:
            config = {"name": "x", "settings": SETTINGS[source], "mapping": {"preset": name}}
            for rename in destination.field_rules(config):
                found = f"`{rename.source}`" + (f" ({rename.remark})" if rename.remark else "")
                known = paths.setdefault(rename.target, [])
                known += [] if found in known else [found]
        yield table(
            ("Field", "Read from, in order"),
            ((f"`{target}`", ", ".join(found)) for target, found in paths.items()),
        )


def _name_rows(content: Mapping[str, Any], sources: list[str]) -> Iterator[tuple[str, ...]]:
    for row in content["events"]:
        names = [row["name"]] if isinstance(row["name"], str) else row["name"]
        yield (" / ".join(names), *(_name_cell(row, source) for source in sources))


def _name_cell(row: Mapping[str, Any], source: str) -> str:
    target = row.get(source, row.get("event"))
    if target not in event_names(source).standard:
        return ""
    enabled = row.get("enabled", True)
    on = enabled if isinstance(enabled, bool) else source in enabled
    value = ", with a value only where configured" if row.get("value") == "configured" else ""
    return f"`{target}`{value}" if on else f"off (`{target}`)"


def setting_rows() -> Iterator[tuple[str, str, str]]:
    """Every key of the YAML file with its description."""
    for key, part in destination_schema()["properties"].items():
        if key not in ("settings", "mapping"):
            yield from _keys(key, part)
    plugin = plugin_part()["properties"]
    for branch in plugin["settings"]["oneOf"]:
        source = branch["properties"]["event_source"]["const"]
        for key, part in branch["properties"].items():
            yield f"`settings.{key}` ({source})", part["description"], _example(part)
    yield from _keys("mapping", plugin["mapping"])


def _keys(path: str, part: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    inner = part.get("properties")
    for alternative in part.get("oneOf", ()):
        if "properties" in alternative:
            yield f"`{path}`", part["description"], _example(part)
            yield from _keys(path, alternative)
            return
    if not inner:
        yield f"`{path}`", part["description"], _example(part)
        return
    for key, below in inner.items():
        yield from _keys(f"{path}.{key}", below)


def _example(part: Mapping[str, Any]) -> str:
    return f"`{part['examples'][0]}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
