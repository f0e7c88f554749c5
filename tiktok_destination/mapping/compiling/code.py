"""Rules → Python source: one function for each event source, which makes the entries of one record.

The function reads top to bottom as the interpreter goes: what happened (name, conditions), the frame (time, ids), every
field that the event source takes, in the order of the wire, then one entry for each event. A field's code is

    if (v := r_properties.email) is not None or (v := r_context_traits.email) is not None:
        if v.__class__ is str and (w := quick_email(v, region)) is not None:     # the common shape
            user["email"] = w
        elif (w := read(FIELD, first((…)), region, notes)) is not None:          # anything else, exactly
            user["email"] = w

so that a field that is not there costs a comparison, and one of the common shape a call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec

from plugin_spec import Note, Outcome, Prepared
from tiktok_destination.catalog.fields import Field, fields, item_fields
from tiktok_destination.catalog.limits import limit
from tiktok_destination.catalog.places import countries, currencies
from tiktok_destination.mapping import contents, money
from tiktok_destination.mapping.case import Case, source_id_of
from tiktok_destination.mapping.compiling import runtime
from tiktok_destination.mapping.compiling.binding import bind, bind_names, every_path
from tiktok_destination.mapping.compiling.input_type import Shape, place
from tiktok_destination.mapping.compiling.quick import NAMES, SHORTCUTS, Shortcut
from tiktok_destination.mapping.compiling.wishes import NotCompiledError, item_path
from tiktok_destination.mapping.draft import Draft
from tiktok_destination.mapping.envelope import batch_key
from tiktok_destination.mapping.event_ids import dedup_key, derive, derive_of_order
from tiktok_destination.mapping.event_names import NoEvent
from tiktok_destination.mapping.interpreter import Interpreter
from tiktok_destination.mapping.looking import look
from tiktok_destination.mapping.model import Model
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import Constant, EveryOf, FieldRule, FromPath, FromQuery, Source
from tiktok_destination.mapping.scalars import LARGEST, as_text
from tiktok_destination.mapping.times import Moment
from tiktok_destination.mapping.units import Unit

_HEAD = ("contents", "content_ids", "currency", "value", "num_items")
"""Fields of `properties` that follow from each other; all fields up to the last of them are written together."""
_PARTS = ("user", "page", "app", "ad", "lead", "properties")
_DECIMAL = "v.__class__ is str and (w := decimal(v)) is not None"
_COMMON = {
    "text": Shortcut("v.__class__ is str and (v.isascii() or v.isprintable()) and (w := v.strip())", "w"),
    "amount": Shortcut(
        f"(v.__class__ is float or v.__class__ is int) and 0 <= (w := v) < {LARGEST} or {_DECIMAL}", "w"
    ),
    "count": Shortcut(
        f"v.__class__ is int and 0 <= (w := v) < {LARGEST} or {_DECIMAL} and w.__class__ is int", "w"
    ),
    "flag": Shortcut("v is True or v is False"),
    "currency": Shortcut("v.__class__ is str and v in currencies"),
}
"""Kind of field → what holds for a value of the common shape, whose wire form is then `w`."""
_TALLIED = {
    "content_id": "; ids[w] = None",
    "price": "; with_price += 1",
    "quantity": "; with_quantity += 1; pieces += w",
}
"""Field of an item → what is kept of it for the fields that follow from the items."""
_REFUSED: Mapping[str, Any] = {
    "NO_TIME": Note("event_time_missing", "event_time"),
    "IN_FUTURE": Note("event_time_future", "event_time"),
    "NO_IDENTIFIER": Note("no_identifier", "user"),
    "NO_EVENT_ID": Note("event_id_missing", "event_id"),
    "AFTER_WINDOW": Note("outside_attribution_window", "click_time"),
    "TOO_OLD": Note("expired", "event_time"),
    "URL_FROM_SETTINGS": Note("page_url_from_settings", "page.url"),
    "URL_MISSING": Note("page_url_missing", "page.url"),
    "APP_FROM_SETTINGS": Note("app_id_from_settings", "app.app_id"),
    "LDU_WITHOUT_IP": Note("ldu_without_ip", "limited_data_use"),
    "VALUE_NOT_GIVEN": Note("value_not_given", money.VALUE),
    "CURRENCY_DEFAULTED": Note("currency_defaulted", money.CURRENCY),
    "CURRENCY_MISSING": Note("currency_missing", money.CURRENCY),
    "ID_DERIVED": Note("event_id_derived", "event_id"),
    "PIXEL_CANNOT_MATCH": Note("pixel_cannot_match", "event_id"),
    "CALL_TYPE": NoEvent("call_type"),
    "UNMET": NoEvent("condition_not_met"),
    "REJECTED": Outcome.REJECTED,
    "FILTERED": Outcome.FILTERED,
    "EXPIRED": Outcome.EXPIRED,
}


class Emitter:
    """Writes the function of one model, and keeps the constants that it names."""

    def __init__(self, model: Model, root: Shape, interpreter: Interpreter) -> None:
        self.model = model
        self.root = root
        self.interpreter = interpreter
        self.names = runtime.Names(bind_names(model.names, root), model.event_name)
        self.held: dict[str, Any] = {
            **_REFUSED,
            **NAMES,
            "model": model,
            "names": self.names,
            "kept": self.names.kept,
            "interpreter": interpreter,
            "zone": model.zone,
            "encode": msgspec.json.Encoder().encode,
            "Case": Case,
            "Draft": Draft,
            "Moment": Moment,
            "Note": Note,
            "Prepared": Prepared,
            "Unit": Unit,
            "batch_key": batch_key,
            "countries": countries(),
            "currencies": currencies(),
            "dedup_key": dedup_key,
            "derive": derive,
            "derive_of_order": derive_of_order,
            "items_of": contents.items_of,
            "sum_of": contents.sum_of,
            "Items": contents.Items,
            "from_items": money.from_items,
            "from_rows": money.from_rows,
            "look": look,
            "source_id_of": source_id_of,
            **{
                name: getattr(runtime, name)
                for name in [
                    "clicked",
                    "decimal",
                    "drop_ids",
                    "event_id",
                    "first",
                    "kind_of",
                    "moment",
                    "parameter",
                    "read",
                    "read_item",
                    "region_of",
                    "seconds",
                    "settled",
                    "tally",
                    "test_code",
                ]
            },
        }
        self._lines: list[str] = []
        self._level = 1
        self._objects: dict[int, str] = {}
        self._used: dict[str, str] = {}
        """Local name of an object → the expression that gives it."""

    def source(self) -> str:
        """The function's text."""
        self._name()
        self._frame()
        self._fields()
        self._events()
        body, self._lines, self._level = self._lines, [], 1
        name = f"{self.model.event_source}_entries"
        head = [f"def {name}(position, record, now, rows=(), given=(), merged=None):"]
        for local, (expression, empty) in self._object_lines():
            self._write(f"{local} = {expression}")
            self._write(f"if {local} is None: {local} = {empty}")
        return "\n".join([*head, *self._lines, *body]) + "\n"

    # What happened

    def _name(self) -> None:
        model, name_place = self.model, self.model.name_place
        none = "(interpreter.without_event(Unit(position, {}, rows, notes=given), name, rules).entry,)"
        if model.off is not None:
            self.held["OFF"] = NoEvent(model.off)
            self._looked_up_name()
            self._write("name = (as_text(found.value) or '').strip() or None")
            self._write("rules = OFF")
            self.held["as_text"] = as_text
        elif name_place.type_path is not None and name_place.named_types is not None:
            self.held["NAMED"] = dict(name_place.named_types)
            self._write(f"v = {self._value(name_place.type_path)}")
            self._write(f"kind = v if v is None or v == {name_place.type_of_event!r} else kind_of(v)")
            with self._block("if kind in NAMED:"):
                self._write("name, rules = kept.get(NAMED[kind]) or names(NAMED[kind])")
            with self._block(f"elif kind and kind != {name_place.type_of_event!r}:"):
                self._write("name = None; rules = CALL_TYPE")
            with self._block("else:"):
                self._own_name()
        else:
            self._own_name()
        with self._block("if rules.__class__ is not tuple:"):
            self._leave_test_events()
            self._write(f"return {none}")
        tables = [rules for rules in model.names.rules.values() if isinstance(rules, tuple)]
        if any(rule.when for rules in tables for rule in rules):
            self._write("rules = tuple([rule for rule in rules if rule.when is None or rule.when(record)])")
        if any(rule.when for rules in tables for rule in rules) or () in tables:
            with self._block("if not rules:"):
                self._write("rules = UNMET")
                self._leave_test_events()
                self._write(f"return {none}")

    def _leave_test_events(self) -> None:
        """Whether a record of which no event is made has a test code of its own is for the interpreter to say."""
        rule = self.model.fields.get("test_event_code")
        if rule is not None and rule.sources:
            self._look_for(rule.sources, "w = None")
            self._write("if v is not None: return None")

    def _own_name(self) -> None:
        sources = self.model.name_place.rule.sources
        if _are_plain(sources, self.root):
            values = self._values(sources)
            self._take(values)
            self._write("hit = kept.get(v) if v.__class__ is str else None")
            self._write(f"name, rules = hit or names(first(({_tuple(values)})).value)")
        else:
            self._looked_up_name()
            self._write("name, rules = names(found.value)")

    def _looked_up_name(self) -> None:
        self._write(f"found = look({self._bound(self.model.name_place.rule.sources)}, record)")

    # The frame

    def _frame(self) -> None:
        model = self.model
        self._write("notes = [*given]")
        self._write("fault = None")
        if not self._found("event_time", "w = seconds(v)"):
            self._write("w, fault = None, NO_TIME")
        else:
            with self._block("if w is None:"):
                self._write("w, fault = moment(found(), zone, notes)")
        self._write("time = w")
        if model.click_window_s is not None:
            if self._found("click_time"):
                self._write("click = clicked(found(), zone, notes)")
            else:
                self._write("click = None")
        elif self._found("click_time"):
            self._write("clicked(found(), zone, notes)")
        if self._found(
            "event_id",
            "w = v.strip() if v.__class__ is str and v.isascii() and '@' not in v and len(v) <= "
            f"{limit('max_event_id_chars')} else None",
        ):
            self._write("own_id = w or event_id(found(), notes)")
        else:
            self._write("own_id = None")
        self.held["TEST_CODE"] = model.test_event_code
        self._write("code = TEST_CODE")
        if self._found("test_event_code"):
            with self._block("if v is not None:"):
                self._write("code, fault = test_code(found(), TEST_CODE, fault)")
        self.held["REGION"] = model.region
        self._write("region = REGION")
        if model.country:
            self._look_for(model.country)
            with self._block("if v.__class__ is str and v in countries:"):
                self._write("region = v")
            with self._block("elif v is not None:"):
                self._write("region = region_of(found(), REGION)")

    def _found(self, target: str, quick: str = "") -> bool:
        rule = self.model.fields.get(target)
        if rule is None or not rule.sources:
            return False
        self._look_for(rule.sources, quick)
        return True

    def _look_for(self, sources: tuple[Source, ...], quick: str = "") -> None:
        """`v`: the first value that is not null; `quick`; and `found()`, which looks as the interpreter does."""
        if _are_plain(sources, self.root):
            values = self._values(sources)
            self._take(values)
            self._finder = f"first(({_tuple(values)}))"
        else:
            self._write("v = record")
            self._finder = f"look({self._bound(sources)}, record)"
            quick = quick and "w = None"
        if quick:
            self._write(quick)

    # Its fields

    def _fields(self) -> None:
        source = self.model.event_source
        taken = [row for row in fields().values() if source in row.event_sources]
        head = [row.target.partition(".")[2] for row in taken if row.target.startswith("properties.")]
        last = max(head.index(name) for name in _HEAD if name in head)
        self._head = head[: last + 1]
        for part in ("user", "page", "app", "ad", "lead"):
            if any(row.target.startswith(f"{part}.") for row in taken):
                self._write(f"{part} = {{}}")
        if source == "app" and self.model.app_id is not None:
            self.held["APP_ID"] = self.model.app_id
        self._write("limited_data_use = None")
        self._write("unsupported = False")
        for name in self._head:
            self._write(f"p_{name} = {'()' if name == 'contents' else 'None'}")
        for row in taken:
            part, _, name = row.target.rpartition(".")
            if row.kind == "contents":
                self._contents()
            elif row.target == money.VALUE:
                self._worth(row)
            elif not part:
                self._field(row, "limited_data_use")
            elif part == "properties" and name in self._head:
                self._field(row, f"p_{name}")
            else:
                self._field(row, f"{part}[{name!r}]")
            if part == "properties" and name == self._head[-1]:
                self._begin_properties()
        self._settle_parts()

    def _field(self, row: Field, place: str) -> None:
        """Write the code of a field whose value goes to `place`."""
        rule = self.model.fields.get(row.target)
        if rule is None or not rule.sources:
            return
        guard, common, finder = self._ways(rule, self._common(row))
        field = self._constant(f"FIELD_{row.target.replace('.', '_')}", row)
        with self._block(f"if {guard}:" if guard else "if True:"):
            slow = f"(w := read({field}, {finder}, region, notes)) is not None"
            if common:
                with self._block(f"if {common.when}:"):
                    self._write(f"{place} = {common.wire}")
            if row.target == money.CURRENCY:
                with self._block("else:" if common else "if True:"):
                    self._write("told = len(notes)")
                    with self._block(f"if {slow}:"):
                        self._write(f"{place} = w")
                    self._write(
                        "unsupported = any([note.code == 'currency_unsupported' for note in notes[told:]])"
                    )
            else:
                with self._block(f"elif {slow}:" if common else f"if {slow}:"):
                    self._write(f"{place} = w")

    def _common(self, row: Field) -> Shortcut | None:
        """The common shape of a field's value."""
        if row.kind in SHORTCUTS:
            shortcut = SHORTCUTS[row.kind]
            return Shortcut(f"v.__class__ is str and {shortcut.when}", shortcut.wire)
        if row.kind == "choice":
            choices = self._constant(f"CHOICES_{row.target.replace('.', '_')}", frozenset(row.choices))
            folded = {choice.casefold() for choice in row.choices}
            return (
                Shortcut(f"v.__class__ is str and v in {choices}")
                if len(folded) == len(row.choices)
                else None
            )
        return _COMMON.get(row.kind)

    def _ways(self, rule: FieldRule, common: Shortcut | None) -> tuple[str, Shortcut | None, str]:
        """When there may be a value; when it is of the common shape; how it is looked for otherwise."""
        sources = rule.sources
        if _are_plain(sources, self.root):
            values = self._values(sources)
            return _held(values), common, f"first(({_tuple(values)}))"
        finder = f"look({self._bound(sources)}, record)"
        if any(_holds_constant(source) for source in sources):
            return "", None, finder
        bases = list(dict.fromkeys(self._base(path) for path in every_path(sources)))
        only = sources[0]
        if len(sources) == 1 and isinstance(only, EveryOf) and _are_plain(only.groups[0], self.root):
            own = self._values(only.groups[0])
            others = [base for base in bases if base not in own]
            guard = " or ".join([_held(own), *(f"{base} is not None" for base in others)])
            alone = "".join(f" and {base} is None" for base in others)
            return guard, common and Shortcut(f"{common.when}{alone}", common.wire), finder
        plain: list[Source] = []
        for source in sources:
            if not _are_plain((source,), self.root):
                break
            plain.append(source)
        own = self._values(tuple(plain))
        rest = list(sources[len(plain) :])
        may_hold = [_held(own)] if own else []
        if isinstance(query := rest[0], FromQuery) and query.same_site_as is None:
            address = self._base(query.address)
            may_hold.append(
                f"(q := {address}) is not None and (q.__class__ is not str or {query.parameter!r} in q) "
                f"and (v := parameter(q, {query.parameter!r})) is not None"
            )
            del rest[0]
        elif not own:
            common = None
        guard = " or ".join([*may_hold, *dict.fromkeys(map(self._possible, rest))])
        return guard, common, finder

    def _possible(self, source: Source) -> str:
        """What holds wherever a source may find something."""
        if isinstance(source, FromQuery):
            base = self._base(source.address)
            return f"(q := {base}) is not None and (q.__class__ is not str or {source.parameter!r} in q)"
        return " or ".join(
            f"{base} is not None" for base in dict.fromkeys(map(self._base, every_path((source,))))
        )

    # Its items

    def _contents(self) -> None:
        model = self.model
        self._write("complete = True; listed = None")
        self._write("ids = {}; with_price = with_quantity = pieces = 0")
        for at, source in enumerate(model.items):
            path = item_path(source)
            shape = self._shape_of(path)
            with self._block("if listed is None:" if at else "if True:"):
                if shape is not None and shape.is_object:
                    self._item_alone(path, shape)
                elif shape is not None and shape.element is not None:
                    self._listed(self._value(path), shape.element)
                else:
                    self._write(f"listed = first(({self._value(path)},)).value")
                    with self._block("if listed is not None:"):
                        self._write("items = items_of(model, listed)")
                        self._write("p_contents = items.contents; complete = items.complete")
                        self._write("notes.extend(items.notes)")
                        self._write("ids, with_price, with_quantity, pieces = tally(p_contents)")

    def _shape_of(self, path: Path) -> Shape | None:
        """What is known of what stands there; None for a value."""
        found = self.root
        for step in path.steps:
            if not isinstance(step, str) or step not in found.members:
                return None
            found = found.members[step]
        return None if found.value else found

    def _listed(self, value: str, element: Shape) -> None:
        """A list of items. An empty one holds nothing."""
        self._write(f"listed = {value} or None")
        with self._block("if listed is not None:"):
            self._write("p_contents = []")
            self._write("told = []")
            with self._block("for e in listed:"):
                self._write("item = {}")
                for row in item_fields():
                    self._item_field(row.name, "e", element, (), _TALLIED.get(row.name, ""))
                with self._block("if item:"):
                    self._write("p_contents.append(item)")
            if self.model.group is None:
                self._write("complete = len(p_contents) == len(listed)")
            with self._block("if told:"):
                self._write("notes.extend(dict.fromkeys(told))")

    def _item_alone(self, path: Path, shape: Shape) -> None:
        """An object that is an item itself, if it has an id."""
        holder = self._object(shape)
        if "content_id" not in self.model.item_fields:
            return
        rule = self.model.item_fields["content_id"]
        keys = tuple(step for step in path.steps if isinstance(step, str))
        bases = [self._base(Path(p.text, (*keys, *p.steps))) for p in every_path(rule.sources)]
        with self._block("if " + " or ".join(f"{base} is not None" for base in dict.fromkeys(bases)) + ":"):
            self._write("item = {}; told = []")
            for row in item_fields():
                self._item_field(row.name, holder, self.root, keys)
            with self._block("if 'content_id' in item:"):
                self._write("p_contents = [item]; notes += told")
                self._write("ids[item['content_id']] = None; with_price = int('price' in item)")
                self._write("if 'quantity' in item: with_quantity = 1; pieces = item['quantity']")

    def _item_field(
        self, name: str, holder: str, root: Shape, keys: tuple[str, ...], tallied: str = ""
    ) -> None:
        rule = self.model.item_fields.get(name)
        if rule is None or not rule.sources:
            return
        row = self._constant(f"ITEM_{name}", next(row for row in item_fields() if row.name == name))
        kind = next(row.kind for row in item_fields() if row.name == name)
        sources = tuple(
            replace(source, path=Path(source.path.text, (*keys, *source.path.steps)))
            for source in rule.sources
            if isinstance(source, FromPath)
        )
        if _are_plain(sources, root):
            if root is self.root:
                values = self._values(sources)
            else:
                values = [f"{holder}.{'.'.join(place(root, source.path).through)}" for source in sources]
                if any(len(place(root, source.path).through) > 1 for source in sources):
                    raise NotCompiledError("an item's field within an object")
            guard, finder = _held(values), f"first(({_tuple(values)}))"
            common = _COMMON[kind].when
        else:
            if keys and any(source.when is not None for source in sources):
                raise NotCompiledError("an item's field under a condition")
            at = "record" if root is self.root else holder
            guard, finder = "True", f"look({self._bound(sources, root)}, {at})"
            common = ""
        with self._block(f"if {guard}:"):
            if common:
                with self._block(f"if {common}:"):
                    self._write(f"item[{name!r}] = w{tallied}")
            slow = f"(w := read_item({row}, {finder}, told)) is not None"
            with self._block(f"{'elif' if common else 'if'} {slow}:"):
                self._write(f"item[{name!r}] = w{tallied}")

    # What it is worth

    def _worth(self, row: Field) -> None:
        rule = self.model.value_rule
        if rule in ("field", "sum_of_items"):
            self._field(row, "p_value")
            if rule == "sum_of_items":
                with self._block("if p_value is None:"):
                    self._write("worth = from_items(Items(p_contents, complete=complete))")
                    self._take_worth()
        elif self.model.group is not None:
            self.held["COLUMN"] = self.model.group.value
            self._write(
                f"worth = from_rows({rule!r}, merged['rows'], COLUMN, Items(p_contents, complete=complete))"
            )
            self._take_worth()

    def _take_worth(self) -> None:
        self._write("p_value = worth.value")
        with self._block("if worth.note:"):
            self._write("notes.append(Note(worth.note, 'properties.value'))")

    def _begin_properties(self) -> None:
        """Derive what follows from the items, and begin `properties` in the order of the wire."""
        self._write("whole = complete and len(p_contents)")
        self._write("if p_content_ids is None and ids: p_content_ids = list(ids)")
        self._write("if p_num_items is None and whole and with_quantity == whole: p_num_items = pieces")
        self._write("defaulted = p_currency is None and (p_value is not None or with_price)")
        self._write("properties = {}")
        for name in self._head:
            put = f"properties[{name!r}] = p_{name}"
            if name == "contents":
                self._write(f"if p_contents: {put}")
            elif name == "currency" and self.model.currency is not None:
                self.held["CURRENCY"] = self.model.currency
                self._write(f"if p_currency is not None: {put}")
                self._write(f"elif defaulted and not unsupported: properties[{name!r}] = CURRENCY")
            else:
                self._write(f"if p_{name} is not None: {put}")

    def _settle_parts(self) -> None:
        model = self.model
        if model.event_source == "web":
            with self._block("if 'url' not in page:"):
                if model.link_url:
                    self.held["LINK_URL"] = model.link_url
                    self._write("page = {'url': LINK_URL}; notes.append(URL_FROM_SETTINGS)")
                else:
                    self._write("page = {}; notes.append(URL_MISSING)")
        if model.event_source == "app":
            if model.app_id is not None:
                with self._block("if 'app_id' not in app:"):
                    self._write("app = {'app_id': APP_ID, **app}; notes.append(APP_FROM_SETTINGS)")
            rule = model.fields.get("ad_tracking_enabled")
            enabled = f"look({self._bound(rule.sources)}, record)" if rule else "first(())"
            with self._block("if 'idfa' in user or 'gaid' in user:"):
                self._write(f"drop_ids(user, {enabled}, notes)")
        with self._block("if limited_data_use and 'ip' not in user:"):
            self._write("notes.append(LDU_WITHOUT_IP)")
        if model.value_rule == "field":
            unsaid = "not any([note.path == 'properties.value' for note in notes])"
            with self._block(
                f"if p_value is None and whole and with_price == with_quantity == whole and {unsaid}:"
            ):
                self._write("notes.append(VALUE_NOT_GIVEN)")

    # Its events

    def _events(self) -> None:
        model = self.model
        parts = [
            part
            for part in _PARTS[:-1]
            if any(
                t.startswith(f"{part}.") and model.event_source in f.event_sources
                for t, f in fields().items()
            )
        ]
        chooses = model.group is not None and model.event_source == "offline"
        self.held["SOURCE_ID"] = model.source_ids[0]
        self._write("test = code is not None")
        self._write("entries = ()")
        self._write("ordinal = 0")
        with self._block("for rule in rules:"):
            self._write("ordinal += 1")
            with self._block("if unsupported or rule.fixed or rule.worth_from_rule:"):
                if model.currency is not None:
                    self._write("bare = {**properties}")
                    self._write("if defaulted and not unsupported: del bare['currency']")
                else:
                    self._write("bare = properties")
                own = ", ".join(f"{part!r}: {part}" for part in parts)
                self._write(f"draft = Draft({{{own}, 'properties': bare}}, limited_data_use)")
                self._write("draft.moment = None if time is None else Moment(time)")
                if model.click_window_s is not None:
                    self._write("draft.clicked = None if click is None else Moment(click)")
                self._write("draft.fault = fault; draft.event_id = own_id; draft.test_event_code = code")
                self._write("draft.currency_unsupported = unsupported; draft.notes = notes")
                self._write("case = Case(model, Unit(position, merged or {}, rows), ordinal, rule, draft)")
                self._write("case.write()")
                self._write("entries += (case.judge(now, interpreter.match_keys),)")
                self._write("continue")
            self._write("told = [*notes]")
            with self._block("for note in rule.notes:"):
                self._write("told.append(Note(note, 'event'))")
            money_note = "CURRENCY_DEFAULTED" if model.currency is not None else "CURRENCY_MISSING"
            self._write(f"if defaulted: told.append({money_note})")
            self._write("place = (position, ordinal, rows, test)")
            self._refuse("fault is not None", "REJECTED", "fault")
            if chooses:
                self._write("source_id = source_id_of(model, merged)")
                self._refuse("source_id.__class__ is not str", "REJECTED", "source_id")
            self._refuse(f"time > now + {limit('future_tolerance_s')}", "REJECTED", "IN_FUTURE")
            for field in model.required:
                part, _, name = field.target.partition(".")
                lacking = self._constant(f"LACKING_{part}_{name}", Note(field.required or "", field.target))
                self._refuse(f"{name!r} not in {part}", "REJECTED", lacking)
            keys = [
                " and ".join(f"{target.partition('.')[2]!r} in {target.partition('.')[0]}" for target in key)
                for key in self.interpreter.match_keys
            ]
            self._refuse(f"not ({' or '.join(keys)})", "REJECTED", "NO_IDENTIFIER")
            source_id = "source_id" if chooses else "SOURCE_ID"
            self._event(parts, source_id)
            if model.click_window_s is not None:
                self._refuse(
                    f"click is not None and time - click > {model.click_window_s}",
                    "FILTERED",
                    "AFTER_WINDOW",
                    "event_id_",
                )
            self._write(f"not_after = float(time + {model.window_s})")
            self._refuse("not_after < now", "EXPIRED", "TOO_OLD", "event_id_")
            self._prepared(source_id, chooses=chooses)
        self._write("return entries")

    def _refuse(self, when: str, outcome: str, fault: str, event_id: str = "own_id") -> None:
        with self._block(f"if {when}:"):
            self._write(f"entries += settled(place, rule, ({outcome}, {fault}), {event_id}, told)")
            self._write("continue")

    def _event(self, parts: list[str], source_id: str) -> None:
        model = self.model
        self._write("event_id_ = own_id")
        if model.require_event_id:
            self._refuse("own_id is None", "REJECTED", "NO_EVENT_ID")
        if model.sends_event_id:
            self._write("event = {'event': rule.name, 'event_time': time, 'event_id': own_id}")
        else:
            self._write("event = {'event': rule.name, 'event_time': time}")
        for part in parts:
            self._write(f"if {part}: event[{part!r}] = {part}")
        self._write("if properties: event['properties'] = properties")
        self._write("if limited_data_use is not None: event['limited_data_use'] = limited_data_use")
        if model.sends_event_id and not model.require_event_id:
            with self._block("if own_id is None:"):
                derived = f"derive({source_id}, rule.canonical, event)"
                if model.group is not None:
                    of_order = f"derive_of_order({source_id}, rule.canonical, properties['order_id'])"
                    derived = f"{of_order} if 'order_id' in properties else {derived}"
                self._write(f"event['event_id'] = event_id_ = {derived}")
                self._write("told.append(ID_DERIVED)")
                if model.event_source == "web":
                    self._write("told.append(PIXEL_CANNOT_MATCH)")

    def _prepared(self, source_id: str, *, chooses: bool) -> None:
        model = self.model
        key = f'sha256(f"{{{source_id}}}\\x1f{{rule.canonical}}\\x1f{{event_id_}}".encode()).digest()[:16]'
        if not model.sends_event_id:
            key = f"None if event_id_ is None else {key}"
        batch = f"batch_key({model.event_source!r}, {source_id}, code)"
        if not chooses:
            self.held["BATCH_KEY"] = batch_key(model.event_source, model.source_ids[0], model.test_event_code)
            if "test_event_code" in model.fields:
                batch = f"BATCH_KEY if code is TEST_CODE else {batch}"
            else:
                batch = "BATCH_KEY"
        self._write(
            f"made = Prepared(position, ordinal, rule.name, event_id_, {batch}, {key}, not_after, encode(event), "
            f"tuple(told), rows, test, {model.sends_event_id})"
        )
        with self._block("if ordinal == len(rules) == 1:"):
            self._write("return (made,)")
        self._write("entries += (made,)")

    # Writing

    @contextmanager
    def _block(self, opening: str) -> Iterator[None]:
        self._write(opening)
        self._level += 1
        yield
        self._level -= 1

    def _write(self, line: str) -> None:
        if "found()" in line:
            line = line.replace("found()", self._finder)
        self._lines.append("    " * self._level + line)

    def _take(self, values: list[str]) -> None:
        """`v`: the first value that is not null."""
        for at, value in enumerate(values):
            self._write(f"v = {value}" if at == 0 else f"if v is None: v = {value}")

    def _constant(self, name: str, value: Any) -> str:
        self.held[name] = value
        return name

    def _bound(self, sources: tuple[Source, ...], root: Shape | None = None) -> str:
        return self._constant(f"RULE_{len(self.held)}", bind(sources, root or self.root))

    def _values(self, sources: tuple[Source, ...]) -> list[str]:
        return [self._value(source.path) for source in sources if isinstance(source, FromPath)]

    def _value(self, path: Path) -> str:
        found = place(self.root, path)
        if found.rest:
            raise NotCompiledError(path.text)
        return self._base(path)

    def _base(self, path: Path) -> str:
        """The attribute at which a path leaves the structs."""
        found = place(self.root, path)
        return f"{self._object(found.holder)}.{found.through[-1]}"

    def _object(self, shape: Shape) -> str:
        """The local name of an object of the record."""
        if shape is self.root:
            return "record"
        if id(shape) not in self._objects:
            name = f"r_{shape.name}"
            while name in self._objects.values():
                name += "_"
            self._objects[id(shape)] = name
        return self._objects[id(shape)]

    def _object_lines(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """Every object in use, and those around them, outermost first."""

        def walk(holder: Shape, expression: str) -> Iterator[tuple[str, tuple[str, str]]]:
            for attribute, shape in holder.attributes():
                if shape.is_object and self._is_used(shape):
                    local = self._object(shape)
                    empty = self._constant(f"NO_{local}", shape.type())
                    yield local, (f"{expression}.{attribute}", empty)
                    yield from walk(shape, local)

        yield from walk(self.root, "record")

    def _is_used(self, shape: Shape) -> bool:
        return id(shape) in self._objects or any(self._is_used(inner) for inner in shape.members.values())


def _are_plain(sources: tuple[Source, ...], root: Shape) -> bool:
    return all(
        isinstance(source, FromPath)
        and source.transform is None
        and source.when is None
        and not place(root, source.path).rest
        for source in sources
    )


def _holds_constant(source: Source) -> bool:
    if isinstance(source, Constant):
        return True
    groups = getattr(source, "groups", ())
    return any(_holds_constant(inner) for group in groups for inner in group)


def _held(values: list[str]) -> str:
    return " or ".join(f"(v := {value}) is not None" for value in values)


def _tuple(values: list[str]) -> str:
    return "".join(f"{value}, " for value in values).rstrip()
