"""Sends what waits in the outbox: one run over it, from the oldest event to the newest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from plugin_spec import About, EntryOutcome, Sender, Services
from tiktok_destination.delivery import DeliverySettings, deliver
from tiktok_destination.delivery.outbox import OutboxLedger, StoredQueue
from tiktok_destination.hosting.keeping import Keeping


def drain(  # noqa: PLR0913 (a run over the outbox: what the host owns of it, each thing given once)
    keeping: Keeping,
    *,
    sender: Sender,
    about: About,
    settings: DeliverySettings,
    services: Services,
    on_outcomes: Callable[[Sequence[EntryOutcome]], None],
    stop: threading.Event,
    force: bool = False,
) -> None:
    """Send every event that waits there now. An outcome's position is its event's number in the outbox.

    `force`: also what may have arrived, on a person's word. Raises StoreError, QueueError.
    """
    ledger = OutboxLedger(keeping.scope)
    deliver(
        map(ledger.hand, keeping.outbox.waiting()),
        sender=sender,
        about=about,
        settings=settings,
        services=services,
        queue=StoredQueue(
            keeping.database, keeping.scope, ledger, keeping.tally, services.clock, force=force
        ),
        on_outcomes=on_outcomes,
        stop=stop,
        may_wait=False,
    )
