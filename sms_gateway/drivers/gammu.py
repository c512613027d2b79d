"""SMS by GSM modems on this machine, through Gammu: one process a modem, killed and started again when it is mute.

The words of a line (all but ``device`` can be left out):

    device        /dev/ttyUSB0, or a pattern: /dev/ttyUSB*. Of the devices that it names, the first with a modem that
                  no other line uses; with ``imei`` the one with that IMEI, under whatever name it comes back.
    imei          15 digits. Two modems on one pattern need it: they change names when they are plugged in.
    pin           of the SIM. One that it refused is not tried again, even by another process: the third wrong one
                  locks it. (Another SIM with that PIN in the same modem: take its PIN off.)
    smsc          the SMSC's number, instead of the SIM's own
    ussd          the code that tells the credit, such as *888#, or "auto": its operator's, by ``operators.yml``; asked
                  every ``ussd_hours`` (6), never before urgent SMS
    poll_seconds  5: how often the SIM is read besides when the modem says that something came
    send_seconds  18: how long a modem may take for one SMS before it counts as mute; 60 at most
    per_minute    8 parts where nothing is said: a modem sends 6 to 10
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import ClassVar, Final

from sms_gateway.driver import DriverPorts, Problem
from sms_gateway.gateway import HearSms, LineState, SmsFailed
from sms_gateway.line import Line
from sms_gateway.modem import Modem, Rhythm
from sms_gateway.modem_check import LONGEST_SEND, problems_of
from sms_gateway.modem_link import Patience

SEND: Final = Patience().send
WORDS: Final = ("device", "imei", "pin", "smsc", "ussd", "ussd_hours", "poll_seconds", "send_seconds")


class Driver:
    """All modems of this process. A line's modem is open while somebody listens to it."""

    name: ClassVar[str] = "gammu"
    per_minute_default: ClassVar[float | None] = 8.0  # parts; more only wait in the modem's own queue
    held: ClassVar[bool] = True

    def __init__(self, ports: DriverPorts, patience: Patience | None = None, rhythm: Rhythm | None = None) -> None:
        self._ports, self._patience, self._rhythm = ports, patience, rhythm
        self._modems: dict[tuple[str, str], Modem] = {}

    async def send(self, line: Line, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta) -> str:
        modem = self.modem(line)
        if not modem.link.up:
            raise SmsFailed(f"no modem: {modem.link.detail}", permanent=False, retry_after=5.0)
        return await modem.send(to, text, key, urgent=urgent, valid_for=valid_for)

    async def listen(self, line: Line, hear: HearSms) -> None:
        await self.modem(line).listen(hear)

    def state(self, line: Line) -> LineState:
        return self.modem(line).state()

    def words(self, line: Line) -> Collection[str]:  # noqa: ARG002 - every modem has the same
        return WORDS

    def check(self, line: Line) -> Sequence[Problem]:
        return list(problems_of(line.options))

    def modem(self, line: Line) -> Modem:
        key = (line.city, line.name)
        if key not in self._modems:
            options = line.options
            patience = self._patience or Patience(send=min(LONGEST_SEND, _number(options.get("send_seconds"), SEND)))
            rhythm = self._rhythm or Rhythm(
                poll=_number(options.get("poll_seconds"), 5.0), ussd=_number(options.get("ussd_hours"), 6.0) * 3600
            )
            self._modems[key] = Modem(line, self._ports, patience, rhythm)
        return self._modems[key]


def _number(word: str | None, default: float) -> float:
    """A setting that is no number is a Problem of ``check``, and no reason to be deaf."""
    try:
        return float(word) if word else default
    except ValueError:
        return default
