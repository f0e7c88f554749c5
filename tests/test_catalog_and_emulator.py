"""Two tables of the same facts, typed independently: the plugin's catalog and the emulator's. They agree, or the
difference is listed here with its reason."""

import pytest

from tiktok_destination.catalog.events import custom_name_rule, event_names
from tiktok_destination.catalog.fields import fields, item_fields
from tiktok_destination.catalog.limits import limit
from tiktok_destination.catalog.places import currencies
from tiktok_destination.catalog.return_codes import return_codes
from tiktok_destination.emulator import tables

EVENT_SOURCES = ("web", "app", "offline", "crm")
PAGE_VIEWS = {"Pageview", "PageView", "Browse"}
"""The emulator takes page views from every source that has web's names; we send them for web only, where pages are."""

HASHED_BY_CHOICE = {"user.idfa", "user.gaid"}
"""TikTok takes both forms; we send the digest, which is TikTok's own worked example."""

OFFLINE_BY_CHOICE = {"properties.event_channel"}
"""A field of the legacy offline endpoint: the emulator ignores it anywhere, we send it with offline events only."""


@pytest.mark.parametrize("event_source", EVENT_SOURCES)
def test_standard_event_names_agree(event_source):
    ours = set(event_names(event_source).standard)
    theirs = set(tables.STANDARD_NAMES[event_source])
    assert ours - theirs == set()
    assert theirs - ours == (set() if event_source in ("web", "app") else {"Pageview"})


@pytest.mark.parametrize("event_source", ["web", "offline", "crm"])
def test_renamed_and_reserved_names_agree(event_source):
    known = event_names(event_source)
    ours = {spelling: name for spelling, name in known.canonical.items() if spelling != name}
    theirs = {**tables.RESERVED_NAMES, **tables.OTHER_SPELLINGS, **tables.RENAMED}
    if event_source != "web":
        theirs = {spelling: name for spelling, name in theirs.items() if spelling not in PAGE_VIEWS}
    assert ours == theirs


def test_deprecated_names_and_the_rule_for_custom_names_agree():
    deprecated = {name for name, event in event_names("web").standard.items() if event.deprecated_until}
    assert deprecated == tables.SOFT_DEPRECATED_NAMES
    pattern, takers, _ = custom_name_rule()
    assert takers == tables.CUSTOM_NAMES.sources
    assert pattern.fullmatch("a" * tables.CUSTOM_NAMES.max_length)
    assert not pattern.fullmatch("a" * (tables.CUSTOM_NAMES.max_length + 1))


def test_currencies_and_limits_agree():
    assert currencies() == tables.CURRENCIES
    assert limit("max_events") == tables.LIMITS.max_events
    assert limit("dedup_window_s") == tables.LIMITS.dedup_window_s


def test_return_codes_agree():
    ours = {code for code in return_codes() if code.isdigit()}
    assert ours == {str(code) for code in tables.RETURN_CODES}


def test_every_field_that_we_send_is_known_and_of_the_same_event_sources():
    theirs = {field.path: field for field in tables.FIELDS}
    for target, field in fields().items():
        known = theirs[target]
        if target not in OFFLINE_BY_CHOICE:
            assert set(known.sources) == set(field.event_sources), target
        assert set(known.values) == set(field.choices), target
        if target not in HASHED_BY_CHOICE:
            assert (known.form == "sha256") == field.hashed, target
        assert field.many == (known.type == "string_or_strings"), target


def test_every_item_field_is_known():
    theirs = {field.path for field in tables.FIELDS}
    assert {f"properties.contents[].{item.name}" for item in item_fields()} <= theirs
