"""The gateway: each line (modem, bind, aggregator) and the driver that serves it."""

from __future__ import annotations

from collections.abc import Mapping

from config.clock import Clock
from sms_gateway.driver import Driver
from sms_gateway.drivers.loopback import Loopback
from sms_gateway.gateway import HearSms, SmsFailed
from sms_gateway.numbers import can_answer
from sms_gateway.segments import to_gsm7_if_close, without_pictures


class Lines:
    """Routes by line; is the ``Gateway`` of the SMS channel. A line that nobody claims is served by ``loopback``."""

    def __init__(self, loopback: Loopback, drivers: Mapping[str, Driver] | None = None) -> None:
        self.loopback = loopback
        self._drivers = dict(drivers or {})

    async def send(self, line: str, to: str, text: str, *, key: int, urgent: bool) -> str:
        if not can_answer(to):
            raise SmsFailed("no number that takes SMS", permanent=True)
        plain = readable(text)
        if not plain:
            raise SmsFailed("nothing to send", permanent=True)
        return await self._driver(line).send(line, to, plain, key=key, urgent=urgent)

    async def listen(self, line: str, hear: HearSms) -> None:
        await self._driver(line).listen(line, hear)

    def _driver(self, line: str) -> Driver:
        return self._drivers.get(line, self.loopback)


def readable(text: str) -> str:
    """``text`` as it leaves: no emoji, GSM-7 where that is near, UCS-2 only where a word needs it."""
    return to_gsm7_if_close(without_pictures(text)).strip()


def open_gateway(clock: Clock) -> Lines:
    """The gateway of this process."""
    return Lines(Loopback(clock))
