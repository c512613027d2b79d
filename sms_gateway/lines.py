"""The gateway: each line (modem, bind, aggregator), the driver that serves it, and which of them an SMS takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import aiohttp

from config.clock import Clock
from sms_gateway.driver import Driver, DriverPorts, Problem, discover
from sms_gateway.drivers.loopback import Driver as Loopback
from sms_gateway.gateway import VALID_FOR, HearSms, LineState, SmsFailed
from sms_gateway.line import WORDS, Line
from sms_gateway.numbers import can_answer
from sms_gateway.rate import Rate, TooLong
from sms_gateway.routes import Road, by_preference
from sms_gateway.segments import split, to_gsm7_if_close, without_pictures
from sms_gateway.store import MemoryStore, SmsStore

log = logging.getLogger(__name__)

REST: Final = timedelta(seconds=30)  # for which a line that failed is tried last
# Waiting for a line's turn; past it the sender keeps the SMS and comes again. With a driver's own 75 s at most it lies
# under the outbox's claim of 90 s, after which another would send the same.
LONGEST_WAIT: Final = timedelta(seconds=10)
LONGEST_URGENT: Final = timedelta(seconds=12)


class Lines:
    """Routes each SMS; the ``Gateway`` of the SMS channel. A line that nobody configured is served by ``loopback``."""

    def __init__(self, clock: Clock, drivers: Mapping[str, Driver], lines: Iterable[Line] = ()) -> None:
        self._clock = clock
        self._drivers = drivers
        self._lines = {line.name: line for line in lines}
        self._rates: dict[str, Rate] = {}
        self._ill_until: dict[str, datetime] = {}
        self._heard_here: dict[str, Line] = {}  # lines whose lease this process holds

    @property
    def loopback(self) -> Loopback:
        """The lines that exist in memory only."""
        driver = self._drivers[Loopback.name]
        assert isinstance(driver, Loopback)  # noqa: S101 - for the type: the wiring put it there
        return driver

    async def send(
        self, line: str, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta = VALID_FOR
    ) -> str:
        if not can_answer(to):
            raise SmsFailed("no number that takes SMS", permanent=True)
        plain = readable(text)
        if not plain:
            raise SmsFailed("nothing to send", permanent=True)
        failure = SmsFailed("no line", permanent=False)
        end = self._clock.now() + (LONGEST_URGENT if urgent else LONGEST_WAIT)
        for road in self._roads(line, to, urgent):
            if _only_hears(road.line):
                failure = SmsFailed("its account names no driver: it can hear, and not send", permanent=False)
                continue
            try:
                await self._rate(road.line).turn(len(split(plain)), urgent=urgent, within=end - self._clock.now())
                driver = self._drivers[road.line.driver]
                return await driver.send(road.line, to, plain, key=key, urgent=urgent, valid_for=valid_for)
            except TooLong:
                again = self._wait(road.line, urgent).total_seconds()
                failure = SmsFailed("the line is busy", permanent=False, retry_after=again, busy=True)
            except SmsFailed as error:
                # In doubt, or with some of its parts gone: another line would say the same once more.
                if error.permanent or error.doubt or error.busy:
                    raise
                failure = error
                self._ill_until[road.line.name] = self._clock.now() + REST
                log.warning("a line did not send", extra={"line": road.line.name, "reason": error.reason})
        raise failure

    def sends_here(self, line: str) -> bool:
        """Whether this process can send by it: a modem or a bind belongs to whoever listens to it."""
        one = self.line(line)
        return one.name in self._heard_here or not self._drivers[one.driver].held

    def left(self, line: str) -> None:
        self._heard_here.pop(self.line(line).name, None)

    async def listen(self, line: str, hear: HearSms) -> None:
        one = self.line(line)
        self._heard_here[one.name] = one
        try:
            await self._drivers[one.driver].listen(one, hear)
        except asyncio.CancelledError:
            self._heard_here.pop(one.name, None)  # another process has it now; one that broke is still shown as ours
            raise

    def states(self) -> Sequence[tuple[str, LineState]]:
        return [(line.city, self.state(line.name)) for line in self._lines.values() if line.name in self._heard_here]

    def state(self, line: str) -> LineState:
        one = self.line(line)
        return replace(self._drivers[one.driver].state(one), queued=self._rate(one).waiting)

    def words(self, name: str) -> Collection[str]:
        """What the account of a line may say."""
        line = self.line(name)
        return (*WORDS, *self._drivers[line.driver].words(line))

    def check(self) -> list[tuple[Line, Problem]]:
        """What keeps a line from working, as far as this machine can tell."""
        return [(line, problem) for line in self._lines.values() for problem in self._drivers[line.driver].check(line)]

    def line(self, name: str) -> Line:
        """The line of that name, in memory where none is configured."""
        return self._lines.get(name) or Line(city="", name=name)

    def _roads(self, preferred: str, to: str, urgent: bool) -> Sequence[Road]:
        first = self.line(preferred)
        lines = [first, *(one for one in self._lines.values() if one != first and _may_replace(one, first))]
        now = self._clock.now()
        roads = [
            Road(one, self.state(one.name).up and self._ill_until.get(one.name, now) <= now, self._wait(one, urgent))
            for one in lines
        ]
        return by_preference(roads, to, preferred, urgent=urgent)

    def _wait(self, line: Line, urgent: bool) -> timedelta:
        return self._rate(line).wait_for(urgent=urgent)

    def _rate(self, line: Line) -> Rate:
        if line.name not in self._rates:
            pace = line.per_minute or self._drivers[line.driver].per_minute_default
            self._rates[line.name] = Rate(self._clock, pace)
        return self._rates[line.name]


def _may_replace(line: Line, first: Line) -> bool:
    """Whether ``line`` may send for ``first``: one of the same city, and none that only pretends to send."""
    return line.city == first.city and (line.driver != Loopback.name or first.driver == Loopback.name)


def _only_hears(line: Line) -> bool:
    """Whether another gateway posts what this line hears, and nothing of ours sends by it."""
    return line.driver == Loopback.name and bool(line.options) and not line.options.get("driver")


def readable(text: str) -> str:
    """``text`` as it leaves: no emoji, GSM-7 where that is near, UCS-2 only where a word needs it."""
    return to_gsm7_if_close(without_pictures(text)).strip()


def open_gateway(
    clock: Clock, http: aiohttp.ClientSession | None = None, store: SmsStore | None = None, lines: Iterable[Line] = ()
) -> Lines:
    """The gateway of this process. Raises ValueError where a line names a driver that is not there.

    Without ``http`` no line can be an aggregator's; without ``store`` half an SMS is forgotten when the process ends.
    """
    lines, known = tuple(lines), discover()
    ports = DriverPorts(clock, http, store or MemoryStore())
    for line in lines:
        if line.driver not in known:
            raise ValueError(
                f"line {line.name!r} of {line.city}: no driver {line.driver!r}, use one of {sorted(known)}"
            )
    wanted = {Loopback.name, *(line.driver for line in lines)}
    return Lines(clock, {name: known[name](ports) for name in wanted}, lines)
