"""One modem with the gammu driver over it, as the gateway uses it: for tests, and to measure how fast it recovers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from config.clock import VirtualClock
from sms_gateway.driver import DriverPorts
from sms_gateway.drivers.gammu import Driver
from sms_gateway.gateway import Heard, InboundSms, LineState, MissedCall, SmsFailed, SmsReport
from sms_gateway.line import Line
from sms_gateway.modem import Rhythm
from sms_gateway.modem_link import Patience
from sms_gateway.store import MemoryStore
from tests.modems import pdu
from tests.modems.at_modem import AtModem
from tests.modems.sim import Sim

CITIZEN: Final = "+6281355500001"
QUICK_AGAIN: Final = (0.1, 0.2, 0.5)
IMPATIENT: Final = Patience(start=15.0, send=7.0, prompt=4.0, poll=5.0, other=5.0, absent=0.1, again=QUICK_AGAIN)
# Where no modem is mute, and a busy machine must not make one so.
PATIENT: Final = Patience(
    start=60.0, send=40.0, prompt=30.0, poll=30.0, other=30.0, turn=60.0, whole=120.0, absent=0.1, again=QUICK_AGAIN
)
WITHIN: Final = 60.0  # seconds for whatever is waited for
BRISK: Final = Rhythm(poll=1.0, soon=0.3, watch=1.0, worried=0.5, ussd=3600.0, waiting=0.5)
AGAIN: Final = 0.3  # seconds before the outbox tries once more


@dataclass
class Office:
    """``hear`` fails as often as ``deafness`` says. ``heard`` has everything that was heard, as often as it was."""

    folder: Path
    name: str = "telkomsel-1"
    imei: str = "866262000000001"
    patience: Patience = IMPATIENT
    rhythm: Rhythm = BRISK
    options: Mapping[str, str] = field(default_factory=dict)
    sim: Sim = field(default_factory=Sim)
    at_once: bool = False
    driver: Driver | None = None  # another office's, for two modems in one process
    heard: list[Heard] = field(default_factory=list)
    deafness: int = 0
    while_hearing: Callable[[], object] = lambda: None
    doubts: set[str] = field(default_factory=set)
    _keys: int = 0

    async def __aenter__(self) -> Self:
        self.device = self.folder / f"ttyUSB{self.imei[-1]}"
        self.modem = AtModem(self.device, self.imei, sim=self.sim, at_once=self.at_once)
        self.modem.plug()
        self.clock = VirtualClock(datetime.now(UTC))
        self.store = MemoryStore()
        self.driver = self.driver or Driver(DriverPorts(self.clock, None, self.store), self.patience, self.rhythm)
        words = {"device": str(self.device), "imei": self.imei, **self.options}
        self.line = Line("kendari", self.name, "gammu", options=words)
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        self.modem.__exit__(kind, error, trace)

    def open(self) -> None:
        assert self.driver is not None
        self._listening = asyncio.create_task(self.driver.listen(self.line, self._hear))

    async def close(self) -> None:
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)

    async def _hear(self, one: Heard) -> None:
        await asyncio.sleep(0.005)  # a commit
        self.while_hearing()
        if self.deafness:
            self.deafness -= 1
            raise RuntimeError("not stored")
        self.heard.append(one)

    # ---- what a test sees

    @property
    def state(self) -> LineState:
        assert self.driver is not None
        return self.driver.state(self.line)

    @property
    def messages(self) -> list[InboundSms]:
        return [one for one in self.heard if isinstance(one, InboundSms)]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    @property
    def reports(self) -> list[SmsReport]:
        return [one for one in self.heard if isinstance(one, SmsReport)]

    @property
    def calls(self) -> list[MissedCall]:
        return [one for one in self.heard if isinstance(one, MissedCall)]

    async def until(self, holds: Callable[[], object], seconds: float = WITHIN) -> float:
        """Wait until it holds; how long that took."""
        began = time.monotonic()
        while not holds():
            took = time.monotonic() - began
            assert took < seconds, f"not within {seconds:g} s; the line: {self.state}"
            await asyncio.sleep(0.02)
        return time.monotonic() - began

    async def up(self, seconds: float = WITHIN) -> float:
        return await self.until(lambda: self.state.up and self.state.sim_size, seconds)

    # ---- traffic

    def write(self, text: str, sender: str = CITIZEN) -> None:
        """A citizen writes."""
        self.modem.receive(pdu.deliver(sender, text, at=self.clock.now()))

    async def send(
        self,
        text: str,
        *,
        key: int | None = None,
        urgent: bool = False,
        valid_for: timedelta = timedelta(hours=1),
        to: str = CITIZEN,
    ) -> str:
        """One try, as the gateway makes it."""
        assert self.driver is not None
        self._keys += 1
        key = self._keys if key is None else key
        return await self.driver.send(self.line, to, text, key=key, urgent=urgent, valid_for=valid_for)

    async def deliver(self, text: str, *, seconds: float = 60.0) -> str | None:
        """As the outbox does with an emergency: until it left, once more when in doubt. None: in doubt twice."""
        self._keys += 1
        key, until = self._keys, time.monotonic() + seconds
        while True:
            try:
                return await self.send(text, key=key, urgent=True)
            except SmsFailed as failed:
                if failed.doubt and text in self.doubts:
                    return None
                if time.monotonic() > until:
                    raise
                self.doubts |= {text} if failed.doubt else set()
            await asyncio.sleep(AGAIN)
