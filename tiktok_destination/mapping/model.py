"""One configuration, checked and at rest: everything that the interpreter (or a compiler) needs, and nothing else.

A `Rulebook` is the whole of it; it holds one `Model` for each event source that is configured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from plugin_spec import ConfigFault
from tiktok_destination.catalog.fields import Field
from tiktok_destination.mapping.event_names import NameTable
from tiktok_destination.mapping.event_sources import SourceChoice
from tiktok_destination.mapping.paths import Path
from tiktok_destination.mapping.rules import FieldRule, Source


@dataclass(frozen=True, slots=True)
class NamePlace:
    """Where a record says what happened."""

    rule: FieldRule
    type_path: Path | None = None
    """Where a record says what kind of call it is; None: every record is an event."""
    type_of_event: str = "track"
    named_types: Mapping[str, str] | None = None
    """Call type → the name under which its records go."""


@dataclass(frozen=True, slots=True)
class GroupRule:
    """How adjacent rows make one event: by what the rules in force read, wherever that stands."""

    event_set: str
    """The column that names the event set."""
    value: str
    """The column whose amounts the value rules look at."""
    misplaced: str
    """A column that must not be there: the settings decide what it says."""
    event: tuple[Source, ...]
    event_id: tuple[Source, ...]
    order_id: tuple[Source, ...]
    event_time: tuple[Source, ...]
    currency: tuple[Source, ...]
    lists: frozenset[str]
    """Columns of which every row may hold another value, all of which are wanted."""
    one_value: frozenset[str]
    """Columns that a rule reads and that should be the same in all rows."""


@dataclass(frozen=True, slots=True)
class Model:
    """The rules of one event source."""

    event_source: str
    source_ids: tuple[str, ...]
    """The pixel code or app id, or the event sets among which rows may choose."""
    sends_event_id: bool
    """TikTok takes an event id from this event source, and recognises copies by it."""
    off: str | None
    """The code that says why nothing of this event source is sent, if so."""
    test_event_code: str | None
    """Every event is a test event, under this code or its record's own."""
    region: str | None
    currency: str | None
    zone: tzinfo
    window_s: int
    click_window_s: int | None
    """Later than this after its click, where the record tells of one, an event is not sent."""
    link_url: str | None
    app_id: str | None
    event_name: str | None
    require_event_id: bool
    value_rule: str
    """`field`, `sum_of_items`, `by_rows`, `order_total` or `sum_of_rows`."""
    names: NameTable
    name_place: NamePlace
    group: GroupRule | None
    required: tuple[Field, ...]
    """The fields that an event of this source cannot do without."""
    fields: Mapping[str, FieldRule]
    """Target → rule, for the fields that this event source takes, and for what belongs to an event beside them."""
    country: tuple[Source, ...]
    """Where a record says its country, which also reads its phones; kept for sources that send no country."""
    items: tuple[Source, ...]
    """Where a record's items are."""
    item_fields: Mapping[str, FieldRule]
    """Field of an item → rule whose paths start at the item."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of one destination."""

    models: Mapping[str, Model]
    """Event source → its rules, for each that is configured."""
    choice: SourceChoice | None
    """Which of them a record belongs to; None: there is only one."""
    group: GroupRule | None
    zone: tzinfo
    warnings: tuple[ConfigFault, ...]
    """What an operator should know of a configuration that can be used."""
