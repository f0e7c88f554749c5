"""What ends by itself: dead letters, counts, and files that nobody has gone on with. Nothing that is pending ever does."""

from __future__ import annotations

from tiktok_destination.store import Statement

_OLD_INPUTS = "SELECT id FROM inputs WHERE scope = ? AND changed_at < ?"


def ending(scope: int, before: float) -> list[Statement]:
    """What deletes everything of a scope that is older (Unix seconds)."""
    older = [(scope, before)]
    return [
        ("DELETE FROM dead_letters WHERE scope = ? AND entered_at < ?", older),
        ("DELETE FROM tally WHERE scope = ? AND hour < ?", older),
        (f"DELETE FROM pending WHERE input IN ({_OLD_INPUTS})", older),  # noqa: S608 - a query of ours
        ("DELETE FROM inputs WHERE scope = ? AND changed_at < ?", older),
    ]
