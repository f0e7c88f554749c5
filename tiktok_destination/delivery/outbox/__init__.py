"""What outlives the process: the outbox, deduplication, dead letters, the tally, and how far files have been sent."""

from tiktok_destination.delivery.outbox.dead_letters import (
    DeadLetter,
    Selection,
    count_dead_letters,
    dead_letters,
    is_dead,
    latest_dead_letters,
    purging,
    together,
)
from tiktok_destination.delivery.outbox.foresight import Fate, fates, latest_rate
from tiktok_destination.delivery.outbox.forgetting import Forgotten, emptied, forget
from tiktok_destination.delivery.outbox.handed_inputs import (
    HandedInput,
    handed_to_the_end,
    handed_up_to,
    unfinished_inputs,
)
from tiktok_destination.delivery.outbox.input_ledger import (
    InputLedger,
    Progress,
    progress_of,
    source_of,
)
from tiktok_destination.delivery.outbox.known_events import count_real, count_waiting, known_events
from tiktok_destination.delivery.outbox.outbox import Incoming, Outbox, OutboxLedger, Waiting
from tiktok_destination.delivery.outbox.retention import ending
from tiktok_destination.delivery.outbox.scope import Scope, scope_of, scopes
from tiktok_destination.delivery.outbox.soundness import Soundness, soundness
from tiktok_destination.delivery.outbox.standing import Backlog, SentFile, Standing, standing
from tiktok_destination.delivery.outbox.stored import KeptRecord, Origin
from tiktok_destination.delivery.outbox.stored_queue import StoredQueue
from tiktok_destination.delivery.outbox.tally import Counted, Tally, tally

__all__ = [
    "Backlog",
    "Counted",
    "DeadLetter",
    "Fate",
    "Forgotten",
    "HandedInput",
    "Incoming",
    "InputLedger",
    "KeptRecord",
    "Origin",
    "Outbox",
    "OutboxLedger",
    "Progress",
    "Scope",
    "Selection",
    "SentFile",
    "Soundness",
    "Standing",
    "StoredQueue",
    "Tally",
    "Waiting",
    "count_dead_letters",
    "count_real",
    "count_waiting",
    "dead_letters",
    "emptied",
    "ending",
    "fates",
    "forget",
    "handed_to_the_end",
    "handed_up_to",
    "is_dead",
    "known_events",
    "latest_dead_letters",
    "latest_rate",
    "progress_of",
    "purging",
    "scope_of",
    "scopes",
    "soundness",
    "source_of",
    "standing",
    "tally",
    "together",
    "unfinished_inputs",
]
