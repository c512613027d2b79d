"""Lines that exist in memory only: for tests, stories, the demo and the terminal. Every line works like a modem's SIM:
what arrives stays until it has been heard, and is handed over again if hearing it failed.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

from sms_gateway.driver import DriverPorts, Problem, sms_key
from sms_gateway.gateway import HearSms, InboundSms, LineState, MissedCall, SmsFailed, SmsReport
from sms_gateway.line import Line
from sms_gateway.numbers import sender_of
from sms_gateway.segments import split

REMEMBERED: Final = 10_000  # sent SMS and unheard reports, so that a long demo does not fill the memory
TOGETHER: Final = 50  # SMS handed over at once


@dataclass(frozen=True, slots=True)
class SentSms:
    """One text that left, with the SMS that carried it."""

    reference: str
    line: str
    to: str
    text: str
    parts: tuple[str, ...]
    key: int
    urgent: bool
    valid_for: timedelta
    at: datetime


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next ``times`` sends that it fits; ``to`` "" fits all.

    ``reason`` makes the send fail; ``after_work`` lets the SMS leave all the same, as when a modem's answer is lost.
    ``report`` is what the network says of an SMS that left (None: nothing ever), ``report_after`` seconds later.
    """

    reason: str = ""
    permanent: bool = False
    retry_after: float | None = None
    doubt: bool = False
    after_work: bool = False
    report: Literal["delivered", "failed"] | None = "delivered"
    report_after: float = 0.0
    times: int = 1
    to: str = ""

    def as_error(self) -> SmsFailed:
        return SmsFailed(self.reason, permanent=self.permanent, retry_after=self.retry_after, doubt=self.doubt)


@dataclass(slots=True)
class _Line:
    """One SIM: SMS that were not heard yet, each with whoever waits for that; reports by the time they are due."""

    unheard: deque[tuple[InboundSms | MissedCall, asyncio.Future[None]]] = field(default_factory=deque)
    reports: list[tuple[datetime, SmsReport]] = field(default_factory=list)
    something: asyncio.Event = field(default_factory=asyncio.Event)


class Driver:
    """The driver, and the network behind it."""

    name: ClassVar[str] = "loopback"
    per_minute_default: ClassVar[float | None] = None
    held: ClassVar[bool] = False

    def __init__(self, ports: DriverPorts) -> None:
        self._clock = ports.clock
        self._lines: dict[str, _Line] = {}
        self._faults: list[Fault] = []
        self._down: set[str] = set()
        self._watchers: list[Callable[[SentSms], None]] = []
        self.sent: deque[SentSms] = deque(maxlen=REMEMBERED)

    # ---- what a citizen does, and sees

    async def hear(self, line: str, sms: InboundSms | MissedCall) -> None:
        """Let an SMS arrive, or a telephone ring; returns once it is durable, however often hearing it fails before."""
        heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line(line).unheard.append((sms, heard))
        self._line(line).something.set()
        await heard

    async def write(self, line: str, sender: str, text: str) -> InboundSms:
        """As ``hear``, for somebody who just writes ``text``."""
        now, token = self._clock.now(), secrets.token_bytes(8)
        sms = InboundSms(sms_key(sender, now, [token]), sender_of(sender), text, now, line)
        await self.hear(line, sms)
        return sms

    def watch(self, see: Callable[[SentSms], None]) -> Callable[[], None]:
        """Call ``see`` with every SMS that leaves; the returned function ends that."""
        self._watchers.append(see)
        return lambda: self._watchers.remove(see)

    def plan(self, *faults: Fault) -> None:
        """Let these go wrong, first come first served."""
        self._faults.extend(faults)

    def cut(self, line: str) -> None:
        """Let a line lose its network."""
        self._down.add(line)

    def mend(self, line: str) -> None:
        """Let it find its network again."""
        self._down.discard(line)

    # ---- the driver

    async def send(self, line: Line, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta) -> str:
        fault = Fault("no network") if line.name in self._down else self._fault(to)
        if fault.reason and not fault.after_work:
            raise fault.as_error()
        now = self._clock.now()
        one = SentSms(secrets.token_hex(8), line.name, to, text, tuple(split(text)), key, urgent, valid_for, now)
        self.sent.append(one)
        for see in list(self._watchers):
            see(one)
        if fault.report is not None:
            error = "not delivered" if fault.report == "failed" else None
            due = now + timedelta(seconds=fault.report_after)
            self._report(line.name, due, SmsReport(one.reference, fault.report, due, error))
        if fault.reason:
            raise fault.as_error()
        return one.reference

    async def listen(self, line: Line, hear: HearSms) -> None:
        sim = self._line(line.name)
        while True:
            sim.something.clear()
            await self._hand_over(sim, hear)
            if not sim.unheard:
                await self._wait(sim)

    def state(self, line: Line) -> LineState:
        return LineState(
            line.name, up=line.name not in self._down, detail="in memory only: nothing leaves this machine"
        )

    def words(self, line: Line) -> Collection[str]:  # noqa: ARG002
        return ()

    def check(self, line: Line) -> Sequence[Problem]:  # noqa: ARG002 - memory needs nothing
        return ()

    def _line(self, name: str) -> _Line:
        return self._lines.setdefault(name, _Line())

    def _fault(self, to: str) -> Fault:
        for fault in self._faults:
            if fault.to in ("", to):
                fault.times -= 1
                if fault.times <= 0:
                    self._faults.remove(fault)
                return fault
        return Fault()

    def _report(self, line: str, due: datetime, report: SmsReport) -> None:
        sim = self._line(line)
        sim.reports = sorted([*sim.reports, (due, report)], key=lambda one: one[0])[-REMEMBERED:]
        sim.something.set()

    async def _hand_over(self, sim: _Line, hear: HearSms) -> None:
        """Hand over what waits. What was not heard stays; the failure is raised once its neighbours are heard."""
        batch = list(sim.unheard)[:TOGETHER]
        outcomes = await asyncio.gather(*(hear(sms) for sms, _ in batch), return_exceptions=True)
        for item, outcome in zip(batch, outcomes, strict=True):
            if outcome is None and item in sim.unheard:  # another listener may have heard it meanwhile
                sim.unheard.remove(item)
                if not item[1].done():
                    item[1].set_result(None)
        failures = [outcome for outcome in outcomes if outcome is not None]
        if failures:
            raise failures[0]
        while sim.reports and sim.reports[0][0] <= self._clock.now():
            await hear(sim.reports[0][1])
            del sim.reports[0]

    async def _wait(self, sim: _Line) -> None:
        """Until something arrives or the next report is due."""
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(sim.something.wait())]
        if sim.reports:
            due = (sim.reports[0][0] - self._clock.now()).total_seconds()
            waits.append(asyncio.create_task(self._clock.sleep(due)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
