"""When requests of one scope may go on after the receiver asked for a wait. Pure: times and chance are passed in."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from plugin_spec import UTC_MIDNIGHT

BACK_OFF_BASE_S = 1.0
BACK_OFF_CAP_S = 60.0
_DAY_S = 86_400.0


def wait_s(waits: Sequence[float], step: int, *, clock_s: float, random: Random) -> float:
    """Seconds to wait before the next request.

    `step` counts earlier waits of the same kind in a row. Without `waits`: full jitter up to a bound that doubles from
    1 s to 60 s, so that many senders do not come back at the same moment.
    """
    if not waits:
        # 2**6 s is beyond the cap already; larger powers would only grow.
        return random.uniform(0.0, min(BACK_OFF_CAP_S, BACK_OFF_BASE_S * 2 ** min(step, 6)))
    wait = waits[min(step, len(waits) - 1)]
    return _DAY_S - clock_s % _DAY_S if wait == UTC_MIDNIGHT else wait


class Gate:
    """Closed while a wait lasts. Requests are numbered by the caller in the order in which they begin."""

    __slots__ = ("_last_begun", "_step", "_waits", "opens_at")

    def __init__(self) -> None:
        self.opens_at = float("-inf")
        """On the monotonic clock."""
        self._waits: tuple[float, ...] | None = None
        self._step = 0
        self._last_begun = 0

    def close(  # noqa: PLR0913 (a pure function of what happened and when)
        self,
        waits: tuple[float, ...],
        *,
        number: int,
        last_begun: int,
        monotonic_s: float,
        clock_s: float,
        random: Random,
    ) -> None:
        """Request `number` was told to wait, when `last_begun` was the newest request under way.

        Requests that were under way when the present wait began never climb: one burst counts as one answer.
        """
        if number <= self._last_begun:
            if waits != self._waits:
                first_wait_s = wait_s(waits, 0, clock_s=clock_s, random=random)
                self.opens_at = max(self.opens_at, monotonic_s + first_wait_s)
            return
        self._step = self._step + 1 if waits == self._waits else 0
        self._waits = waits
        self._last_begun = last_begun
        delay_s = wait_s(waits, self._step, clock_s=clock_s, random=random)
        self.opens_at = max(self.opens_at, monotonic_s + delay_s)

    def is_probing(self) -> bool:
        """The last word was a wait: one request at a time goes through, until one is answered without."""
        return self._waits is not None

    def answered(self, number: int) -> None:
        """Request `number` got an answer that asks for no wait: the ladder begins anew."""
        if number > self._last_begun:
            self._waits = None
