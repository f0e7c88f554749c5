"""Records from a form: pasted as text, picked out of a file or a sample, or a whole upload for delivery.

What is wrong is a `NotReadError` with a sentence for the form. It quotes nothing of the content.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from tempfile import TemporaryFile
from typing import IO, Final

import msgspec

from plugin_spec import Code, FieldRename, Plan, Record
from tiktok_destination.formats import InputError, RecordFile
from tiktok_destination.hosting.column_fit import misfit
from tiktok_destination.redaction import printable

MAX_PASTED: Final = 50
MAX_PICKED: Final = 10_000
"""Records of a file among which one can be picked."""
MAX_NAME_CHARS: Final = 120
_PASTED: Final = "pasted.json"


class NotReadError(Exception):
    """There are no records to be had from it; the sentence says why and what to do."""


def read_pasted(text: str) -> list[Record]:
    """The records in a text: one JSON object, or several. Raises NotReadError."""
    if not text.strip():
        raise NotReadError("Paste a record first: a JSON object.")
    if not text.lstrip().startswith(("{", "[")):
        raise NotReadError("This is no JSON object: it begins with { and ends with }.")
    stream = io.BytesIO(text.encode("utf-8", errors="replace"))
    try:
        with RecordFile(_PASTED, stream, stream.close) as records:
            found = [record for record, _ in _first(records, MAX_PASTED)]
    except InputError as error:
        raise NotReadError(f"{error.problem[:1].upper()}{error.problem[1:]}. {error.remedy}") from error
    if not found:
        raise NotReadError("There is no record in it.")
    return found


def pick(records: RecordFile, number: int, plan: Plan, now: float, codes: Mapping[str, Code]) -> str:
    """Record `number` as JSON, and with it the rows that make one entry with it. Closes the file. Raises NotReadError."""
    recent: list[Record] = []

    def remembered() -> Iterator[Record]:
        for record, _ in _first(records, MAX_PICKED):
            recent.append(record)
            yield record

    with records:
        try:
            for entry in plan.prepare(remembered(), now):
                rows = entry.rows or (entry.position,)
                if number in rows:
                    return "\n".join(_as_json(one, codes) for one in recent if one.position in rows)
                recent[:] = [one for one in recent if one.position >= entry.position]
                if entry.position > number:
                    break
        except InputError as error:
            raise NotReadError(str(error)) from error
    raise NotReadError(f"{records.name} has no record {number:,} among its first {MAX_PICKED:,}.")


def opened(name: str, stream: IO[bytes]) -> RecordFile:
    """An upload as an open file of records, on disk and without a name there. Raises NotReadError."""
    kept = TemporaryFile()  # noqa: SIM115 - the file of records closes it
    shutil.copyfileobj(stream, kept)
    kept.seek(0)
    try:
        return RecordFile(printable(name)[-MAX_NAME_CHARS:] or "upload", kept, kept.close)
    except InputError as error:
        raise NotReadError(str(error)) from error


def check_columns(records: RecordFile, rules: Sequence[FieldRename]) -> None:
    """Refuse a file with columns of which no rule reads any. Raises NotReadError."""
    fault = misfit(records.columns, rules) if records.columns is not None else None
    if fault is not None:
        raise NotReadError(f"{records.name}: {fault[0]}. {fault[1]}")


def _first(records: RecordFile, most: int) -> Iterator[tuple[Record, int]]:
    for record, line in records:
        if record.position > most:
            return
        yield record, line


def _as_json(record: Record, codes: Mapping[str, Code]) -> str:
    if record.fault is not None:
        known = codes.get(record.fault.code)
        words = f"{known.meaning} {known.remedy}" if known else record.fault.code
        raise NotReadError(f"Record {record.position:,} cannot be read: {words}")
    if not isinstance(record.body, bytes):
        return msgspec.json.format(msgspec.json.encode(record.body), indent=2).decode()
    try:
        return msgspec.json.format(record.body, indent=2).decode()
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return record.body.decode("utf-8", errors="replace")
