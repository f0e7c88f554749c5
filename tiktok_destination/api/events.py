"""Sends events: one `send` is one POST to TikTok's endpoint for events of every source.

Without a token nothing is sent: the events wait, with the code that TikTok gives for a missing one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plugin_spec import ConfigError, ConfigFault, Reply, Services
from tiktok_destination.api.client import Client
from tiktok_destination.api.reply import reply_to, without_token

EVENT_TRACK_PATH = "/open_api/v1.3/event/track/"
"""Without the slash at the end TikTok answers 404 (portal doc 1771101303285761, 2026-08)."""


class EventsSender:
    """A `plugin_spec.Sender` for TikTok's Events API. Threads may share it."""

    def __init__(
        self,
        *,
        access_token: str,
        base_url: str,
        envelope: Callable[[str, Sequence[bytes]], bytes],
        services: Services,
    ) -> None:
        """`envelope` makes the request body of a batch key and its events. Raises ConfigError for an unfit token."""
        if any(not "!" <= character <= "~" for character in access_token):
            raise ConfigError(
                (
                    ConfigFault(
                        ("credential", "access_token"),
                        "the access token holds a character that no token holds",
                        "Copy the token again, without spaces, quotes or line breaks.",
                    ),
                )
            )
        self._has_token = bool(access_token)
        self._client = Client(base_url=base_url, access_token=access_token, services=services)
        self._envelope = envelope

    def send(self, batch_key: str, bodies: Sequence[bytes]) -> Reply:
        """Make one call with these events and say what came of it."""
        if not self._has_token:
            return without_token(len(bodies))
        return reply_to(self._client.post(EVENT_TRACK_PATH, self._envelope(batch_key, bodies)), bodies)

    def close(self) -> None:
        """Close the connections. Call it once no `send` is running."""
        self._client.close()
