"""One at a time, the urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NotInTime(Exception):
    """The turn did not come in time."""


class Turns:
    """Whose turn it is with something that serves one at a time. Lower ranks first; within one, who came first."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._busy = False

    @asynccontextmanager
    async def turn(self, rank: int, within: float | None = None) -> AsyncIterator[None]:
        """It for oneself. Raises NotInTime where that does not come ``within`` so many seconds."""
        if self._busy:
            try:
                async with asyncio.timeout(within):
                    await self._wait(rank)
            except TimeoutError:
                raise NotInTime from None
        self._busy = True
        try:
            yield
        finally:
            self._pass_on()

    def waits(self, rank: int) -> bool:
        """Whether anybody of that rank or a better one waits."""
        return any(one[0] <= rank and not one[2].done() for one in self._waiting)

    async def _wait(self, rank: int) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._count), mine))
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on()  # it had just become ours
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, waiting = heapq.heappop(self._waiting)
            if not waiting.done():
                waiting.set_result(None)  # stays busy: it is the other's now
                return
        self._busy = False
