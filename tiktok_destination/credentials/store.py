"""The named credentials of a workspace, in one file of its data folder.

- The folder is 0700, the file 0600; a file that others may read is refused until that is mended.
- A change is written to a new file, synced, and moved into place, under a lock: a reader sees the old or the new, whole.
- With a key in the environment every secret is sealed; names, accounts and permissions stay readable for listing.
- No message, representation or log holds a secret.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from plugin_spec import Choice, Credential, DeveloperApp
from tiktok_destination.credentials.sealing import KEY_VARIABLE, SALT_BYTES, Seal, SealError

DATA_FOLDER: Final = ".tiktok-destination"
DATA_VARIABLE: Final = "TIKTOK_DESTINATION_DATA"

_FILE: Final = "credentials.json"
_LOCK: Final = "credentials.lock"
_VERSION: Final = 1
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class CredentialStoreError(Exception):
    """The store cannot be read or written: what, where, and what to do."""


@dataclass(frozen=True)
class StoredCredential:
    """One credential, and what is known of it."""

    credential: Credential = field(repr=False)
    added_at: float
    """Unix seconds: when this token came."""
    accounts: tuple[Choice, ...] = ()
    """What was granted; empty for a token that was pasted."""
    scopes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """Codes of what the destination needs and was not granted."""

    @property
    def name(self) -> str:
        return self.credential.name

    @property
    def kind(self) -> str:
        """`pasted` from Events Manager, or `granted` by an account's owner."""
        return "pasted" if self.credential.app is None else "granted"


def data_folder(beside: Path, environ: Mapping[str, str]) -> Path:
    """The data folder of a workspace: what the environment names, or one beside its configurations."""
    named = environ.get(DATA_VARIABLE)
    return Path(named) if named else beside / DATA_FOLDER


class CredentialStore:
    """One folder's credentials. Several processes may use it at once."""

    def __init__(self, folder: Path, key: str | None) -> None:
        """`key` seals the secrets; without one they stand in the file as they are."""
        self._folder = folder
        self._path = folder / _FILE
        self._key = key or None

    def names(self) -> tuple[str, ...]:
        """All names, in alphabetical order. Needs no key. Raises CredentialStoreError."""
        return tuple(sorted(self._read().credentials))

    def get(self, name: str) -> StoredCredential | None:
        """One credential. Raises CredentialStoreError, also for a secret that cannot be opened."""
        content = self._read()
        kept = content.credentials.get(name)
        return None if kept is None else self._opened(name, kept, self._seal_of(content))

    def described(self) -> tuple[StoredCredential, ...]:
        """All of them without their secrets, for listing. Needs no key. Raises CredentialStoreError."""
        return tuple(_described(name, kept) for name, kept in sorted(self._read().credentials.items()))

    def put(self, stored: StoredCredential) -> None:
        """Add a credential, or replace the one of its name. Raises CredentialStoreError."""
        with self._changing() as content:
            self._write({**self._all(content), stored.name: stored}.values())

    def require_room(self) -> None:
        """Raises CredentialStoreError where `put` would, and changes nothing: for whom a secret is given only once."""
        with self._changing() as content:
            self._all(content)
            self._seal(bytes(SALT_BYTES))

    def remove(self, name: str) -> bool:
        """Forget one; False: there was none. Needs no key. Raises CredentialStoreError."""
        with self._changing() as content:
            if name not in content.credentials:
                return False
            rest = {other: kept for other, kept in content.credentials.items() if other != name}
            self._replace(_Content(credentials=rest, salt=content.salt))
        return True

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
            lock = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unusable(error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(lock)

    def _read(self) -> _Content:
        try:
            mode = stat.S_IMODE(self._path.stat().st_mode)
            content = self._path.read_bytes()
        except FileNotFoundError:
            return _Content()
        except OSError as error:
            raise self._unusable(error) from error
        if mode & _OTHERS:
            raise CredentialStoreError(
                f"{self._path}: others may read it (mode {mode:04o}). Make it yours alone: chmod 600, and"
                " consider every token in it known."
            )
        try:
            found = msgspec.json.decode(content, type=_Content)
        except msgspec.MsgspecError as error:
            raise self._damaged() from error
        if found.version != _VERSION:
            raise CredentialStoreError(
                f"{self._path}: was written by another version ({found.version}). Use the version that wrote it."
            )
        return found

    def _all(self, content: _Content) -> dict[str, StoredCredential]:
        seal = self._seal_of(content) if content.credentials else None
        return {name: self._opened(name, kept, seal) for name, kept in content.credentials.items()}

    def _write(self, stored: Iterable[StoredCredential]) -> None:
        salt = secrets.token_bytes(SALT_BYTES) if self._key else None
        seal = self._seal(salt)
        kept = {one.name: _kept(one, seal) for one in stored}
        self._replace(_Content(credentials=kept, salt=salt.hex() if salt else None))

    def _replace(self, content: _Content) -> None:
        new = self._folder / f"{_FILE}.{secrets.token_hex(6)}"
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise self._unusable(error) from error

    def _seal(self, salt: bytes | None) -> Seal | None:
        if self._key is None or salt is None:
            return None
        try:
            return Seal(self._key, salt)
        except SealError as error:
            raise CredentialStoreError(f"{self._path}: {error}.") from error

    def _seal_of(self, content: _Content) -> Seal | None:
        if content.salt is None:
            return None
        if self._key is None:
            raise CredentialStoreError(
                f"{self._path}: its secrets are sealed. Set {KEY_VARIABLE} to the key."
            )
        try:
            salt = bytes.fromhex(content.salt)
        except ValueError as error:
            raise self._damaged() from error
        return self._seal(salt)

    def _opened(self, name: str, kept: _Kept, seal: Seal | None) -> StoredCredential:
        try:
            token = seal.open(kept.token) if seal else kept.token
            secret = seal.open(kept.client_secret) if seal and kept.client_secret else kept.client_secret
        except SealError as error:
            raise CredentialStoreError(f"{self._path}: {error}.") from error
        app = DeveloperApp(kept.client_id, secret) if kept.client_id and secret else None
        return _stored(Credential(name, token, app), kept)

    def _damaged(self) -> CredentialStoreError:
        return CredentialStoreError(
            f"{self._path}: is damaged. Restore it from a copy, or remove it and connect again."
        )

    def _unusable(self, error: OSError) -> CredentialStoreError:
        cause = os.strerror(error.errno) if error.errno else type(error).__name__
        return CredentialStoreError(
            f"{self._path}: cannot be used ({cause}). Check the folder and its permissions."
        )


class _Kept(msgspec.Struct, frozen=True, omit_defaults=True):
    """One credential as it stands in the file; `token` and `client_secret` are sealed where the file has a salt."""

    token: str
    added_at: float
    client_id: str | None = None
    client_secret: str | None = None
    accounts: tuple[Choice, ...] = ()
    scopes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class _Content(msgspec.Struct, frozen=True):
    """The file."""

    version: int = _VERSION
    salt: str | None = None
    """Hex; None: nothing is sealed."""
    credentials: dict[str, _Kept] = {}


def _kept(stored: StoredCredential, seal: Seal | None) -> _Kept:
    app = stored.credential.app
    close = seal.close if seal else str
    return _Kept(
        token=close(stored.credential.access_token),
        added_at=stored.added_at,
        client_id=app.client_id if app else None,
        client_secret=close(app.client_secret) if app else None,
        accounts=stored.accounts,
        scopes=stored.scopes,
        missing=stored.missing,
    )


def _described(name: str, kept: _Kept) -> StoredCredential:
    app = DeveloperApp(kept.client_id, "") if kept.client_id else None
    return _stored(Credential(name, "", app), kept)


def _stored(credential: Credential, kept: _Kept) -> StoredCredential:
    return StoredCredential(credential, kept.added_at, kept.accounts, kept.scopes, kept.missing)
