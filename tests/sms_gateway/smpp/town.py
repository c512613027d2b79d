"""A line, its driver, and whoever listens, against an SMSC that fails on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from config.clock import SystemClock
from sms_gateway.driver import DriverPorts
from sms_gateway.drivers.smpp import Driver
from sms_gateway.gateway import Heard, InboundSms, SmsFailed, SmsReport
from sms_gateway.line import Line
from sms_gateway.smpp_bind import Patience
from sms_gateway.store import MemoryStore
from tests.providers.clocks import pass_by, until
from tests.smsc.program import Event, Smsc

CITIZEN = "+6281255501234"
NUMBER = "+6281255500112"
HOUR = timedelta(hours=1)
ANSWER_WITHIN = 20.0  # seconds
QUICK = Patience(again=(0.05, 0.1), bound=20.0, unknown=(0.1, 0.2, 0.5, 5.0), sweep=0.2, rest=0.05, broken=0.3)
THROTTLED, QUEUE_FULL, INVALID_TO, SYSTEM_FAULT, TRY_LATER = 0x58, 0x14, 0x0B, 0x08, 0x64
HEADED = 0x40


class LateClock(SystemClock):
    """The machine's clock, put forward by whoever tests."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Town:
    """A line, its driver, and what it heard; hearing fails as often as it is told to."""

    driver: Driver
    line: Line
    store: MemoryStore
    clock: LateClock
    heard: list[Heard] = field(default_factory=list)
    tried: list[Heard] = field(default_factory=list)  # what was not heard as well
    failures: int = 0
    takes: float = 0.0  # seconds
    may_hear: asyncio.Event = field(default_factory=asyncio.Event)  # cleared: hearing lasts until it is set
    broke: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.may_hear.set()

    async def hear(self, one: Heard) -> None:
        self.tried.append(one)
        await asyncio.sleep(self.takes)
        await self.may_hear.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not stored")
        self.heard.append(one)

    async def send(self, text: str = "Petugas berangkat.", to: str = CITIZEN, *, urgent: bool = False) -> str:
        return await self.driver.send(self.line, to, text, key=7, urgent=urgent, valid_for=HOUR)

    async def refused(self, text: str = "Petugas berangkat.") -> SmsFailed:
        with pytest.raises(SmsFailed) as failure:
            await self.send(text)
        return failure.value

    async def unanswered(self, center: Smsc, text: str = "Petugas berangkat.", parts: int = 1) -> SmsFailed:
        """Send what the SMSC is to swallow, ``parts`` of it the last, and have the patience for its answer end."""
        known = len(center.of("submit"))
        sending = asyncio.create_task(self.refused(text))
        await center.wait("submit", known + parts)
        pass_by(ANSWER_WITHIN)
        return await sending

    @property
    def up(self) -> bool:
        return self.driver.state(self.line).up

    @property
    def messages(self) -> list[InboundSms]:
        return [one for one in self.heard if isinstance(one, InboundSms)]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    @property
    def reports(self) -> list[tuple[str, str]]:
        return [(one.reference, one.state) for one in self.heard if isinstance(one, SmsReport)]

    async def listen(self) -> None:
        """As the worker does: begun again whenever it breaks off."""
        while True:
            try:
                await self.driver.listen(self.line, self.hear)
            except Exception as error:
                self.broke.append(error)
                await asyncio.sleep(0.05)


def line_of(center: Smsc, name: str = "smsc-1", **options: str) -> Line:
    said = {"host": "127.0.0.1", "port": str(center.port), "system_id": "kendari", "password": "rahasia"}
    said |= {"answer_within": f"{ANSWER_WITHIN:g}", "enquire_every": "10"}
    return Line("kendari", name, "smpp", NUMBER, said | options)


def town_of(line: Line, patience: Patience = QUICK, store: MemoryStore | None = None) -> Town:
    clock, store = LateClock(), store or MemoryStore()
    return Town(Driver(DriverPorts(clock, None, store), patience), line, store, clock)


@asynccontextmanager
async def listening(town: Town) -> AsyncIterator[Town]:
    task = asyncio.create_task(town.listen())
    try:
        await until(lambda: town.up or town.broke)
        yield town
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def open_town(center: Smsc, **options: str) -> AsyncIterator[Town]:
    async with listening(town_of(line_of(center, **options))) as town:
        yield town


def frame(command: int, body: bytes = b"", status: int = 0, sequence: int = 77) -> bytes:
    head = (16 + len(body), command, status, sequence)
    return b"".join(number.to_bytes(4) for number in head) + body


async def answer(center: Smsc, submitted: Event) -> None:
    """Have the SMSC answer after all what it was to swallow."""
    await center.do("raw", hex=frame(0x80000004, b"id\0", sequence=submitted["sequence_number"]).hex())


def part(ref: int, total: int, seq: int, text: str) -> bytes:
    return bytes((5, 0, 3, ref, total, seq)) + text.encode("utf-16-be", "surrogatepass")
