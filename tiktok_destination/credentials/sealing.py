"""Encryption at rest: secrets are sealed with a key that the operator keeps in the environment, where there is one.

The key is any long text; scrypt makes the cipher's key of it, with a salt that is kept beside the secrets. What is sealed is
authenticated: a changed byte is found and not decrypted (Fernet, of the library cryptography).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_VARIABLE: Final = "TIKTOK_DESTINATION_KEY"
SALT_BYTES: Final = 16
FEWEST_KEY_CHARS: Final = 20
"""Below this a key can be guessed."""

_COST: Final = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}


class SealError(Exception):
    """A secret cannot be sealed or opened. The text names neither secret nor key."""


class Seal:
    """One key with one salt."""

    def __init__(self, key: str, salt: bytes) -> None:
        """Raises SealError for a key that is too short, or without the library."""
        if len(key) < FEWEST_KEY_CHARS:
            raise SealError(f"{KEY_VARIABLE} is shorter than {FEWEST_KEY_CHARS} characters")
        self._fernet = _fernet(
            hashlib.scrypt(key.encode("utf-8", "surrogateescape"), salt=salt, dklen=32, **_COST)
        )

    def close(self, secret: str) -> str:
        """The secret, sealed."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """The secret. Raises SealError for another key, or for what was changed."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - an extra, and slow to import

        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except (InvalidToken, ValueError) as error:
            raise SealError(
                f"{KEY_VARIABLE} is not the key that they were sealed with, or the file was changed"
            ) from error


def _fernet(key: bytes) -> Fernet:
    try:
        from cryptography.fernet import Fernet  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as error:
        raise SealError("encryption needs a library: pip install 'tiktok-destination[encryption]'") from error
    return Fernet(base64.urlsafe_b64encode(key))
