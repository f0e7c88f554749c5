"""What a destination says of itself before anything is configured: pure data, safe to show to anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugin_spec.errors import ConfigFault

SPEC_VERSION = 1
"""Raised when a host or plugin written for the old contract would misunderstand the new one."""


@dataclass(frozen=True)
class Code:
    """What one outcome code, note code or receiver's code means, and what the operator does about it."""

    code: str
    meaning: str
    remedy: str


@dataclass(frozen=True)
class FieldRename:
    """One line of the renaming table: this path of the record becomes that field of the event."""

    source: str
    target: str
    origin: str
    """`preset NAME` or `config`."""
    event_sources: tuple[str, ...] = ()
    """The event sources whose events have the field; empty: all of the configuration's."""
    remark: str = ""
    """What else the rule says: under a condition, with a transform."""


@dataclass(frozen=True)
class EventLine:
    """One line of the table of event names: what becomes of a record of this name."""

    record: str
    """The record's own name for what happened."""
    event_source: str
    event: str | None
    """The event's name as it is sent; None: no event."""
    origin: str = ""
    """`preset NAME` or `config`."""
    remark: str = ""
    """Under a condition, switched off, no longer offered: whatever the line itself does not show."""


@dataclass(frozen=True)
class Overview:
    """What one configuration does, for people to read before anything is sent."""

    events: tuple[EventLine, ...] = ()
    remarks: tuple[str, ...] = ()
    """Sentences about what has to be true elsewhere for this configuration to do what it should."""
    warnings: tuple[ConfigFault, ...] = ()
    """What is odd about it; it can be used all the same."""
    test_mode: bool = False
    """Every event of this configuration is a test event: hosts say so wherever they show what it does."""


@dataclass(frozen=True)
class About:
    """A destination's own description. Hosts show it and obey its limits; they hard-code nothing of it."""

    name: str
    title: str
    description: str
    event_sources: tuple[str, ...]
    max_events: int
    """Most events in one `Sender.send`."""
    max_bytes: int
    """Most bytes in one `Sender.send`: the bodies plus one separator each. One larger event travels alone."""
    repeat_window_s: int
    """How long the receiver recognises a second copy of an event that has a `dedup_key`; 0: never."""
    capabilities: frozenset[str] = frozenset()
    """What it offers beyond the bare contract: `check`, `authorise`, `choose` (see `sender`), `test` (see `plan`). A host
    shows nothing else."""
    codes: Mapping[str, Code] = field(default_factory=dict)
    """Every code that may stand in an outcome or a note."""
    unknown_name_codes: frozenset[str] = frozenset()
    """Those codes whose entries bear an event name that no rule knows: hosts list such names for the operator."""
    identifying: frozenset[str] = frozenset()
    """Those kinds of `Identifier` each of which tells one person or device from all others. What several people may have in
    common, such as a first name, is none: a host that looks for a person goes by these alone."""
    after_acceptance: str = ""
    """A sentence for people about what is to be expected of delivered events, such as how long until they show."""
    spec_version: int = SPEC_VERSION
