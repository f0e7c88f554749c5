"""The fields of an event, in the order of the wire: into `user`, `page`, `app`, `ad`, `lead` and `properties`.

The first fields of `properties` follow from each other (value, currency, items), so they are locals until all are known.
"""

from __future__ import annotations

from typing import Any, Final

from plugin_spec import Note
from tiktok_destination.catalog.fields import Field, fields
from tiktok_destination.mapping import contents, money
from tiktok_destination.mapping.compiling import runtime, shapes
from tiktok_destination.mapping.compiling.binding import every_path
from tiktok_destination.mapping.compiling.items import write_items
from tiktok_destination.mapping.compiling.pen import Pen, any_of
from tiktok_destination.mapping.compiling.quick import Shortcut
from tiktok_destination.mapping.rules import Constant, EveryOf, FieldRule, FromQuery, Source, columns

PARTS: Final = ("user", "page", "app", "ad", "lead")
"""The parts of an event before its properties."""
_TOGETHER: Final = ("contents", "content_ids", "currency", "value", "num_items")
"""Fields of `properties` that follow from each other; all fields up to the last of them are written together."""
_NAMES: Final[dict[str, Any]] = {
    **shapes.NAMES,
    "APP_FROM_SETTINGS": Note("app_id_from_settings", "app.app_id"),
    "LDU_WITHOUT_IP": Note("ldu_without_ip", "limited_data_use"),
    "URL_FROM_SETTINGS": Note("page_url_from_settings", "page.url"),
    "URL_MISSING": Note("page_url_missing", "page.url"),
    "VALUE_NOT_GIVEN": Note("value_not_given", money.VALUE),
    "Items": contents.Items,
    "drop_ids": runtime.drop_ids,
    "from_items": money.from_items,
    "from_rows": money.from_rows,
    "parameter": runtime.parameter,
    "read": runtime.read,
    "total": runtime.total,
}


def parts_of(event_source: str) -> list[str]:
    """The parts that an event of this source may have, but for its properties."""
    targets = [target for target, row in fields().items() if event_source in row.event_sources]
    return [part for part in PARTS if any(target.startswith(f"{part}.") for target in targets)]


def write_fields(pen: Pen) -> None:
    """Every field that the event source takes, and what follows from several of them."""
    pen.hold(_NAMES)
    event_source = pen.model.event_source
    taken = [row for row in fields().values() if event_source in row.event_sources]
    names = [row.target.partition(".")[2] for row in taken if row.target.startswith("properties.")]
    together = names[: max(names.index(name) for name in _TOGETHER if name in names) + 1]
    for part in parts_of(event_source):
        pen.write(f"{part} = {{}}")
    pen.write("limited_data_use = None; unsupported = False")
    pen.write(
        "p_contents = (); " + " = ".join(f"p_{name}" for name in together if name != "contents") + " = None"
    )
    for row in taken:
        part, _, name = row.target.rpartition(".")
        if row.kind == "contents":
            write_items(pen)
        elif row.target == money.VALUE:
            _worth(pen, row)
        elif not part:
            _field(pen, row, "limited_data_use")
        elif part == "properties" and name in together:
            _field(pen, row, f"p_{name}")
        else:
            _field(pen, row, f"{part}[{name!r}]")
        if part == "properties" and name == together[-1]:
            _begin_properties(pen, together)
    _settle_parts(pen)


def _field(pen: Pen, row: Field, place: str) -> None:
    """A field whose value goes to `place`."""
    rule = pen.model.fields.get(row.target)
    if rule is None or not rule.sources:
        return
    guard, common, found = _ways(pen, rule, shapes.common_shape(pen, row))
    field = pen.constant(f"FIELD_{row.target.replace('.', '_')}", row)
    slow = f"(w := read({field}, {found}, region, notes)) is not None"
    otherwise = "elif" if common else "if"
    with pen.block(f"if {guard}:" if guard else "if True:"):
        if common:
            with pen.block(f"if {common.when}:"):
                pen.write(f"{place} = {common.wire}")
        if row.target == money.CURRENCY:
            with pen.block("else:" if common else "if True:"):
                pen.write("told = len(notes)")
                pen.write(f"if {slow}: {place} = w")
                pen.write("unsupported = any([note.code == 'currency_unsupported' for note in notes[told:]])")
            return
        if pen.model.group is not None and pen.model.group.lists.intersection(columns(rule.sources)):
            # A list within a cell has yet to be joined with those of the other rows, without what is blank.
            a_list = "" if len(rule.sources) > 1 else " and v.__class__ is not str"
            pen.write(f"{otherwise} record is listed[0]{a_list}: return None")
            otherwise = "elif"
        with pen.block(f"{otherwise} {slow}:"):
            pen.write(f"{place} = w")


def _ways(pen: Pen, rule: FieldRule, common: Shortcut | None) -> tuple[str, Shortcut | None, str]:
    """When there may be a value; when it is of the common shape; how it is looked for otherwise."""
    sources = rule.sources
    if pen.is_plain(sources):
        values = pen.values(sources)
        return any_of(values), common, pen.first_of(values)
    found = pen.looked_up(sources)
    if any(_holds_constant(source) for source in sources):
        return "", None, found
    only = sources[0]
    if len(sources) == 1 and isinstance(only, EveryOf) and pen.is_plain(only.groups[0]):
        own = pen.values(only.groups[0])
        bases = dict.fromkeys(pen.base(path) for path in every_path(sources))
        others = [base for base in bases if base not in own]
        guard = " or ".join([any_of(own), *(f"{base} is not None" for base in others)])
        alone = "".join(f" and {base} is None" for base in others)
        return guard, common and Shortcut(f"{common.when}{alone}", common.wire), found
    plain = next(at for at, source in enumerate(sources) if not pen.is_plain((source,)))
    guards = [any_of(pen.values(sources[:plain]))] if plain else []
    rest = sources[plain:]
    if isinstance(query := rest[0], FromQuery) and query.same_site_as is None:
        guards.append(f"{_possible(pen, query)} and (v := parameter(q, {query.parameter!r})) is not None")
        rest = rest[1:]
    elif not plain:
        common = None
    return " or ".join([*guards, *dict.fromkeys(_possible(pen, source) for source in rest)]), common, found


def _possible(pen: Pen, source: Source) -> str:
    """What holds wherever a source may find something."""
    if isinstance(source, FromQuery):
        address = pen.base(source.address)
        return f"(q := {address}) is not None and (q.__class__ is not str or {source.parameter!r} in q)"
    return " or ".join(f"{base} is not None" for base in dict.fromkeys(map(pen.base, every_path((source,)))))


def _holds_constant(source: Source) -> bool:
    if isinstance(source, Constant):
        return True
    groups = getattr(source, "groups", ())
    return any(_holds_constant(inner) for group in groups for inner in group)


def _worth(pen: Pen, row: Field) -> None:
    """The value, by the rule in force."""
    rule, group = pen.model.value_rule, pen.model.group
    if rule in ("field", "sum_of_items"):
        _field(pen, row, "p_value")
        if rule == "sum_of_items":
            with pen.block("if p_value is None:"):
                pen.write("worth = from_items(Items(p_contents, complete=complete))")
                _take_worth(pen)
    elif group is not None:
        pen.hold({"COLUMN": group.value})
        cell = f"e.{pen.root.attribute(group.value)}"
        whole = "with_price == with_quantity == len(p_contents) == len(listed)"
        if rule == "by_rows":
            pen.write(f"if {whole}: p_value = total(p_contents)")
        with pen.block(f"{'elif' if rule == 'by_rows' else 'if'} any([{cell} is not None for e in listed]):"):
            cells = f"[{{COLUMN: {cell}}} for e in listed]"
            pen.write(f"worth = from_rows({rule!r}, {cells}, COLUMN, Items(p_contents, complete=complete))")
            _take_worth(pen)


def _take_worth(pen: Pen) -> None:
    pen.write("p_value = worth.value")
    pen.write("if worth.note: notes.append(Note(worth.note, 'properties.value'))")


def _begin_properties(pen: Pen, together: list[str]) -> None:
    """Derive what follows from the items, and begin `properties` in the order of the wire."""
    pen.write("whole = complete and len(p_contents)")
    pen.write("if p_content_ids is None and ids: p_content_ids = list(ids)")
    pen.write("if p_num_items is None and whole and with_quantity == whole: p_num_items = pieces")
    pen.write("defaulted = p_currency is None and (p_value is not None or with_price)")
    pen.write("properties = {}")
    for name in together:
        put = f"properties[{name!r}] = p_{name}"
        if name == "contents":
            pen.write(f"if p_contents: {put}")
        elif name == "currency" and pen.model.currency is not None:
            pen.hold({"CURRENCY": pen.model.currency})
            pen.write(f"if p_currency is not None: {put}")
            pen.write(f"elif defaulted and not unsupported: properties[{name!r}] = CURRENCY")
        else:
            pen.write(f"if p_{name} is not None: {put}")


def _settle_parts(pen: Pen) -> None:
    """What the settings add, and what has to be left out."""
    model = pen.model
    if model.event_source == "web":
        if model.link_url:
            pen.hold({"LINK_URL": model.link_url})
            pen.write("if 'url' not in page: page = {'url': LINK_URL}; notes.append(URL_FROM_SETTINGS)")
        else:
            pen.write("if 'url' not in page: page = {}; notes.append(URL_MISSING)")
    if model.event_source == "app":
        if model.app_id is not None:
            pen.hold({"APP_ID": model.app_id})
            pen.write(
                "if 'app_id' not in app: app = {'app_id': APP_ID, **app}; notes.append(APP_FROM_SETTINGS)"
            )
        rule = model.fields.get("ad_tracking_enabled")
        enabled = pen.looked_up(rule.sources) if rule else pen.first_of([])
        pen.write(f"if 'idfa' in user or 'gaid' in user: drop_ids(user, {enabled}, notes)")
    pen.write("if limited_data_use and 'ip' not in user: notes.append(LDU_WITHOUT_IP)")
    if model.value_rule == "field":
        unsaid = "not any([note.path == 'properties.value' for note in notes])"
        silent = f"p_value is None and whole and with_price == with_quantity == whole and {unsaid}"
        pen.write(f"if {silent}: notes.append(VALUE_NOT_GIVEN)")
