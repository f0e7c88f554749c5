"""The values that cross the border: frozen, ordered as documented, and the same after a journey through JSON."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, is_dataclass
from typing import Any

import msgspec
import pytest

import plugin_spec
from plugin_spec import (
    Advice,
    Check,
    Choice,
    ConfigError,
    ConfigFault,
    Credential,
    Denied,
    EntryOutcome,
    Grant,
    Note,
    Outcome,
    OverlayValue,
    Prepared,
    Record,
    Reply,
    Settled,
    Verdict,
    errors,
    worst,
)
from plugin_spec.errors import show_path

WORST_FIRST = [
    "pending",
    "refused",
    "rejected",
    "expired",
    "suppressed",
    "filtered",
    "duplicate",
    "delivered",
]

PATHS = [
    ((), "the file"),
    (("settings",), "settings"),
    (("settings", "pixel_code"), "settings.pixel_code"),
    (("mapping", "events", "Lead Created", 0), 'mapping.events."Lead Created"[0]'),
    (("mapping", "fields", "user.email"), 'mapping.fields."user.email"'),
    (("mapping", "fields", "a[0]"), 'mapping.fields."a[0]"'),
    (("a", 0, 1, "b"), "a[0][1].b"),
    ((0, "a"), "[0].a"),
    (("",), '""'),
    (("a", ""), 'a.""'),
]

NOTES = (Note("left_out", "user.phone"), Note("corrected"))
VALUES: list[Any] = [
    Note("left_out"),
    OverlayValue("value", "click store"),
    Record(1, b'{"a": "\xc3\xa4"}'),
    Record(2, b"\xff\x00"),
    Record(
        3,
        {"a": [1, 2.5, None, {"b": "c"}]},
        {"user.email": OverlayValue("x", "identity")},
        Note("fault", "line"),
    ),
    Prepared(1, 2, "Lead", "id", "key", b"\x00\xff", 1_790_000_000.25, b'{"a":1}', NOTES, (1, 3), test=True),
    Prepared(1, 1, "Lead", None, "key", None, 0.0, b"{}"),
    Settled(1, 1, Outcome.REJECTED, "code", "path", "reason", "Lead", "id", "Leads", NOTES, (1, 2)),
    EntryOutcome(1, 1, Outcome.DELIVERED),
    EntryOutcome(1, 1, Outcome.REFUSED, "c", "p", "r", "n", "i", "s", (1, 2), NOTES, True, 3, "request"),
    Verdict(plugin_spec.VerdictStatus.REFUSED, "40000", NOTES),
    Advice(plugin_spec.Action.WAIT, plugin_spec.Scope.CREDENTIAL, (1.0, plugin_spec.UTC_MIDNIGHT), "quota"),
    Reply(
        (Verdict(plugin_spec.VerdictStatus.DELIVERED),),
        Advice(plugin_spec.Action.GO_ON),
        "0",
        "request",
        True,
    ),
    Check("token", well=False, detail="expired", remedy="make a new one"),
    Denied("40110", "202611241747"),
    Choice("value", "title"),
]
STRUCTS = [
    value
    for value in vars(plugin_spec).values()
    if inspect.isclass(value) and issubclass(value, msgspec.Struct)
]
DATACLASSES = [
    value for value in vars(plugin_spec).values() if inspect.isclass(value) and is_dataclass(value)
]


def test_the_worst_outcome_is_the_first_of_the_documented_order() -> None:
    assert sorted(WORST_FIRST) == sorted(Outcome)
    ranks = {name: rank for rank, name in enumerate(WORST_FIRST)}
    for one in Outcome:
        for other in Outcome:
            assert worst([one, other]) == min(one, other, key=ranks.__getitem__)
    assert worst(iter(Outcome)) is Outcome.PENDING


def test_no_outcomes_have_no_worst() -> None:
    with pytest.raises(ValueError):
        worst([])


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_survives_json(value: Any) -> None:
    assert msgspec.json.decode(msgspec.json.encode(value), type=type(value)) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_is_frozen(value: Any) -> None:
    for name in value.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


def test_every_struct_of_the_contract_is_frozen_and_proved_here() -> None:
    assert [struct.__name__ for struct in STRUCTS if not struct.__struct_config__.frozen] == []
    proved = {type(value) for value in VALUES}
    assert {struct for struct in STRUCTS if struct not in proved} == {Grant}, "Grant holds a credential"


def test_every_dataclass_of_the_contract_is_frozen() -> None:
    assert Credential in DATACLASSES
    assert [one.__name__ for one in DATACLASSES if not one.__dataclass_params__.frozen] == []
    with pytest.raises(FrozenInstanceError):
        Credential("name", "token").access_token = "other"  # type: ignore[misc] # that is the test


def test_no_representation_shows_a_token() -> None:
    credential = Credential("main", "canary-token-31")
    for shown in (credential, Grant(credential, (Choice("1", "account"),), ("scope",))):
        assert "canary-token-31" not in f"{shown!r} {shown}"


@pytest.mark.parametrize(("path", "shown"), PATHS)
def test_a_path_is_shown_as_one_would_write_it(path: Any, shown: str) -> None:
    assert show_path(path) == shown


def test_a_config_error_tells_every_fault_with_its_place() -> None:
    error = ConfigError(
        (ConfigFault(("settings",), "is missing"), ConfigFault(("mapping", 0), "is no text", "quote it"))
    )
    assert str(error) == "settings: is missing; mapping[0]: is no text"
    assert len(error.faults) == 2


def test_all_errors_share_one_root_and_stand_in_the_tree() -> None:
    classes = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, Exception)]
    assert [one.__name__ for one in classes if not issubclass(one, errors.PluginSpecError)] == []
    assert [one.__name__ for one in classes if one.__name__ not in (errors.__doc__ or "")] == []


def test_what_can_be_imported_is_what_is_listed() -> None:
    public = {name for name, value in vars(plugin_spec).items() if not inspect.ismodule(value)}
    assert sorted(name for name in public if not name.startswith("_")) == sorted(plugin_spec.__all__)
