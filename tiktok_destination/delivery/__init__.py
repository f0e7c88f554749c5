"""The host runtime: drives any destination's sender, and gives every entry exactly one outcome.

`deliver` is the whole of it for a host. It knows `plugin_spec` and no particular destination.
"""

from tiktok_destination.delivery.codes import CODES
from tiktok_destination.delivery.memory_queue import MemoryQueue
from tiktok_destination.delivery.outcomes import of_event, of_settled
from tiktok_destination.delivery.queue import Offer, Queue, QueueError
from tiktok_destination.delivery.run import deliver
from tiktok_destination.delivery.settings import DeliverySettings

__all__ = [
    "CODES",
    "DeliverySettings",
    "MemoryQueue",
    "Offer",
    "Queue",
    "QueueError",
    "deliver",
    "of_event",
    "of_settled",
]
