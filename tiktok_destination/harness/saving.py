"""Checks a configuration before it is written, and writes it whole or not at all, into the workspace's own folder alone.

Whether the credential is there is no condition: a destination is configured first and connected afterwards.
"""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any, Final

from plugin_spec import ConfigError, ConfigFault, PluginLoadError
from tiktok_destination.config import destination_schema, load
from tiktok_destination.config import document as documents
from tiktok_destination.config.checking import check
from tiktok_destination.config.document import Document
from tiktok_destination.config.rendering import locate
from tiktok_destination.config.secrets import is_reference
from tiktok_destination.harness.file_text import stamp_of
from tiktok_destination.harness.form_shape import CREDENTIAL_KEYS
from tiktok_destination.harness.workspace import SUFFIXES, Workspace
from tiktok_destination.harness.yaml_text import with_key

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class NotSavedError(Exception):
    """The file could not be written: a sentence with the reason."""


def faults_of(text: str, workspace: Workspace) -> tuple[ConfigFault, ...]:
    """Everything that is wrong with this text as a configuration, each fault with its line."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checked.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            document = documents.read(path)
            config = load(
                path,
                environ=workspace.environ,
                plugin_schema=lambda name: workspace.plugin(name).config_schema(),
                with_credentials=False,
            )
            workspace.plugin(config.destination).compile(config.plugin)
        except ConfigError as error:
            found = error.faults
        except PluginLoadError as error:
            found = (ConfigFault(("destination",), str(error)),)
        else:
            found = ()
        try:
            document = documents.read(path)
        except ConfigError:
            return found
        return tuple(locate(fault, document) for fault in (*found, *_credential_faults(document)))


def _credential_faults(document: Document) -> tuple[ConfigFault, ...]:
    """What is wrong with how the credentials are written, whether they are there or not."""
    whole = destination_schema()
    schema = {
        "type": "object",
        "required": ["credential"],
        "properties": {key: whole["properties"][key] for key in CREDENTIAL_KEYS},
    }
    said: dict[str, Any] = {key: document.data[key] for key in CREDENTIAL_KEYS if key in document.data}
    faults = list(check(schema, said, document).faults)
    for key, value in said.items():
        token = value.get("access_token") if isinstance(value, dict) else None
        if isinstance(token, str) and not is_reference(token):
            problem = "a token does not belong in a configuration file"
            remedy = "Write ${NAME} or ${file:PATH}, or paste the token on the page Connect, which stores it"
            faults.append(ConfigFault((key, "access_token"), problem, remedy))
    return tuple(faults)


def file_for(name: str) -> str | None:
    """The file's name for a new destination; None for a name that none may have."""
    return f"{name}.yaml" if _NAME.fullmatch(name) else None


def changed_since(path: Path, seen: str | None) -> str:
    """A sentence where the file has another stamp than the one that was seen; None: none was."""
    if seen is None or seen == stamp_of(path):
        return ""
    return f"The file {path.name} was changed meanwhile, on another page or by an editor. Saving again overwrites that."


def save(workspace: Workspace, file: str, text: str, *, new: bool, seen: str | None = None) -> None:
    """Write the file. `seen`: the stamp of what the writer had before him. Raises NotSavedError, and leaves what was there."""
    with workspace.changing:
        target = workspace.folder / file
        if Path(file).name != file or target.suffix not in SUFFIXES:
            raise NotSavedError("This is no file name of a configuration.")
        if new and _is_taken(target):
            raise NotSavedError(f"The file {file} exists already.")
        if not new and target.resolve().parent != workspace.folder.resolve():
            raise NotSavedError(f"The file {file} is a link to somewhere else, and is not changed from here.")
        if changed := changed_since(target, seen):
            raise NotSavedError(changed)
        fresh = workspace.folder / f".{file}.{secrets.token_hex(6)}.new"
        try:
            _write(fresh, text, like=None if new else target)
            if new:
                os.link(fresh, target)  # fails where the name was taken in the meantime
                fresh.unlink()
            else:
                fresh.replace(target)
        except OSError as error:
            fresh.unlink(missing_ok=True)
            cause = os.strerror(error.errno) if error.errno else type(error).__name__
            raise NotSavedError(f"The workspace's folder cannot be written to ({cause}).") from error
        workspace.file_changed(file)


def change_key(workspace: Workspace, file: str, key: str, value: Any) -> None:
    """Give one key of a file another value; every other line stays. Raises NotSavedError, and leaves what was there."""
    with workspace.changing:
        path = workspace.folder / file
        try:
            document = documents.read(path)
            text = with_key(path.read_text(encoding="utf-8"), document, key, value)
        except (ConfigError, OSError) as error:
            raise NotSavedError("The file cannot be read.") from error
        if not _says(text, {**document.data, key: value}):
            raise NotSavedError(f"{key} does not stand on lines of its own there: change the file as text.")
        save(workspace, file, text, new=False)


def _says(text: str, data: dict[str, Any]) -> bool:
    try:
        return documents.parse(text, Path()).data == data
    except ConfigError:
        return False


def _is_taken(target: Path) -> bool:
    return os.path.lexists(target) or any(os.path.lexists(target.with_suffix(suffix)) for suffix in SUFFIXES)


def _write(path: Path, text: str, like: Path | None) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if like is not None:
        path.chmod(like.stat().st_mode & 0o777)
