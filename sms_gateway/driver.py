"""The Driver port: what every file in ``sms_gateway/drivers/`` can do with the lines that it serves."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

import aiohttp

import sms_gateway.drivers
from config.clock import Clock
from sms_gateway.gateway import HearSms, LineState
from sms_gateway.line import Line
from sms_gateway.store import SmsStore


@dataclass(frozen=True, slots=True)
class DriverPorts:
    """What the gateway lends to every driver."""

    clock: Clock
    http: aiohttp.ClientSession | None
    store: SmsStore


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting or a thing on this machine with which a line cannot work, and what to do about it."""

    what: str
    mend: str


class Driver(Protocol):
    """Modems, binds, aggregators, or memory. ``text`` comes ready to send; the driver cuts it (``segments``)."""

    name: ClassVar[str]
    per_minute_default: ClassVar[float | None]  # parts, for a line that says nothing; None: as many as it takes
    held: ClassVar[bool]  # only the process that listens to a line can send by it

    def __init__(self, ports: DriverPorts) -> None: ...

    async def send(self, line: Line, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta) -> str:
        """Hand ``text`` to the network; returns the reference that a report will carry. Raises SmsFailed alone."""

    async def listen(self, line: Line, hear: HearSms) -> None:
        """Hand over what ``line`` hears until cancelled; an SMS leaves its memory only once ``hear`` returned.

        Raises when the line broke; the caller begins again.
        """

    def state(self, line: Line) -> LineState:
        """How ``line`` fares, from what is known already."""

    def words(self, line: Line) -> Collection[str]:
        """The words of an account that the driver reads, beside those of every line."""

    def check(self, line: Line) -> Sequence[Problem]:
        """What in the settings or on this machine keeps ``line`` from working. Asks no network."""


def discover() -> dict[str, type[Driver]]:
    """Every driver in ``sms_gateway/drivers/``, by name. The file's name and the class's ``name`` are one word."""
    found: dict[str, type[Driver]] = {}
    for module in pkgutil.iter_modules(sms_gateway.drivers.__path__):
        driver: type[Driver] = importlib.import_module(f"sms_gateway.drivers.{module.name}").Driver
        if driver.name != module.name:
            raise RuntimeError(f"sms_gateway/drivers/{module.name}.py calls its driver {driver.name!r}: use one word")
        found[module.name] = driver
    return found


def sms_key(sender: str, smsc_at: datetime, pdus: Iterable[bytes]) -> str:
    """The key of one whole SMS: the same for the same PDUs, however often a modem hands them over."""
    digest = hashlib.sha256(f"{sender}\0{int(smsc_at.timestamp())}".encode())
    for pdu in sorted(pdus):  # parts come in any order
        digest.update(len(pdu).to_bytes(4) + pdu)
    return digest.hexdigest()[:40]
