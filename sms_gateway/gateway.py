"""The door of the SMS trade: texts in, texts out, reports back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

VALID_FOR: Final = timedelta(hours=1)  # an instruction that arrives later than this misleads


@dataclass(frozen=True, slots=True)
class InboundSms:
    """One SMS, its parts joined."""

    key: str  # hash of sender, SMSC time and PDUs: the same for a redelivery
    sender: str  # E.164, or as it came for alphanumeric and short senders
    text: str  # "" for a binary SMS
    smsc_at: datetime  # UTC, by the SMSC's clock
    line: str  # the line (modem, bind, aggregator) that heard it
    flash: bool = False  # class 0: shown at once and kept nowhere
    whole: bool = True  # False: parts never came, or nothing could read it; MISSING stands for each gap
    data: bytes | None = None  # user data of a binary SMS
    port: int | None = None  # the application port that a binary SMS was sent to


@dataclass(frozen=True, slots=True)
class SmsReport:
    """A delivery report of the network."""

    reference: str  # what ``send`` returned
    state: str  # "delivered" or "failed"
    at: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class MissedCall:
    """Somebody rang a line that cannot talk; it was rejected."""

    key: str
    caller: str  # as InboundSms.sender; "" when the network hid it
    at: datetime
    line: str


Heard = InboundSms | SmsReport | MissedCall
HearSms = Callable[[Heard], Awaitable[None]]
"""Returns once what was heard is durable: only then may a modem, an SMSC or an aggregator forget it."""


class SmsFailed(Exception):
    """An SMS was not sent, or nobody knows.

    ``permanent``: another try cannot help. ``retry_after``: seconds for which the line wants a rest. ``doubt``: it may
    have left all the same, as when the answer to a submission never came. ``busy``: nothing is wrong, others wait too.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        retry_after: float | None = None,
        doubt: bool = False,
        busy: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.retry_after = retry_after
        self.doubt = doubt
        self.busy = busy


@dataclass(frozen=True, slots=True)
class LineState:
    """How one line fares; None is what nobody knows (yet)."""

    line: str
    up: bool
    detail: str  # one line for a technician: what is wrong, or "in order"
    since: datetime | None = None  # when ``up`` last changed
    operator: str | None = None
    signal: int | None = None  # 0 to 100
    network: str | None = None  # home, roaming, searching, denied, none
    sim_used: int | None = None
    sim_size: int | None = None
    credit: str | None = None  # the operator's own words
    device: str | None = None
    imei: str | None = None
    last_heard: datetime | None = None
    last_sent: datetime | None = None
    queued: int = 0  # SMS that wait for their turn on this line


class Gateway(Protocol):
    """What the SMS channel needs from the gateway."""

    async def send(
        self, line: str, to: str, text: str, *, key: int, urgent: bool, valid_for: timedelta = VALID_FOR
    ) -> str:
        """Send ``text`` to E.164 number ``to``, by ``line`` or a better one of its city.

        Returns the reference that a report will carry. Raises SmsFailed, nothing else.
        """

    def sends_here(self, line: str) -> bool:
        """Whether this process can send by ``line``; else another holds its modem or bind."""

    def left(self, line: str) -> None:
        """Another process listens to ``line`` now: one that broke here is ours no more."""

    def state(self, line: str) -> LineState:
        """How ``line`` fares, and how many wait for it."""

    async def listen(self, line: str, hear: HearSms) -> None:
        """Hand over what ``line`` hears until cancelled."""

    def states(self) -> Sequence[tuple[str, LineState]]:
        """Every configured line that this process listens to, with its city."""
