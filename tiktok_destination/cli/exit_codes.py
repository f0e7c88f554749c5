"""What the command's exit code says. Scripts rely on these numbers: they never change their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from plugin_spec import Outcome

GOOD: Final = 0
UNUSABLE: Final = 2
"""The command line, the configuration or the input cannot be used."""
UNFIT: Final = 3
"""Some entries were rejected, refused or expired."""
PENDING: Final = 4
"""Some entries are still pending, or the run was interrupted. Comes before `UNFIT`."""
BUG: Final = 70
"""A defect of this program (EX_SOFTWARE of sysexits.h)."""

_BAD = (Outcome.REJECTED, Outcome.REFUSED, Outcome.EXPIRED)


def of_outcomes(outcomes: Mapping[Outcome, int], *, pending_is_good: bool, complete: bool) -> int:
    """The exit code of a run with these counts; `complete`: every record that there was has been accounted for."""
    if not complete or (outcomes.get(Outcome.PENDING) and not pending_is_good):
        return PENDING
    return UNFIT if any(outcomes.get(outcome) for outcome in _BAD) else GOOD
