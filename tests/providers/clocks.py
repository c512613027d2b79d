"""A clock for tests that wait: no sleep takes time, every one is noted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class HurryingClock:
    """``slept`` holds the seconds of every sleep, in order; the time moves on by as much."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = datetime(2026, 9, 21, 14, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


async def until(comes_true: Callable[[], object], *, within: float = 30.0) -> None:
    """Wait, by the machine's clock, for something that happens elsewhere in this process."""
    for _ in range(int(within * 100)):
        if comes_true():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("it did not come true")
