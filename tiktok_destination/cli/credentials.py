"""The work of `credential`: asks, keeps, lists, forgets."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from plugin_spec import Credential
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.credentials import (
    KEY_VARIABLE,
    CredentialStore,
    CredentialStoreError,
    StoredCredential,
    data_folder,
)
from tiktok_destination.redaction import printable

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MOST_BYTES: Final = 16 * 1024


def open_store(beside: Path, environ: Mapping[str, str]) -> CredentialStore:
    """The store beside the configurations of a folder."""
    return CredentialStore(data_folder(beside, environ), environ.get(KEY_VARIABLE))


@contextmanager
def store_faults() -> Iterator[None]:
    """What is wrong with the store ends the command, in its own words."""
    try:
        yield
    except CredentialStoreError as error:
        raise CommandFailedError([printable(str(error))]) from error


def checked_name(name: str) -> str:
    """The name, if a configuration can name it. Raises CommandFailedError, which does not repeat it."""
    if _NAME.fullmatch(name) is None:
        rule = "up to 63 lower-case letters, digits, - and _, beginning with a letter or digit"
        hint = "The token itself is asked for, not written on the command line."
        raise CommandFailedError([f"The name does not fit: {rule}. {hint}"])
    return name


def add(name: str, beside: Path, environ: Mapping[str, str]) -> int:
    """Keep a pasted token. Raises CommandFailedError."""
    checked_name(name)
    token = _token()
    with store_faults():
        open_store(beside, environ).put(StoredCredential(Credential(name, token), time.time()))
    click.echo(f"{name}: kept. Write credential: {name} in the configuration.")
    if not environ.get(KEY_VARIABLE):
        click.echo(f"It is not sealed: set {KEY_VARIABLE} to a long text to have it encrypted.", err=True)
    return exit_codes.GOOD


def show(beside: Path, environ: Mapping[str, str], *, as_json: bool) -> int:
    """List what is kept, without secrets. Raises CommandFailedError."""
    with store_faults():
        kept = open_store(beside, environ).described()
    if as_json:
        click.echo(msgspec.json.encode([_as_data(one) for one in kept]).decode())
        return exit_codes.GOOD
    if not kept:
        click.echo("No credentials are kept here. Add one: tiktok-destination credential add NAME")
    for one in kept:
        click.echo(f"{one.name}  {one.kind}, {_day(one.added_at)}")
        for title, told in (("accounts", _accounts(one)), ("may", one.scopes)):
            if told:
                click.echo(printable(f"  {title:<8}  {', '.join(told)}"))
    return exit_codes.GOOD


def remove(name: str, beside: Path, environ: Mapping[str, str]) -> int:
    """Forget one. Raises CommandFailedError."""
    checked_name(name)
    with store_faults():
        if not open_store(beside, environ).remove(name):
            raise CommandFailedError([f"{name}: no credential of this name is kept here."])
    click.echo(f"{name}: forgotten here.")
    return exit_codes.GOOD


def is_token(text: str) -> bool:
    """What a token, or an app's id or secret, may be: visible ASCII, without spaces."""
    return bool(text) and all("!" <= character <= "~" for character in text)


def _token() -> str:
    if sys.stdin.isatty():
        token: str = click.prompt("Access token", hide_input=True, err=True)
    else:
        token = sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace")
    token = token.strip()
    if not is_token(token):
        raise CommandFailedError(
            ["The token is empty, or holds something that no token has. Copy it again, and nothing else."]
        )
    return token


def _as_data(one: StoredCredential) -> dict[str, object]:
    return {
        "name": one.name,
        "kind": one.kind,
        "added_at": one.added_at,
        "accounts": [msgspec.to_builtins(account) for account in one.accounts],
        "scopes": list(one.scopes),
    }


def _accounts(one: StoredCredential) -> Sequence[str]:
    return [
        account.title if account.title == account.value else f"{account.title} ({account.value})"
        for account in one.accounts
    ]


def _day(seconds: float) -> str:
    return f"since {datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
