"""The door of the SMS trade: texts in, texts out, reports back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class InboundSms:
    """One whole SMS, parts joined."""

    key: str  # hash of sender, SMSC time and PDUs: the same for a redelivery
    sender: str  # E.164, or as it came for alphanumeric and short senders
    text: str
    smsc_at: datetime  # UTC, by the SMSC's clock
    line: str  # the line (modem, bind, aggregator) that heard it


@dataclass(frozen=True, slots=True)
class SmsReport:
    """A delivery report of the network."""

    reference: str  # what ``send`` returned
    state: str  # "delivered" or "failed"
    at: datetime
    error: str | None = None


HearSms = Callable[[InboundSms | SmsReport], Awaitable[None]]


class SmsFailed(Exception):
    """An SMS was not sent, or nobody knows. ``permanent``: another try cannot help."""

    def __init__(self, reason: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after


class Gateway(Protocol):
    """What the SMS channel needs from the gateway."""

    async def send(self, line: str, to: str, text: str, *, key: int, urgent: bool) -> str:
        """Send ``text`` to E.164 number ``to``; returns the reference that a report will carry. Raises SmsFailed."""

    async def listen(self, line: str, hear: HearSms) -> None:
        """Hand over everything that ``line`` hears until cancelled; an SMS is deleted only once ``hear`` returned."""
