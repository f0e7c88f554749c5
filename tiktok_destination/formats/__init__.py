"""Input files become records: CSV, JSON, NDJSON, Parquet, packed or not; streamed in bounded memory, each with its line."""

from tiktok_destination.formats.codes import CODES
from tiktok_destination.formats.errors import InputError
from tiktok_destination.formats.opening import STANDARD_INPUT, RecordFile, open_records

__all__ = ["CODES", "STANDARD_INPUT", "InputError", "RecordFile", "open_records"]
