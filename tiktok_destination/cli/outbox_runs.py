"""A run over the outbox, for `drain` and `replay`: sent as `send` sends, and accounted for as `send` accounts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

from plugin_spec import EntryOutcome, Outcome, Sender, Services
from tiktok_destination.cli import exit_codes
from tiktok_destination.cli.failures import CommandFailedError
from tiktok_destination.cli.interruption import stop_on_signals
from tiktok_destination.cli.keeping import sending_books
from tiktok_destination.cli.loading import Loaded
from tiktok_destination.delivery import DeliverySettings, QueueError
from tiktok_destination.delivery.codes import DAMAGED
from tiktok_destination.delivery.outbox import count_real, count_waiting
from tiktok_destination.hosting.accounting import Account
from tiktok_destination.hosting.codes import known_codes
from tiktok_destination.hosting.draining import drain
from tiktok_destination.hosting.keeping import Keeping
from tiktok_destination.hosting.services import host_services
from tiktok_destination.hosting.summary import Run, Summary, summarise
from tiktok_destination.redaction import printable
from tiktok_destination.store import StoreError


@dataclass
class OutboxRun:
    """What sending from the outbox needs, and what has become of its events so far."""

    loaded: Loaded
    keeping: Keeping
    sender: Sender
    services: Services
    stop: threading.Event
    account: Account
    failures: list[str] = field(default_factory=list)
    """Why the run came to an end before its time."""
    events: int = 0
    """Events that were in the outbox, and entries that came to an outcome on their way into it."""

    def waiting(self) -> int:
        """How many events wait now. Raises StoreError."""
        return count_waiting(self.keeping.database, self.keeping.scope)

    def note(self, decided: Sequence[EntryOutcome]) -> None:
        """Count the next outcomes."""
        self.account.add(decided)
        self.loaded.manager.announce(self.loaded.config.name, decided, self.services.logger)

    def settled(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Count entries that need no sending."""
        if outcomes:
            self.events += len(outcomes)
            self._note_numbered(outcomes)

    def drain(self, *, force: bool) -> None:
        """Send all that waits. Raises StoreError."""
        waiting, before = self.waiting(), self._decided()
        self.events += waiting
        self.account.next_input()
        try:
            drain(
                self.keeping,
                sender=self.sender,
                about=self.loaded.destination.about,
                settings=DeliverySettings(**self.loaded.config.delivery),
                services=self.services,
                on_outcomes=self.note,
                stop=self.stop,
                force=force,
            )
        except (QueueError, StoreError) as error:  # what was sent before is accounted for all the same
            self.failures.append(printable(str(error)))
            return
        damaged = waiting - self.waiting() - (self._decided() - before)
        self._note_numbered([EntryOutcome(0, 1, Outcome.REJECTED, code=DAMAGED)] * damaged)

    def summary(self) -> Summary:
        """What became of the events."""
        complete = self.account.entries == self.events and not self.failures
        if self.failures:
            exit_code = exit_codes.UNUSABLE
        else:
            exit_code = exit_codes.of_outcomes(
                self.account.all_outcomes, pending_is_good=False, complete=complete
            )
        run = Run(
            destination=self.loaded.config.name,
            test_mode=self.loaded.overview.test_mode,
            complete=complete,
            records_read=self.events,
            exit_code=exit_code,
        )
        return summarise(self.account, known_codes(self.loaded.destination.about), run)

    def say_what_is_missing(self, summary: Summary) -> None:
        """On stderr: why the run is not complete, and where the rest is."""
        for failure in self.failures:
            click.echo(failure, err=True)
        if not summary.complete:
            click.echo("Not complete: what has no outcome yet waits in the outbox.", err=True)

    def _decided(self) -> int:
        """Entries with a final outcome."""
        return self.account.entries - self.account.all_outcomes[Outcome.PENDING]

    def _note_numbered(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Count outcomes of entries that have no number in the outbox, each for itself."""
        for outcome in outcomes:
            self.account.next_input()
            self.account.add([outcome])
        self.account.next_input()


@contextmanager
def outbox_run(loaded: Loaded, config: Path, environ: Mapping[str, str]) -> Iterator[OutboxRun]:
    """Ready to send, with the destination's books open. Raises CommandFailedError."""
    with ExitStack() as stack:
        stop = stack.enter_context(stop_on_signals())
        services = host_services(environ, stop)
        sender = loaded.open_sender(services)
        stack.callback(sender.close)
        keeping = stack.enter_context(sending_books(loaded, config, environ, services.clock))
        _refuse_to_mix(loaded, keeping)
        account = Account(loaded.destination.about.unknown_name_codes)
        yield OutboxRun(loaded, keeping, sender, services, stop, account)


def _refuse_to_mix(loaded: Loaded, keeping: Keeping) -> None:
    """An event that waits goes as it was made: in test mode it would count all the same. Raises CommandFailedError."""
    real = count_real(keeping.database, keeping.scope) if loaded.overview.test_mode else 0
    if real:
        problem = f"the configuration is in test mode, and of the events that wait in the outbox {real:,} would count"
        remedy = "Take the test code out of the configuration to send them."
        raise CommandFailedError([f"{loaded.config.name}: {problem}. {remedy}"])
