"""The Driver port: what every file in ``sms_gateway/drivers/`` can do with the lines that it serves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from sms_gateway.gateway import HearSms


class Driver(Protocol):
    """A modem, a bind, an aggregator, or memory. ``text`` comes ready to send; the driver cuts it (``segments``)."""

    async def send(self, line: str, to: str, text: str, *, key: int, urgent: bool) -> str:
        """Hand ``text`` to the network; returns the reference that a report will carry. Raises SmsFailed."""

    async def listen(self, line: str, hear: HearSms) -> None:
        """Hand over what ``line`` hears until cancelled; an SMS leaves its memory only once ``hear`` returned."""


def sms_key(sender: str, smsc_at: datetime, pdus: Iterable[bytes]) -> str:
    """The key of one whole SMS: the same for the same PDUs, however often a modem hands them over."""
    digest = hashlib.sha256(f"{sender}\0{int(smsc_at.timestamp())}".encode())
    for pdu in sorted(pdus):  # parts come in any order
        digest.update(len(pdu).to_bytes(4) + pdu)
    return digest.hexdigest()[:40]
