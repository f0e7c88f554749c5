"""Rate limits as TikTok describes them: quotas for each second, minute and day, each with its own way to recover.

A second's quota recovers with the next second, a minute's after five minutes of refusals, a day's at 00:00 UTC
(tiktok-api.md C.6). Runs on the emulator's clock. Requests that are refused use up nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from tiktok_destination.emulator.tables import LIMITS, Quota

_DAY_S = 86_400


class _Bucket:
    """What one scope has used in the present second, minute and day."""

    def __init__(self) -> None:
        self._windows = [(-1, 0), (-1, 0), (-1, 0)]
        self._closed_until = 0.0

    def closed(self, quota: Quota, scale: float, now: float) -> bool:
        """Whether the next request goes beyond the quota. Going beyond a minute's starts the penalty."""
        if now < self._closed_until:
            return True
        second, minute, day = self._used(now)
        if minute >= quota.per_minute * scale:
            self._closed_until = now + LIMITS.minute_penalty_s
            return True
        return second >= quota.per_second * scale or day >= quota.per_day * scale

    def take(self, now: float) -> None:
        self._windows = [
            (window, used + 1) for window, used in zip(_windows(now), self._used(now), strict=True)
        ]

    def _used(self, now: float) -> list[int]:
        return [
            used if window == kept else 0
            for window, (kept, used) in zip(_windows(now), self._windows, strict=True)
        ]


def _windows(now: float) -> tuple[int, int, int]:
    return int(now), int(now // 60), int(now // _DAY_S)


class RateLimiter:
    """Counts requests for each scope (an app, an endpoint)."""

    def __init__(self) -> None:
        self._buckets: dict[Hashable, _Bucket] = {}

    def admit(self, scopes: Iterable[tuple[Hashable, Quota]], scale: float, now: float) -> bool:
        """Whether a request that falls under all `scopes` may pass. Counts it if so. `scale` multiplies the quotas."""
        buckets = [(self._buckets.setdefault(key, _Bucket()), quota) for key, quota in scopes]
        if any([bucket.closed(quota, scale, now) for bucket, quota in buckets]):  # noqa: C419 - each notes its penalty
            return False
        for bucket, _ in buckets:
            bucket.take(now)
        return True
