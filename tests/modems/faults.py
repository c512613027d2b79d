"""What goes wrong with a modem: each fault names the command that it strikes, and what comes instead of the answer."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ALWAYS: Final = 10**9
SUBMITTED: Final = "PDU"  # the moment when a PDU and its Ctrl-Z have come in


@dataclass(slots=True)
class Fault:
    """``at``: how the commands begin that it strikes (a regular expression), the next ``times`` of them.

    ``answer`` comes instead of the right one, ``seconds`` later; b"" is none. ``after_work``: the modem does what it
    was told all the same. ``right``: the right answer comes, only late. ``deaf`` for so long afterwards.
    """

    at: str
    answer: bytes = b""
    seconds: float = 0.0
    after_work: bool = False
    right: bool = False
    deaf: float = 0.0
    times: int = 1


def mute(at: str, *, deaf: float = 0.0, times: int = 1) -> Fault:
    return Fault(at, deaf=deaf, times=times)


def garbage(at: str, *, times: int = 1, seed: int = 112) -> Fault:
    dice = random.Random(seed)
    return Fault(at, bytes(dice.randrange(256) for _ in range(200)), times=times)


def no_prompt(*, times: int = 1) -> Fault:
    return Fault(r"AT\+CMGS", times=times)


def cms(code: int, *, at: str = SUBMITTED, times: int = 1) -> Fault:
    return Fault(at, b"\r\n+CMS ERROR: %d\r\n" % code, times=times)


def answer_lost(*, times: int = 1) -> Fault:
    """The SMS leaves, and nobody hears of it."""
    return Fault(SUBMITTED, after_work=True, times=times)


def slow(at: str, seconds: float, *, times: int = 1) -> Fault:
    return Fault(at, seconds=seconds, right=True, times=times)


class Faults:
    """The faults that are planned, first come first served."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self.struck_at: float | None = None  # the first time since the last were planned, by the monotonic clock

    def plan(self, *faults: Fault) -> None:
        self.struck_at = None
        self._planned.extend(faults)

    @property
    def pending(self) -> bool:
        """Whether faults are planned of which none has struck yet."""
        return bool(self._planned) and self.struck_at is None

    def clear(self) -> None:
        self._planned.clear()

    def strike(self, command: str) -> Fault | None:
        """The fault that this command meets, if any."""
        for fault in self._fitting(command):
            self.struck_at = self.struck_at or time.monotonic()
            fault.times -= 1
            if fault.times <= 0:
                self._planned.remove(fault)
            return fault
        return None

    def _fitting(self, command: str) -> Iterator[Fault]:
        return (fault for fault in list(self._planned) if re.match(fault.at, command, re.IGNORECASE))
