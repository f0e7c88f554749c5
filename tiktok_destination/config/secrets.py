"""Secrets come from outside the file: `${NAME}` from the environment, `${file:PATH}` from a file; only where the schema allows.

Invariants: looked up after the file is read, never before, and only for a whole value; no message holds a secret, nor
a name or path that might be one put there by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin_spec import ConfigFault
from plugin_spec.errors import ConfigPath
from tiktok_destination.config.sentences import IS_SECRET
from tiktok_destination.config.structure import Schema, Structure

_REFERENCE = re.compile(r"\$\{(?:file:(?P<file>[^}]+)|(?P<variable>[A-Za-z_][A-Za-z0-9_]*))\}")
_VARIABLE_LIKE = re.compile(r"[A-Z][A-Z0-9]{0,19}(?:_[A-Z0-9]{1,19})*_?")
_MOST_BYTES = 16 * 1024


def is_reference(value: Any) -> bool:
    """True for `${NAME}` and `${file:PATH}`. Other text with a `$` is plain text."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def may_be_shown(value: Any) -> bool:
    """True for a reference that cannot well be a token that somebody put between ${ and } by mistake."""
    reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if reference is None:
        return False
    return reference["file"] is not None or _VARIABLE_LIKE.fullmatch(reference["variable"]) is not None


def resolve(
    schema: Schema, data: Mapping[str, Any], *, environ: Mapping[str, str], folder: Path
) -> tuple[dict[ConfigPath, str], tuple[ConfigFault, ...]]:
    """The secrets by path, and what kept the others from being read. Relative paths begin at `folder`."""
    secrets: dict[ConfigPath, str] = {}
    faults: list[ConfigFault] = []
    for place in Structure(schema).places(data):
        if not place.annotation(IS_SECRET) or not isinstance(place.value, str):
            continue
        secret = _read(place.path, place.value, environ, folder)
        if isinstance(secret, ConfigFault):
            faults.append(secret)
        else:
            secrets[place.path] = secret
    return secrets, tuple(faults)


def _read(path: ConfigPath, value: str, environ: Mapping[str, str], folder: Path) -> str | ConfigFault:
    reference = _REFERENCE.fullmatch(value)
    if reference is None:
        return ConfigFault(
            path, "a token does not belong in a configuration file", "Write ${NAME} or ${file:PATH}"
        )
    variable = reference["variable"]
    if variable is not None:
        secret, origin = environ.get(variable), _named(variable)
        if secret is None:
            return ConfigFault(path, f"{origin} is not set", "Set it to the token")
    else:
        origin = "the file that ${file:…} names"
        text = _text_of(folder / reference["file"])
        if text is None:
            return ConfigFault(
                path,
                f"{origin} cannot be read",
                "Check its path, which begins at the folder of this configuration, and its permissions",
            )
        secret = text
    secret = secret.rstrip("\r\n")
    if not secret:
        return ConfigFault(path, f"{origin} is empty", "Put the token there")
    if not all("!" <= character <= "~" for character in secret):  # it becomes an HTTP header
        return ConfigFault(
            path, f"{origin} holds something that no token has: a space, a line break or a letter outside ASCII",
            "Copy the token again, and nothing else",
        )  # fmt: skip
    return secret


def _named(variable: str) -> str:
    """A token between ${ and } by mistake is no variable's name, and is not shown."""
    if _VARIABLE_LIKE.fullmatch(variable):
        return f"the environment variable {variable}"
    return "the environment variable that ${…} names"


def _text_of(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError):
        return None
    # A byte outside ASCII becomes a character that no token holds, and is refused as such.
    return content.decode("ascii", errors="replace") if len(content) <= _MOST_BYTES else None
