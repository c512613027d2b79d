"""What `benchmarks.costs` measures: CPU, log and disk of hearing, sending and reporting, one part after another.

A whole Sigap stands in this process, web server included, and each part of the work is done by itself: so the process'
CPU time is that part's. Its one thread waits for PostgreSQL's answers; the provider is another process.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import mean, median
from typing import Final

import uvicorn
from sqlalchemy import func, select, text

from benchmarks.costs_crowd import ACCOUNTS, Crowd, Delivered, Who
from benchmarks.costs_provider import Provider, Taken
from benchmarks.setting import CITIES, HOST, account_name, accounts, city_of, free_port
from benchmarks.webhook import body_of
from bots.channel import Delivery
from bots.gist import gist
from bots.turn import SLICE
from config import metrics, understanding
from config.app import build_app
from config.database import Database
from config.settings import AccountSettings, Settings
from config.wiring import System, build
from handoff.tables import IN_OUTBOX, message
from knowledge_base.city import load_cities
from sms_gateway.lines import readable
from sms_gateway.segments import parts as sms_parts

LINES: Final = 96  # deliveries that wait for their answer at once
SOON: Final = 3.0  # seconds: what is due within them leaves in the same round
MOST: Final = 20.0  # seconds that a round's sending may take

ServerCpu = Callable[[], float]  # seconds of the database's processes so far


@dataclass(frozen=True, slots=True)
class Spent:
    """What one part took: seconds of our CPU and of the database server's, bytes of its log; how often it was done."""

    ours: float
    server: float
    log: float
    count: int


@dataclass(slots=True)
class Book:
    """Everything that was measured on one database."""

    spent: dict[str, list[Spent]] = field(default_factory=dict)
    batches: list[tuple[float, Spent]] = field(default_factory=list)  # messages in a batch, and what they took
    taken: list[Taken] = field(default_factory=list)
    sizes: dict[str, list[int]] = field(default_factory=dict)  # bytes of deliveries as they are posted

    def note(self, part: str, spent: Spent) -> None:
        self.spent.setdefault(part, []).append(spent)

    def count(self, *parts: str) -> int:
        return sum(one.count for part in parts for one in self.spent.get(part, ()))

    def ours(self, part: str) -> float:
        """Microseconds of our CPU for one: the median of all rounds."""
        return median(1e6 * one.ours / one.count for one in self.spent[part])

    def server(self, part: str) -> float:
        """Microseconds of the server's CPU for one: over all rounds, for what it does later counts too."""
        return 1e6 * sum(one.server for one in self.spent[part]) / self.count(part)

    def log(self, part: str) -> float:
        """Bytes of the write-ahead log for one, over all rounds."""
        return sum(one.log for one in self.spent[part]) / self.count(part)

    def size(self, part: str) -> float:
        return mean(self.sizes[part])


def settings_of(data: Path, url: str, graph_port: int) -> Settings:
    """What the measured Sigap is set to."""
    given = [AccountSettings.model_validate(one) for one in accounts(ACCOUNTS, graph_port)]
    return Settings(data=data, database_url=url, cities=CITIES, accounts=given, log_level="ERROR")


class Rounds:
    """One Sigap, and everything that it is made to do."""

    def __init__(self, system: System, port: int, provider: Provider, server_cpu: ServerCpu) -> None:
        self.book = Book()
        self._system = system
        self._port = port
        self._provider = provider
        self._server_cpu = server_cpu
        self._crowd = Crowd(system.cities, seed=112)

    async def round(self, city: str, who: Who, count: int) -> None:
        """``count`` citizens write, get their replies, and the provider reports on each."""
        spent = await self._hear(who, self._crowd.speak(city, who, count), LINES)
        self.book.note(who, spent)
        taken = await self.send()
        await self._measured("look", count, self._look)
        reports = self._crowd.reports(taken)
        if reports:
            requests = [one.request() for one in reports]
            self.book.sizes.setdefault("report", []).extend(len(one) for one in requests)
            await self._measured("report", len(reports), lambda: self._provider.post(self._port, requests, LINES))

    async def few(self, city: str, count: int, lines: int) -> None:
        """``count`` citizens write, but only ``lines`` at once: in small batches."""
        await self._hear("other", self._crowd.speak(city, "other", count), lines)
        await self.send()

    async def _hear(self, who: Who, said: Sequence[Delivered], lines: int) -> Spent:
        """Messages come in, and are durable and answered when this returns."""
        requests = [one.request() for one in said]
        self.book.sizes.setdefault("message", []).extend(len(one) for one in requests)
        batches, before = _turns(), await self._spent()
        await self._provider.post(self._port, requests, lines)
        spent = _between(before, await self._spent(), len(said))
        if who == "other":
            self.book.batches.append((len(said) / max(1.0, _turns() - batches), spent))
        return spent

    async def send(self) -> list[Taken]:
        """All replies that are due soon leave; those that the provider took."""
        await asyncio.sleep(3.2)  # the bot's words wait for 3 s: more may come that belong to them
        before = await self._spent()
        ends = time.monotonic() + MOST
        while await self._left() and time.monotonic() < ends:
            done = await self._system.outbox.step(urgent_only=True) + await self._system.outbox.step()
            if not done:
                await self._system.outbox.drain()
                await asyncio.sleep(0.25)
        await self._system.outbox.drain()
        taken = await self._provider.taken()
        if taken:
            self.book.note("reply", _between(before, await self._spent(), len(taken)))
        self.book.taken += taken
        return taken

    async def parts(self, count: int) -> dict[str, float]:
        """Microseconds of single steps of hearing a message: the HTTP request, reading it, understanding it."""
        said = [one for city in CITIES for one in self._crowd.speak(city, "other", count // len(CITIES))]
        empty = [Delivered(one.account, _nothing_in(one.account)).request() for one in said]
        await self._measured("request", len(said), lambda: self._provider.post(self._port, empty, LINES))
        await self._measured("read", len(said), lambda: self._read(said))
        await self._measured("understand", len(said), lambda: self._understand(said))
        return {part: self.book.ours(part) for part in ("request", "read", "understand")}

    async def empty_claims(self, times: int = 300) -> tuple[float, float]:
        """Microseconds, ours and the server's, of asking whether one city has anything to send when it has nothing."""
        before = await self._spent()
        for _ in range(times):
            await self._system.outbox.step(urgent_only=True)
        spent = _between(before, await self._spent(), times * len(CITIES))
        return 1e6 * spent.ours / spent.count, 1e6 * spent.server / spent.count

    async def _look(self) -> None:
        """What the worker's sweep finds to do by now: questions that nobody answered, cases that nobody opened."""
        while await self._system.looks.step():
            pass

    async def _read(self, said: Sequence[Delivered]) -> None:
        channel = self._system.channels["whatsapp"]
        for one in said:
            account = self._system.accounts["whatsapp", account_name(one.account)]
            channel.parse(account, Delivery("POST", {}, {"x-hub-signature-256": one.seal}, one.body))

    async def _understand(self, said: Sequence[Delivered]) -> None:
        understander = self._system.understander
        for start in range(0, len(said), SLICE):
            few = said[start : start + SLICE]
            for one in few:
                understander.urgent(one.text)
            understander.understand([gist(one.text, city_of(one.account), understander) for one in few])

    async def _left(self) -> int:
        soon = self._system.clock.now() + timedelta(seconds=SOON)
        query = select(func.count()).where(message.c.city.in_(CITIES), IN_OUTBOX, message.c.not_before <= soon)
        return await self._system.database.read(lambda connection: connection.scalar(query) or 0)

    async def _measured(self, part: str, count: int, work: Callable[[], Awaitable[None]]) -> None:
        before = await self._spent()
        await work()
        self.book.note(part, _between(before, await self._spent(), count))

    async def _spent(self) -> Spent:
        log = 0.0
        if not self._system.database.is_sqlite:
            lsn = text("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
            log = float(await self._system.database.read(lambda connection: connection.scalar(lsn)) or 0)
        return Spent(time.process_time(), self._server_cpu(), log, 0)


@asynccontextmanager
async def opened(settings: Settings, provider: Provider, server_cpu: ServerCpu) -> AsyncIterator[Rounds]:
    """The Sigap of ``settings``, serving on a port of its own. No worker runs: what one does is done by hand here."""
    understander = understanding.open_understander(load_cities(CITIES), settings.model)
    system = await build(settings, understander)
    port = free_port()
    app = build_app(system, with_worker=False)
    config = uvicorn.Config(app, host=HOST, port=port, loop="none", http="httptools", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.02)
    gc.collect()
    gc.freeze()
    try:
        yield Rounds(system, port, provider, server_cpu)
    finally:
        server.should_exit = True
        await serving


async def sizes(database: Database) -> dict[str, int]:
    """Bytes on PostgreSQL's disk: raw bodies, all other rows, and the indexes of those."""
    query = text(
        "SELECT relname = 'raw_body' AS raw, sum(pg_table_size(oid)), sum(pg_indexes_size(oid)) FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace GROUP BY 1"
    )
    rows = await database.read(
        lambda connection: {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query)}
    )
    return {"raw": sum(rows[True]), "rows": rows[False][0], "indexes": rows[False][1]}


def sms_in(taken: Sequence[Taken]) -> float:
    """How many SMS such a reply would be, on the average."""
    return mean(sms_parts(readable(one.words)).parts for one in taken)


def by_batch(batches: Sequence[tuple[float, Spent]], of: Callable[[Spent], float]) -> tuple[float, float]:
    """What a message takes, and what a batch does, from batches of many sizes: a line through them by least squares."""
    points = [(1 / size, of(spent) / spent.count) for size, spent in batches]
    x, y = mean(one[0] for one in points), mean(one[1] for one in points)
    spread = sum((one[0] - x) ** 2 for one in points)
    slope = sum((one[0] - x) * (one[1] - y) for one in points) / spread if spread else 0.0
    return y - slope * x, slope


def _between(before: Spent, after: Spent, count: int) -> Spent:
    return Spent(after.ours - before.ours, after.server - before.server, after.log - before.log, count)


def _turns() -> float:
    """Batches answered so far."""
    return sum(
        sample.value
        for one in metrics.turn_seconds.collect()
        for sample in one.samples
        if sample.name.endswith("_count")
    )


def _nothing_in(account: int) -> bytes:
    """A delivery in which nobody says anything."""
    return body_of(account)
