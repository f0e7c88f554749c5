"""What the tests of formats share: an input in a file, read to its end."""

import io

from tiktok_destination.formats import InputError, open_records


def written(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def read(tmp_path, content, name="events.json"):
    """Each record's line, and its body or the code of its fault."""
    with open_records(str(written(tmp_path, content, name)), io.BytesIO) as records:
        return [
            (line, record.fault.code if record.fault else record.body)
            for position, (record, line) in enumerate(records, 1)
            if record.position == position
        ]


def read_until_it_breaks(tmp_path, content, name="events.json"):
    """The records before the fault, and the fault as one text."""
    kept = []
    try:
        with open_records(str(written(tmp_path, content, name)), io.BytesIO) as records:
            kept.extend(
                (line, record.fault.code if record.fault else record.body) for record, line in records
            )
    except InputError as error:
        return kept, str(error)
    return kept, None
