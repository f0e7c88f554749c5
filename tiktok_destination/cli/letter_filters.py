"""Which dead letters a command means: the options that `dead-letters` and `replay` share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

from tiktok_destination.cli.instants import Instant

if TYPE_CHECKING:
    from tiktok_destination.delivery.outbox import Selection

KINDS: Final = ("rejected", "refused", "expired")


@dataclass(frozen=True)
class Filters:
    """What was asked for on the command line; what is None selects nothing out."""

    code: str | None
    event: str | None
    outcome: str | None
    since: float | None
    until: float | None
    numbers: tuple[int, ...] = ()

    def selection(self) -> Selection:
        """The same for the store."""
        from plugin_spec import Outcome  # noqa: PLC0415 - not needed for --help
        from tiktok_destination.delivery.outbox import Selection  # noqa: PLC0415

        kind = None if self.outcome is None else Outcome(self.outcome)
        return Selection(self.numbers, kind, self.code, self.event, self.since, self.until)


_OPTIONS: Final = (
    click.option("--code", metavar="CODE", help="Only those with this code, as `list` shows it."),
    click.option(
        "--event", metavar="NAME", help="Only events of this name; where none came of it, the record's own."
    ),
    click.option("--outcome", type=click.Choice(KINDS), help="Only those with this outcome."),
    click.option(
        "--since",
        type=Instant(),
        help="Only those from this time on (ISO 8601 with offset, or Unix seconds).",
    ),
    click.option("--until", type=Instant(), help="Only those before this time."),
)


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
