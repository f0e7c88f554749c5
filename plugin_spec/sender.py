"""A sender: one configuration and one credential, turned into what makes calls. All effects come in through `Services`."""

from __future__ import annotations

import random as random_module
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from logging import Logger
from typing import TYPE_CHECKING, Protocol

import msgspec

from plugin_spec.replies import Reply

if TYPE_CHECKING:
    import requests


@dataclass(frozen=True)
class DeveloperApp:
    """The app in whose name a host authorises: OAuth's client. The secret shows in no representation."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True)
class Credential:
    """What opens the receiver's door. The token shows in no representation."""

    name: str
    access_token: str = field(repr=False)
    """Empty before the first authorisation: then nothing can be sent, and `authorise_url` and `exchange` alone work."""
    app: DeveloperApp | None = None
    """The developer app that the token belongs to; None for a token that was pasted."""


@dataclass(frozen=True)
class Services:
    """The effects that a host lends to a sender. Nothing here is optional, so that nothing is reached for elsewhere."""

    clock: Callable[[], float]
    """Unix seconds."""
    monotonic: Callable[[], float]
    """Seconds that never go back, for waits and limits."""
    sleep: Callable[[float], None]
    random: random_module.Random
    http_session: Callable[[], requests.Session]
    """A new session for each call; a session is used by one thread at a time."""
    logger: Logger
    environ: Mapping[str, str]


class Sender(Protocol):
    """Made by `destination_open`. `send` may be called from several threads at once."""

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        """Make one HTTP call with these events (at least one, within the limits of `About`) and say what came of it.

        Never retries, never sleeps, never raises for what the receiver or the network does.
        """

    def close(self) -> None:
        """Release connections. Called once, after the last `send` has returned."""


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at, and what the operator does if it is not well."""

    name: str
    well: bool
    detail: str
    remedy: str = ""


class Checker(Protocol):
    """What a sender with the capability `check` offers as well."""

    def check(self) -> tuple[Check, ...]:
        """Ask the receiver whether credential, rights and ids fit. Sends no event."""


class Choice(msgspec.Struct, frozen=True):
    """One value that a configuration property may take, and its name for people."""

    value: str
    title: str


class Denied(msgspec.Struct, frozen=True):
    """The receiver would not, or could not be reached. Hosts explain the code by `About.codes`."""

    code: str
    request_id: str | None = None


class Grant(msgspec.Struct, frozen=True):
    """What an authorisation gave: the new credential, and what it opens."""

    credential: Credential
    accounts: tuple[Choice, ...]
    """The accounts that were granted, by id and name."""
    scopes: tuple[str, ...]
    """What may be done with them, by the receiver's names for people."""
    missing: tuple[str, ...] = ()
    """Codes of what this destination needs and was not granted."""


class Authoriser(Protocol):
    """What a sender with the capability `authorise` offers as well. Its credential needs an app."""

    def authorise_url(self, state: str, redirect_uri: str) -> str:
        """The address to which the host leads the account's owner. `state` comes back unchanged."""

    def exchange(self, code: str) -> Grant | Denied:
        """Turn the code that came back into a credential. A code works once."""

    def revoke(self) -> Denied | None:
        """End the credential at the receiver; None: it has ended."""


class Chooser(Protocol):
    """What a sender with the capability `choose` offers as well."""

    def choices(self, config_property: str) -> tuple[Choice, ...] | Denied:
        """The values that the receiver knows for this property, e.g. `settings.pixel_code`; none for one it has no list of."""
