"""Credentials of a workspace: a named store of tokens, and the way by which an account's owner grants one.

`CredentialStore` keeps them; `Authorisations` guards the way to the receiver's consent page and back; `grant_credential` puts what
was granted in the place of what was there.
"""

from tiktok_destination.credentials.granting import Granted, grant_credential
from tiktok_destination.credentials.sealing import KEY_VARIABLE
from tiktok_destination.credentials.states import STATE_LIFE_S, Authorisations, Forged, Way
from tiktok_destination.credentials.store import (
    DATA_FOLDER,
    CredentialStore,
    CredentialStoreError,
    StoredCredential,
    data_folder,
)

__all__ = [
    "DATA_FOLDER",
    "KEY_VARIABLE",
    "STATE_LIFE_S",
    "Authorisations",
    "CredentialStore",
    "CredentialStoreError",
    "Forged",
    "Granted",
    "StoredCredential",
    "Way",
    "data_folder",
    "grant_credential",
]
