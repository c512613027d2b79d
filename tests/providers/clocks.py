"""Clocks for tests that wait: no sleep takes time, and a time limit can be over at once."""

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


def pass_by(seconds: float) -> None:
    """So much later by the loop's own clock, from now on: sleeps and time limits that were to last no longer are over.

    With it a limit may be so wide that no busy machine comes near it, and yet be tested.
    """
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]


async def until(comes_true: Callable[[], object], *, within: float = 30.0) -> None:
    """Wait, by the machine's clock, for something that happens elsewhere in this process."""
    for _ in range(int(within * 100)):
        if comes_true():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("it did not come true")
