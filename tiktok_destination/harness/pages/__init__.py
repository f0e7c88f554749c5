"""The pages, each a blueprint of its own. `TABS` says which of them a destination has."""

from __future__ import annotations

from typing import Final, NamedTuple


class Tab(NamedTuple):
    """A page that belongs to one destination."""

    endpoint: str
    """Takes `file`, the destination's file name."""
    label: str


TABS: Final = (
    Tab("configure.page", "Configure"),
    Tab("connect.page", "Connect"),
    Tab("trying.page", "Try"),
    Tab("activity.page", "Activity"),
)
"""In the order in which an operator needs them."""
