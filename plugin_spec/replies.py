"""What came of one request: a verdict for each event, and advice for the rest."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from plugin_spec.records import Note


class VerdictStatus(StrEnum):
    """What the receiver decided about one event."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    UNDECIDED = "undecided"


class Verdict(msgspec.Struct, frozen=True):
    """The receiver's word on one event of a request."""

    status: VerdictStatus
    code: str | None = None
    """The receiver's code where it refused."""
    notes: tuple[Note, ...] = ()
    path: str | None = None
    """The field that the receiver names as the cause, if it is a field's name and nothing else."""


class Action(StrEnum):
    """What to do about the events that are still undecided."""

    GO_ON = "go_on"
    WAIT = "wait"
    SPLIT = "split"
    PAUSE = "pause"


class Scope(StrEnum):
    """How far advice reaches."""

    BATCH_KEY = "batch_key"
    """Requests of the same batch key."""
    CREDENTIAL = "credential"
    """Every request with this credential."""


UTC_MIDNIGHT = -1.0
"""As a wait: until the next 00:00:00 UTC."""


class Advice(msgspec.Struct, frozen=True):
    """Advice for the undecided events, and for the requests that would follow."""

    action: Action
    scope: Scope = Scope.BATCH_KEY
    waits: tuple[float, ...] = ()
    """For WAIT: seconds for the first, second, … such answer in a row (the last one repeats), `UTC_MIDNIGHT` among
    them; empty: the host's own back-off."""
    code: str | None = None
    """For WAIT and PAUSE: the named reason, one of `About.codes`."""
    path: str | None = None
    """For PAUSE: the field that the receiver names as the cause, if it is a field's name and nothing else."""


class Reply(msgspec.Struct, frozen=True):
    """The result of one `Sender.send`. Data faults, refusals and failures of the network are all values here."""

    verdicts: tuple[Verdict, ...]
    """One for each event, in the order in which they were sent."""
    advice: Advice
    code: str | None = None
    """The receiver's code, or ours for a failure without one (`timeout`, `connection_failed`)."""
    request_id: str | None = None
    ambiguous: bool = False
    """The request may have been processed although no answer says so."""
