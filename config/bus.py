"""What one process has committed, told to the others: PostgreSQL's LISTEN and NOTIFY.

A notice is only a hint that comes early. Who works by it looks for itself from time to time too, and is told when
notices may have been lost. One notice carries the changes of many commits: a NOTIFY with each would cost a third of
the commits (config/decisions/0001). Each city has a channel, which those listen to who serve it; what is no city's has
one that all listen to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import asyncpg
import orjson
from sqlalchemy.engine import URL

from config.ids import new_id

log = logging.getLogger(__name__)

CHANNEL: Final = "sigap"  # with "_" and a city's slug: that city's
TOGETHER: Final = 0.02  # seconds: what is committed within them goes out as one notice
LONGEST: Final = 7_900  # bytes of one notice; PostgreSQL takes 8,000
MOST_WAITING: Final = 50_000  # changes kept while the line is down; beyond it the others hear only that there was a gap
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0  # seconds between two tries to connect
ALIVE_EVERY: Final = 10.0  # seconds between two looks whether the line still stands

Told = tuple[str, str, int, int | None]  # what, city, id, parent: config.database.Change


class Bus:
    """One line to the others. ``hear`` is called with their changes, ``gap`` when some may have been lost."""

    def __init__(
        self, url: URL, cities: Iterable[str], hear: Callable[[list[Told]], None], gap: Callable[[], None]
    ) -> None:
        self._channels = [_channel(city) for city in ("", *sorted(cities))]
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._hear = hear
        self._gap = gap
        self._me = str(new_id())
        self._waiting: dict[Told, None] = {}
        self._lost = False  # changes of ours that were never told
        self._something = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.joined = asyncio.Event()

    def start(self) -> None:
        """Connect, and again whenever the line breaks."""
        self._task = asyncio.create_task(self._stay(), name="bus")

    async def stop(self) -> None:
        """Hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def tell(self, changes: Sequence[Told]) -> None:
        """Have the others know, soon."""
        if len(self._waiting) + len(changes) > MOST_WAITING:
            self._waiting.clear()
            self._lost = True
        else:
            self._waiting.update(dict.fromkeys(changes))
        self._something.set()

    async def _stay(self) -> None:
        pause, before = FIRST_PAUSE, False
        while True:
            try:
                connection = await asyncpg.connect(self._address, server_settings={"application_name": "sigap bus"})
                connection.add_termination_listener(lambda _: self._something.set())
                for channel in self._channels:
                    await connection.add_listener(channel, self._notified)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("other processes cannot be heard; tried again", extra={"reason": type(error).__name__})
                await asyncio.sleep(pause)
                pause = min(LONGEST_PAUSE, 2 * pause)
                continue
            pause = FIRST_PAUSE
            if before:
                self._gap()  # what the others said meanwhile is lost
            before = True
            if self._waiting or self._lost:
                self._something.set()  # nobody has heard of it yet
            self.joined.set()
            try:
                await self._talk(connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("the line to other processes broke", extra={"reason": type(error).__name__})
            finally:
                self.joined.clear()
                with contextlib.suppress(Exception):
                    connection.terminate()

    async def _talk(self, connection: Any) -> None:
        while True:
            try:
                async with asyncio.timeout(ALIVE_EVERY):  # not wait_for, which may swallow the end of its own task
                    await self._something.wait()
            except TimeoutError:
                await connection.execute("SELECT 1", timeout=ALIVE_EVERY)
                continue
            await asyncio.sleep(TOGETHER)
            self._something.clear()
            told, lost = list(self._waiting), self._lost
            if connection.is_closed():
                raise ConnectionResetError("PostgreSQL hung up")
            for channel, notice in self._notices(told, lost):
                await connection.execute("SELECT pg_notify($1, $2)", channel, notice, timeout=ALIVE_EVERY)
            for one in told:
                self._waiting.pop(one, None)
            self._lost = False

    def _notices(self, told: list[Told], lost: bool) -> Iterator[tuple[str, str]]:
        """Each with the channel that it goes out by."""
        if lost:
            yield CHANNEL, self._written(None)
        by_city: dict[str, list[Told]] = {}
        for one in told:
            by_city.setdefault(one[1], []).append(one)
        for city, changes in by_city.items():
            yield from ((_channel(city), notice) for notice in self._cut(changes))

    def _cut(self, told: list[Told]) -> Iterator[str]:
        while told:
            most = len(told)
            while len(notice := self._written(told[:most])) > LONGEST:
                most = max(1, most // 2)
            yield notice
            told = told[most:]

    def _written(self, told: list[Told] | None) -> str:
        return orjson.dumps([self._me, told]).decode()

    def _notified(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        try:
            sender, told = orjson.loads(payload)
            changes = None if told is None else [(str(a), str(b), int(c), d) for a, b, c, d in told]
        except (ValueError, TypeError):
            log.warning("a notice that is not ours")
            return
        if sender == self._me:
            return
        if changes is None:
            self._gap()
        else:
            self._hear(changes)


def _channel(city: str) -> str:
    return f"{CHANNEL}_{city}" if city else CHANNEL
