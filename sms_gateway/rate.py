"""How fast one line sends: its parts a minute, the urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import datetime, timedelta
from typing import Any, Final

from config.clock import Clock

AHEAD: Final = 3  # parts that may leave at once after a rest: a warning and its instruction must not be parted


class TooLong(Exception):
    """The turn did not come in time."""


class Rate:
    """One line's turns. Whoever waits is served by urgency, then by order of coming."""

    def __init__(self, clock: Clock, per_minute: float | None) -> None:
        self._clock = clock
        self._gap = timedelta(seconds=60 / per_minute if per_minute else 0)
        self._free_at = clock.now()
        self._count = itertools.count()
        self._heap: list[tuple[int, int, int]] = []  # (0 urgent or 1, order, parts)
        self._moved = asyncio.Event()

    def wait_for(self, *, urgent: bool) -> timedelta:
        """How long one more SMS would wait now."""
        ahead = sum(parts for rank, _, parts in self._heap if not urgent or rank == 0)
        return max(timedelta(), self._ready_at() - self._clock.now()) + self._gap * ahead

    @property
    def waiting(self) -> int:
        return len(self._heap)

    async def turn(self, parts: int, *, urgent: bool, within: timedelta) -> None:
        """Return when ``parts`` may leave. Raises TooLong once that would not be ``within`` the time."""
        mine = (0 if urgent else 1, next(self._count), parts)
        end = self._clock.now() + within
        if self.wait_for(urgent=urgent) > within:
            raise TooLong
        heapq.heappush(self._heap, mine)
        try:
            while self._heap[0] != mine or self._ready_at() > self._clock.now():
                if self._clock.now() >= end:
                    raise TooLong  # the more urgent came between
                await self._pause(min(end, self._ready_at()) if self._heap[0] == mine else end)
            self._free_at = max(self._free_at, self._clock.now()) + self._gap * parts
        finally:
            self._heap.remove(mine)
            heapq.heapify(self._heap)
            self._moved.set()
            self._moved = asyncio.Event()

    def _ready_at(self) -> datetime:
        return self._free_at - self._gap * (AHEAD - 1)

    async def _pause(self, until: datetime) -> None:
        """Until the time has come, or somebody else's turn is over."""
        rest = (until - self._clock.now()).total_seconds()
        waits: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._moved.wait()),
            asyncio.ensure_future(self._clock.sleep(rest)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
