"""How often somebody may knock: buckets that fill again with time. Who comes too often is slowed, never shut out."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from config.clock import Clock

REMEMBERED: Final = 20_000  # keys; those whose bucket is full again are forgotten first


class Throttle:
    """``burst`` knocks at once for each key, then ``per_minute``."""

    def __init__(self, clock: Clock, *, per_minute: float, burst: int) -> None:
        self._clock = clock
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def wait(self, key: str) -> float:
        """Seconds that ``key`` has to wait: 0 where it may pass now, which spends one knock."""
        now = self._clock.now()
        left = self._left(key, now)
        if left < 1:
            return (1 - left) / self._rate
        self._buckets[key] = (left - 1, now)
        if len(self._buckets) > REMEMBERED:
            self._forget(now)
        return 0.0

    def _left(self, key: str, now: datetime) -> float:
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at).total_seconds() * self._rate)

    def _forget(self, now: datetime) -> None:
        """Drop those who waited long enough, and if that is not enough, those who knocked longest ago."""
        kept = {key: bucket for key, bucket in self._buckets.items() if self._left(key, now) < self._burst}
        newest = sorted(kept, key=lambda key: kept[key][1])[-REMEMBERED // 2 :]
        self._buckets = {key: kept[key] for key in newest}
