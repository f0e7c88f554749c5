"""What an operator may set about delivery."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeliverySettings:
    """How long to wait, and how much at once."""

    patience_s: float = 900.0
    """Seconds without any progress after which a run stops sending; what is undecided stays pending."""
    in_flight: int = 4
    """Most requests at the same time."""
    keep_records: bool = False
    """Keep the record itself with each dead letter."""
    retention_days: int = 30
    """How long dead letters and counted outcomes are kept."""
