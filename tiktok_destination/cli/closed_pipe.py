"""The reader of our output (head, less) has gone before the end. That is no fault: the rest goes nowhere, quietly."""

from __future__ import annotations

import os
import sys


def leave() -> None:
    """Lead standard output away, so that what is still buffered causes no second error when the program ends."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
