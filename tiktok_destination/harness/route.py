"""Where the events of a destination go, and by what they are kept on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from plugin_spec import About, Sender, Services
from tiktok_destination.delivery import DeliverySettings


class NotOpenedError(Exception):
    """There is no sender to be had at the moment. Holds lines for people, without a secret."""


@dataclass(frozen=True)
class Route:
    """One destination, by its configuration as it is now."""

    name: str
    about: About
    settings: DeliverySettings
    open_sender: Callable[[Services], Sender]
    """With the credential of that moment. Raises NotOpenedError."""
    folder: Path
    """The data folder."""
    receiver: Callable[[], str]
    """Where calls go: what is kept for one receiver is never sent to another. Raises NotOpenedError."""
    in_test_mode: Callable[[], bool] = lambda: False
    """Whether the configuration of that moment makes every event a test event."""
