"""From an authorisation code to a credential in the store. The one that was there stays until the new one is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from plugin_spec import Authoriser, Denied
from tiktok_destination.credentials.store import CredentialStore, StoredCredential


class Granted(NamedTuple):
    """What an authorisation came to."""

    stored: StoredCredential
    missing: tuple[str, ...]
    """Codes of what the destination needs and was not granted."""


def grant_credential(
    authoriser: Authoriser, code: str, store: CredentialStore, clock: Callable[[], float]
) -> Granted | Denied:
    """Exchange the code and keep what it gives. Raises CredentialStoreError; the code is spent then."""
    grant = authoriser.exchange(code)
    if isinstance(grant, Denied):
        return grant
    stored = StoredCredential(grant.credential, clock(), grant.accounts, grant.scopes, grant.missing)
    store.put(stored)
    return Granted(stored, grant.missing)
