"""Whether enough happened: a campaign in which everything is refused at the door proves little."""

from __future__ import annotations

from collections.abc import Iterator

from tests.fuzz.campaign import Report
from tiktok_destination.catalog.codes import codes

_LEAST_SHARES = {
    "records": {
        "entry prepared": 0.10,
        "entry rejected": 0.05,
        "entry filtered": 0.02,
        "entry expired": 0.01,
    },
    "configs": {"file good": 0.05, "file refused by load": 0.20, "file refused by compile": 0.01},
    "inputs": {"input read": 0.20, "input refused": 0.03},
    "answers": {
        "answer go_on": 0.05,
        "answer wait": 0.10,
        "answer split": 0.02,
        "answer pause": 0.10,
        "verdict delivered": 0.05,
        "verdict refused": 0.02,
    },
}
"""Of the records, files, inputs or answers."""
_LEAST_CODES = 0.80
"""Of all codes that the mapping can give, where there were `_MANY` records."""
_MANY = 100_000


def missing(report: Report) -> Iterator[str]:
    """What did not happen often enough, in words."""
    units = report.units
    for what, least in _LEAST_SHARES[report.kind].items():
        if report.counted[what] < least * units:
            yield f"{report.kind}: {what} {report.counted[what]:,} of {units:,}; at least {least:.0%} are wanted"
    if report.kind == "records" and units >= _MANY:
        known = set(codes()) - {"nothing_there"}
        silent = sorted(code for code in known if not report.counted[f"code {code}"])
        if len(silent) > (1 - _LEAST_CODES) * len(known):
            yield f"records: these codes never occurred: {', '.join(silent)}"
