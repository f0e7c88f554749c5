"""A scope: one destination's name at one receiver. Everything in the store belongs to one."""

from __future__ import annotations

from dataclasses import dataclass

from tiktok_destination.store import Database


@dataclass(frozen=True)
class Scope:
    """What was sent to one receiver says nothing of what another one has."""

    number: int
    name: str
    """The destination's name in its configuration."""
    receiver: str
    """Where its calls go; empty where the destination does not say."""


def scope_of(database: Database, name: str, receiver: str) -> Scope:
    """The scope, which is made if there is none. Raises StoreError."""
    database.change([("INSERT OR IGNORE INTO scopes (name, receiver) VALUES (?, ?)", [(name, receiver)])])
    number = database.value("SELECT id FROM scopes WHERE name = ? AND receiver = ?", (name, receiver))
    return Scope(number, name, receiver)


def scopes(database: Database, name: str | None = None) -> list[Scope]:
    """All scopes, or those of one destination, by name. Raises StoreError."""
    found = database.rows("SELECT id, name, receiver FROM scopes ORDER BY name, receiver")
    return [Scope(*row) for row in found if name is None or row[1] == name]
