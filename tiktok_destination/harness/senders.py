"""Opens a destination's sender for what is not sending: authorising, checking, listing. What a stranger's code raises is a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from plugin_spec import ConfigError, Credential, Destination, Sender, Services
from plugin_spec.errors import show_path
from tiktok_destination.credentials import CredentialStoreError


class CannotAskError(Exception):
    """The destination cannot be asked: a sentence with the reason. It never holds a secret."""


@contextmanager
def opened(
    destination: Destination, config: Mapping[str, Any], credential: Credential, services: Services
) -> Iterator[Sender]:
    """A sender, closed afterwards. Whatever of it fails inside raises CannotAskError."""
    try:
        sender = destination.open(config, credential, services)
        try:
            yield sender
        finally:
            sender.close()
    except (CannotAskError, CredentialStoreError):
        raise
    except ConfigError as error:
        told = (f"{show_path(it.path)}: {it.problem}. {it.remedy}".rstrip(". ") for it in error.faults)
        raise CannotAskError(f"{'. '.join(told)}.") from error
    except Exception as error:  # a plugin's own; its text may hold anything
        services.logger.warning("a destination failed when asked: %s", type(error).__name__)
        raise CannotAskError(f"The destination failed: {type(error).__name__}.") from error
